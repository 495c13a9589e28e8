// Checks how the module is inlined: decoding returns the same bytes, and the text is safe in every script.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import binaryen from 'binaryen';
import fc from 'fast-check';
import { encode } from '../../pkg/build/encode.js';
import * as base64 from '../../pkg/src/module/base64.js';
import { decode } from '../../pkg/src/module/text.js';
import { inChild } from './support/child.js';

const text = { encode, decode };
const module = readFileSync(new URL('../../pkg/dist/context_snapshot.wasm', import.meta.url));
const everyByte = Uint8Array.from({ length: 512 }, (_, at) => at & 255);

const { BulkMemory, NontrappingFPToInt, MutableGlobals, ReferenceTypes, SignExt, SIMD128 } = binaryen.Features;
const FEATURES = BulkMemory | NontrappingFPToInt | MutableGlobals | ReferenceTypes | SignExt | SIMD128;

/** Decodes a module from text, with the alignments of the build. */
function assembled(code) {
  const parsed = binaryen.parseText(code);
  parsed.setFeatures(FEATURES);
  parsed.runPasses(['dealign']);
  return parsed.emitBinary();
}

/** Makes a module with instructions of every form, and with numbers at the ends of their ranges. */
const everyShape = () => {
  const ends = ['0', '1', '-1', '63', '64', '-64', '-65', '8191', '8192', '2147483647', '-2147483648'];
  const drops = ends.map((end) => `(drop (i32.const ${end})) (drop (i64.const ${end}))`).join(' ');
  return assembled(`(module
    (type $two (func (param i32) (result i32)))
    (memory 1) (data $some "with |, [, ], ', \\\\ and \\00\\ff") (table $table 2 funcref) (global $global (mut i64) (i64.const -9223372036854775808))
    (elem (i32.const 0) $one $two)
    (func $one (param i32) (result i32) (local ${'i64 '.repeat(200)}) (local f64 f32 v128 i32)
      ${drops}
      (local.set 201 (f64.const -0.5)) (local.set 202 (f32.const 1e9)) (local.set 203 (v128.const i32x4 1 2 3 -4))
      (local.set 203 (i8x16.shuffle 0 1 2 3 4 5 6 7 31 30 29 28 27 26 25 24 (local.get 203) (local.get 203)))
      (local.set 203 (i32x4.replace_lane 3 (local.get 203) (local.tee 204 (i32.load8_u offset=70000 (local.get 0)))))
      (local.set 203 (v128.load64_zero offset=300 (local.get 0))) (local.set 203 (v128.load8_lane 5 (local.get 0) (local.get 203)))
      (v128.store offset=5 (local.get 0) (i32x4.add (local.get 203) (local.get 203))) (i64.store32 offset=2 (local.get 0) (global.get $global))
      (global.set $global (i64.const 9223372036854775807)) (memory.copy (local.get 0) (local.get 204) (i32.const 3))
      (memory.fill (local.get 0) (local.get 204) (i32.const 3)) (drop (memory.grow (memory.size)))
      (drop (i32.trunc_sat_f64_s (local.get 201))) (drop (select (result i32) (i32.const 1) (i32.const 2) (local.get 0)))
      (block $out (block $in (br_table $in $out $in (local.get 0))) (loop $again (br_if $again (local.get 0))))
      (if (ref.is_null (ref.func $two)) (then (nop)) (else (unreachable)))
      (drop (ref.is_null (ref.null func)))
      (call_indirect $table (type $two) (local.get 0) (i32.const 1)))
    (func $two (param i32) (result i32) ${drops.repeat(200)} (call $one (local.get 0)))
    (func $nothing) (export "one" (func $one)) (export "nothing" (func $nothing)))`);
};

const assertBack = ({ encode, decode }, bytes) =>
  assert.deepEqual(Buffer.from(decode(encode(bytes))), Buffer.from(bytes));

test('base64 restores any bytes', () => {
  for (const bytes of [module, everyByte, new Uint8Array(0)]) assertBack(base64, bytes);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => assertBack(base64, bytes)),
    { seed: 1, numRuns: 500 },
  );
});

test('text restores modules', () => {
  for (const bytes of [module, everyShape(), assembled('(module (func))')]) {
    assert(WebAssembly.validate(bytes));
    assertBack(text, bytes);
  }
});

test('text restores modules of random numbers', () => {
  const numbers = fc.array(
    fc.tuple(fc.integer(), fc.nat({ max: 2 ** 31 - 1 }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    {
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(numbers, (some) => {
      const body = some.map(
        ([constant, offset, long]) =>
          `(drop (i32.load offset=${offset} (i32.const ${constant}))) (i64.store offset=${offset} (i32.const ${offset}) (i64.const ${long}))`,
      );
      assertBack(text, assembled(`(module (memory 1) (func ${body.join(' ')}) (func ${body.slice(1).join(' ')}))`));
    }),
    { seed: 1, numRuns: 100 },
  );
});

test('text refuses bytes that it cannot restore', () => {
  const aligned = binaryen.parseText('(module (memory 1) (func (drop (i32.load (i32.const 0)))))').emitBinary();
  assert.throws(() => text.encode(aligned), { message: /alignments are 0/ });
  const unknown = Uint8Array.from(assembled('(module (func (return)))'));
  unknown[unknown.lastIndexOf(0x0f)] = 0x06;
  assert.throws(() => text.encode(unknown), { message: /unknown instruction: 6/ });
});

test('the texts are ASCII, without characters that are special in a script', () => {
  for (const { text: encoded } of [
    base64.encode(module),
    base64.encode(everyByte),
    text.encode(module),
    text.encode(everyShape()),
  ]) {
    assert.match(encoded, /^[^'\\$<`]*$/);
    assert.match(encoded, /^[\x20-\x7e]*$/);
  }
});

test('base64 works without Buffer, at any length', async () => {
  const lengths = await inChild(`
    const { encode } = await import('./pkg/src/module/base64.js');
    const bytes = Array.from({ length: 300 }, (_, at) => (at * 77) & 255);
    const encoded = bytes.map((_, length) => encode(bytes.slice(0, length)));
    delete globalThis.Buffer;
    const { decode } = await import('./pkg/src/module/base64.js?again');
    report(encoded.filter((one, length) => String(decode(one)) !== String(bytes.slice(0, length))).length);`);
  assert.equal(lengths, 0);
});

test('brotli compresses the text 10 percent better than the bytes', () => {
  const [inlined, itself] = [text.encode(module).text, module].map((data) => brotliCompressSync(data).length);
  assert(inlined <= itself * 0.9, `${inlined} bytes, and ${itself} by itself`);
});
