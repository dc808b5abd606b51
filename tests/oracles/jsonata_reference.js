// Answers of jsonata-js: {"bindings": …, "expressions": […]} on stdin, one line of JSON per expression.
// argv[2] is the directory of the package `jsonata`.
const jsonata = require(process.argv[2]);

async function answer(text, bindings) {
  try {
    const value = await jsonata(text).evaluate(undefined, structuredClone(bindings));
    if (value === undefined) return { u: 1 };
    if (typeof value === "function" || value?._jsonata_lambda || value?._jsonata_function) return { f: 1 };
    return { r: value };
  } catch (error) {
    return { e: String(error.code), m: String(error.message) };
  }
}

(async () => {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  const { bindings, expressions } = JSON.parse(text);
  for (const expression of expressions) {
    console.log(JSON.stringify(await answer(expression, bindings)));
  }
})();
