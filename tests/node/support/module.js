// Changes a compiled WebAssembly module, for tests of situations that no call can cause.
//
// How: the binary format is a list of sections, each a number, a length and content. A replacement is spliced in, and the
// lengths around it are rewritten. https://webassembly.github.io/spec/core/binary/modules.html

import assert from 'node:assert/strict';

const EXPORTS = 7;
const CODE = 10;
// A test may replace it.
const { Module } = WebAssembly;

/** Reads an unsigned LEB128 number; returns it and its end. */
function read(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function write(value) {
  const bytes = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) | (rest > 0 ? 0x80 : 0));
    value = rest;
  } while (value > 0);
  return Buffer.from(bytes);
}

function* sections(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const [length, start] = read(bytes, at + 1);
    yield { id: bytes[at], at, start, end: start + length };
    at = start + length;
  }
}

const section = (bytes, id) => [...sections(bytes)].find((candidate) => candidate.id === id);

/** Replaces the exported function by one that traps. */
export function withTrap(bytes, name) {
  const imported = Module.imports(new Module(bytes)).filter(({ kind }) => kind === 'function').length;
  const found = section(bytes, EXPORTS);
  let [count, at] = read(bytes, found.start);
  let index;
  for (; count > 0; count--) {
    const [length, start] = read(bytes, at);
    const own = bytes.subarray(start, start + length).toString() === name;
    const [value, next] = read(bytes, start + length + 1);
    if (own) index = value;
    at = next;
  }
  assert(index >= imported, `${name} is exported`);

  const code = section(bytes, CODE);
  let [, body] = read(bytes, code.start);
  for (let skip = index - imported; skip > 0; skip--) {
    const [length, start] = read(bytes, body);
    body = start + length;
  }
  const [length, start] = read(bytes, body);
  // No locals; unreachable; end.
  const trap = Buffer.from([3, 0, 0x00, 0x0b]);
  const content = Buffer.concat([bytes.subarray(code.start, body), trap, bytes.subarray(start + length, code.end)]);
  return Buffer.concat([
    bytes.subarray(0, code.at),
    Buffer.from([CODE]),
    write(content.length),
    content,
    bytes.subarray(code.end),
  ]);
}
