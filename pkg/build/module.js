// Optimizes the WebAssembly module.
//
// Why not `wasm-opt` alone: most of what is saved here comes from knowledge that it does not have: that a panic may trap without a
// text, and that nothing formats. How: by binaryen, with an assertion for each thing that is relied on.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

/**
 * Like `optimized`, but takes the result from `file` if that was made from the same module and glue, by the same script and release of
 * binaryen. A build that changes only scripts takes half the time then.
 */
export function optimizedOnce(bytes, generated, file) {
  const hash = createHash('sha256');
  for (const part of [bytes, generated, readFileSync(new URL(import.meta.url)), binaryenVersion()]) {
    hash.update(part).update('\0');
  }
  const key = hash.digest('hex');
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    if (kept.key === key) return { bytes: Buffer.from(kept.base64, 'base64'), imports: kept.imports };
  } catch {
    // There is none, or it was cut.
  }
  const made = optimized(bytes, generated);
  writeFileSync(
    file,
    JSON.stringify({ key, imports: made.imports, base64: Buffer.from(made.bytes).toString('base64') }),
  );
  return made;
}

const binaryenVersion = () =>
  JSON.parse(readFileSync(new URL('../../node_modules/binaryen/package.json', import.meta.url), 'utf8')).version;

/**
 * Optimizes the module like `wasm-opt -Oz`, and removes what a panic would print: WebAssembly has no standard error, so a panic
 * traps at once. Nothing else formats text (`Display`, `format!`), which is asserted, so formatting is removed too, although
 * tables of functions refer to it. Imports are numbered, because their names contain hashes, which do not compress.
 *
 * @param bytes the module that wasm-bindgen wrote
 * @param generated the glue that wasm-bindgen wrote for it
 * @returns the optimized module, and its imports in the order of their numbers
 */
function optimized(bytes, generated) {
  const panics =
    /^(core|std)\[\w+\]::panicking::|^(core\[\w+\]::ptr::drop_in_place::)?<?std\[\w+\]::(?!thread::local::LocalKey)|core\[\w+\]::cell::panic_|_fail(ed)?$|handle_(alloc_)?error$|capacity_overflow$|rust_(begin_unwind|panic)$/;
  const formats = /^<?(core|alloc)(\[\w+\])?::fmt::| as core(\[\w+\])?::fmt::|::fmt::h\w+$/;
  const whole = withoutLocations(bytes);
  const module = binaryen.parseText(withShortTable(whole.emitText(), generated));
  module.setFeatures(whole.getFeatures());
  for (const name of ['__abort_handler', '__instance_terminated']) {
    assert(!generated.includes(name), `the glue needs no ${name}`);
    module.removeExport(name);
  }
  const count = module.getNumFunctions();
  const names = Array.from({ length: count }, (_, at) => binaryen.getFunctionInfo(module.getFunctionByIndex(at)).name);
  const leaveOut = (some) => {
    const found = names.filter((name) => some.test(name));
    assert(found.length > 10, 'functions are known by their names');
    for (const name of found) binaryen.Function.setBody(module.getFunction(name), module.unreachable());
  };
  leaveOut(panics);
  for (const code of module.emitText().split('\n (func ').slice(1)) {
    const [name, ...called] = Array.from(
      code.matchAll(/(?:^|\(call )\$(?:"([^"]*)"|(\S+))/g),
      ([, one, other]) => one ?? other,
    );
    assert(formats.test(name) || !called.some((name) => formats.test(name)), `${name} formats`);
  }
  leaveOut(formats);
  // Memory packing splits data at short runs of zeros, which costs more than compressed zeros do.
  binaryen.addPassToSkip('memory-packing');
  binaryen.setOptimizeLevel(2);
  binaryen.setShrinkLevel(2);
  binaryen.setAlwaysInlineMaxSize(5);
  binaryen.setOneCallerInlineMaxSize(25);
  // The stack is at the bottom of the memory, so there is nothing but its end below address 1,024.
  const at = module.getGlobal('__stack_pointer');
  assert(binaryen.getExpressionInfo(binaryen.getGlobalInfo(at).init).value >= 65536, 'the stack is below all data');
  binaryen.setLowMemoryUnused(true);
  // Each round makes the next one possible. Rebuilt control flow has fewer blocks and loops than the compiler's.
  const rebuild = ['flatten', 'rereloop'];
  module.runPasses(rebuild);
  module.optimize();
  module.runPasses(rebuild);
  module.optimize();
  module.optimize();
  // Engines ignore the alignment hints of loads and stores.
  module.runPasses(['strip-target-features', 'dealign']);
  const imports = [];
  const code = module.emitText().replace(/\(import "(.*?)" "(.*?)"/g, (_, from, name) => {
    imports.push({ from, name });
    return `(import "i" "${imports.length - 1}"`;
  });
  const renamed = binaryen.parseText(withoutZeros(sorted(code)));
  binaryen.setGenerateStackIR(true);
  binaryen.setOptimizeStackIR(true);
  return { bytes: renamed.emitBinary(), imports };
}

/**
 * Reads the module and zeroes the source locations of panics (`core::panic::Location`: a pointer to a path, its length, line and
 * column), which nothing reads once panics only trap. The compiler's own option for it is unstable. Zeros compress to nothing:
 * saves 1.1 kB with brotli.
 */
function withoutLocations(bytes) {
  const source = binaryen.readBinary(bytes);
  let found = 0;
  for (let number = 0; number < source.getNumDataSegments(); number++) {
    const { offset, data } = source.getDataSegmentInfo(source.getDataSegmentByIndex(number));
    const segment = Buffer.from(data);
    const at = bytes.indexOf(segment);
    const paths = [];
    for (let place = 0; place + 16 <= segment.length; place += 4) {
      const start = segment.readUInt32LE(place) - offset;
      const path = start > 0 ? segment.toString('latin1', start, start + segment.readUInt32LE(place + 4)) : '';
      if (!/^[\w./-]+\.rs$/.test(path)) continue;
      paths.push([start, path.length]);
      segment.fill(0, place, place + 16);
    }
    for (const [start, length] of paths) segment.fill(0, start, start + length);
    segment.copy(bytes, at);
    found += paths.length;
  }
  assert(found > 100, 'places of panics are known by their form');
  return binaryen.readBinary(bytes);
}

/** Splits data at long runs of zeros and leaves these out, because memory is zero before it is filled: saves 1 kB without compression. */
function withoutZeros(code) {
  let runs = 0;
  const split = code.replace(/^ \(data \S+ \(i32\.const (\d+)\) "(.*)"\)$/gm, (_, start, text) => {
    let at = Number(start);
    return text
      .split(/(?<!\\)((?:\\00){512,})/)
      .map((part, number) => {
        const from = at;
        at += part.replace(/\\([\da-f]{2}|.)/g, '.').length;
        runs += number % 2;
        return number % 2 ? '' : ` (data (i32.const ${from}) "${part}")`;
      })
      .join('\n');
  });
  assert(runs > 0, 'data has the form that is expected');
  return split;
}

/**
 * Cuts the function table after the last function of the crate, which saves 0.9 kB with brotli. The functions behind it would call
 * closures or format panics. Nothing calls them; a call would trap.
 */
function withShortTable(code, generated) {
  assert(!/losure|jspi/.test(generated), 'the glue makes no closures');
  const table = /^( \(elem .*\$"[^"]*context_snapshot\[[^"]*")(( \$("[^"]*"|[^\s()]+))+)\)$/m;
  const [, , others] = table.exec(code);
  assert(/ \$"wasm_bindgen\[\w+\]::convert::closures::/.test(others), 'wasm-bindgen has functions for closures');
  return code.replace(table, (_, ours) => `${ours})`);
}

/** Sorts functions by their code without names, so that similar functions are neighbours, which compresses better. */
function sorted(code) {
  const [head, ...functions] = code.slice(0, code.lastIndexOf(')')).split(/\n(?= \(func )/);
  const looks = functions.map((text) => [text.replace(/\$("[^"]*"|[^\s()]+)/g, ''), text]);
  looks.sort(([left], [right]) => (left < right ? -1 : Number(left > right)));
  return `${[head, ...looks.map(([, text]) => text)].join('\n')})`;
}
