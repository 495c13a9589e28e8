// How the module is inlined: any bytes come back, and the text can stand wherever a script can.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import * as base64 from '../../pkg/src/module/base64.js';
import * as text from '../../pkg/src/module/text.js';
import { inChild } from './support/child.js';

const module = readFileSync(new URL('../../pkg/dist/context_snapshot.wasm', import.meta.url));
const everyByte = Uint8Array.from({ length: 512 }, (_, at) => at & 255);

for (const [name, { encode, decode }] of Object.entries({ base64, text })) {
  test(`${name}: there and back`, () => {
    const assertBack = (bytes) => assert.deepEqual(Buffer.from(decode(encode(bytes))), Buffer.from(bytes));
    for (const bytes of [module, everyByte, new Uint8Array(0)]) assertBack(bytes);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), assertBack), { seed: 1, numRuns: 500 });
  });

  test(`${name}: nothing that means something in a script, or is not ASCII`, () => {
    for (const bytes of [module, everyByte]) assert.match(encode(bytes).text, /^[^'\\$<`]*$/);
    for (const bytes of [module, everyByte]) assert.match(encode(bytes).text, /^[\x20-\x7e]*$/);
  });
}

test('base64 without Buffer, at any length', async () => {
  const lengths = await inChild(`
    const { encode } = await import('./pkg/src/module/base64.js');
    const bytes = Array.from({ length: 300 }, (_, at) => (at * 77) & 255);
    const encoded = bytes.map((_, length) => encode(bytes.slice(0, length)));
    delete globalThis.Buffer;
    const { decode } = await import('./pkg/src/module/base64.js?again');
    report(encoded.filter((one, length) => String(decode(one)) !== String(bytes.slice(0, length))).length);`);
  assert.equal(lengths, 0);
});

test('brotli makes as much of the text as of the bytes, within four percent', () => {
  const [inlined, itself] = [text.encode(module).text, module].map((data) => brotliCompressSync(data).length);
  assert(inlined <= itself * 1.04, `${inlined} bytes, and ${itself} by itself`);
});
