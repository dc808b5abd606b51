// Measures aws-local-stepfunctions on one workload: node node_peer.mjs MODULES DEFINITION SECONDS
const started = performance.now();
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

// Node 20 lacks this function, which the package uses for Parallel.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
};

const [modules, file, seconds] = process.argv.slice(2);
const { StateMachine } = createRequire(join(modules, "x.cjs"))("aws-local-stepfunctions");
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const name = basename(file).split(".")[0];
const results = read(join(import.meta.dirname, "functions.json"));
const definition = read(file);
const input = read(join(dirname(file), `${name}.input.json`));
const expected = JSON.stringify(read(join(dirname(file), `${name}.expect.json`)).output);

const handlers = {};
const waits = {};
const visit = (states) => {
  for (const [state, body] of Object.entries(states)) {
    if (body.Type === "Task") handlers[state] = () => results[body.Resource.split(":").at(-1)];
    if (body.Type === "Wait") waits[state] = 0;
    for (const inner of [...(body.Branches ?? []), ...(body.ItemProcessor ? [body.ItemProcessor] : [])]) visit(inner.States);
  }
};
visit(definition.States);
const options = { overrides: { taskResourceLocalHandlers: handlers, waitTimeOverrides: waits } };
const machine = new StateMachine(definition);
const once = () => machine.run(input, options).result;
const check = (output) => {
  if (JSON.stringify(output) !== expected) throw new Error(`${JSON.stringify(output)}, not ${expected}`);
};

check(await once());
const ready = (performance.now() - started) / 1000;
let [batch, count, last] = [1, 0, undefined];
const begin = performance.now();
let now = begin;
while (now - begin < seconds * 1000) {
  for (let n = 0; n < batch; n++) last = await once();
  count += batch;
  now = performance.now();
  if (now - begin < seconds * 50) batch *= 2;
}
if (count) check(last);
const rate = count ? count / ((now - begin) / 1000) : 1 / ready;
console.log(JSON.stringify({ rate, ready, peak: process.resourceUsage().maxRSS / 1024 }));
