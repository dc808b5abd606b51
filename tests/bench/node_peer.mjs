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

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

// As in measure.py, which says why.
const PATIENCE = 5;
const repeat = async (limit) => {
  let [count, batch, spent, last] = [0, 1, 0, undefined];
  const [used, begin] = [processor(), performance.now()];
  while (spent < limit && performance.now() - begin < limit * PATIENCE * 1000) {
    if (spent < limit / 20) batch *= 2;
    for (let n = 0; n < batch; n++) last = await once();
    count += batch;
    spent = processor() - used;
  }
  return [count, spent, last];
};

const used = processor();
let last = await once();
let [count, spent] = [1, processor() - used];
const ready = (performance.now() - started) / 1000;
check(last);
if (Number(seconds)) {
  if (spent < seconds / 2) await repeat(seconds / 2 - spent);
  [count, spent, last] = await repeat(Number(seconds));
  check(last);
}
console.log(JSON.stringify({ rate: count / spent, ready, peak: process.resourceUsage().maxRSS / 1024 }));
