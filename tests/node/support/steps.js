// Counts the work of the package in steps, which do not depend on the machine or its load.
//
// How: a step of WebAssembly is a function call, a loop iteration, or 16 bytes touched by `memory.copy` or `memory.fill`. The
// shipped module is rewritten to count them before the package compiles it. A step of JavaScript is an executed block, counted
// by V8's precise coverage. The engine's own functions (`slice`, `sort`, Web Crypto) are not counted.
//
// Import this before the package, because its first call compiles the module.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import binaryen from 'binaryen';
import { root } from './child.js';

const BYTES_PER_STEP = 16;
const COUNT = '(global.set $steps (f64.add (global.get $steps) (f64.const 1)))';
const COUNTED = `
 (global $steps (export "steps") (mut f64) (f64.const 0))
 (func $countBytes (param $bytes i32)
  (global.set $steps (f64.add (global.get $steps)
   (f64.add (f64.const 1) (f64.div (f64.convert_i32_u (local.get $bytes)) (f64.const ${BYTES_PER_STEP}))))))
 (func $countedCopy (param $to i32) (param $from i32) (param $bytes i32)
  (call $countBytes (local.get $bytes))
  (memory.copy (local.get $to) (local.get $from) (local.get $bytes)))
 (func $countedFill (param $to i32) (param $value i32) (param $bytes i32)
  (call $countBytes (local.get $bytes))
  (memory.fill (local.get $to) (local.get $value) (local.get $bytes)))
`;

/** Rewrites the module so that it counts its steps in the exported global `steps`. */
function instrumented() {
  const module = binaryen.readBinary(
    readFileSync(`${root}node_modules/@lssm-tech/lib.context-snapshot/dist/context_snapshot.wasm`),
  );
  let counted = 0;
  const lines = module.emitText().split('\n');
  /** True if the previous line was the head of a function or one of its locals; the count is inserted after them. */
  let inHead = false;
  const written = lines.flatMap((line) => {
    const isLocal = /^ {2}\(local \$/.test(line);
    const before = inHead && !isLocal ? [COUNT] : [];
    inHead = /^ \(func /.test(line) || (inHead && isLocal);
    if (inHead && !isLocal) counted++;
    const own = line.replace('(memory.copy', '(call $countedCopy').replace('(memory.fill', '(call $countedFill');
    if (!/^ *\(loop /.test(own)) return [...before, own];
    counted++;
    return [...before, own, COUNT];
  });
  assert(counted > 500, 'functions and loops were found');
  // Imports must precede all definitions.
  const first = written.findIndex((line) => /^ \((global|memory|data|table|elem|export|func) /.test(line));
  const text = [...written.slice(0, first), COUNTED, ...written.slice(first)].join('\n');
  const parsed = binaryen.parseText(text);
  return parsed.emitBinary();
}

const bytes = instrumented();
const { Module, Instance } = WebAssembly;
const instances = [];
// The package compiles and instantiates through these constructors only.
WebAssembly.Module = class extends Module {
  constructor() {
    super(bytes);
  }
};
WebAssembly.Instance = class extends Instance {
  constructor(...of) {
    super(...of);
    instances.push(this);
  }
};

const session = new Session();
session.connect();
function post(method, parameters) {
  let answer;
  session.post(method, parameters, (error, result) => {
    assert.equal(error, null);
    answer = result;
  });
  return answer;
}
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** Returns the blocks of the package's scripts that ran since the last call. */
function blocks() {
  let sum = 0;
  for (const { url, functions } of post('Profiler.takePreciseCoverage').result) {
    if (!/lib\.context-snapshot\/dist\//.test(url)) continue;
    for (const { ranges } of functions) for (const { count } of ranges) sum += count;
  }
  return sum;
}
const turns = () => instances.reduce((sum, { exports }) => sum + exports.steps.value, 0);

/** Returns the steps of WebAssembly and of JavaScript in one call, which may return a promise. */
export async function stepsOf(call) {
  const before = turns();
  blocks();
  await call();
  return { wasm: turns() - before, script: blocks() };
}
