// Writes the files: readable, the same on every run, and with numbers and escapes as a case spells them.
//
// Why: some cases are about the spelling of JSON text (`1e2`, `\u002F`), which a JavaScript value does not keep.

const WIDTH = 120;

/** A value to be written as exactly this JSON text, even if a shorter one exists. */
class Spelled {
  constructor(text) {
    this.text = text;
  }
}
export const spelled = (text) => new Spelled(text);

/** Copies a value, and replaces spelled parts by the values they stand for. */
export function meant(value) {
  if (value instanceof Spelled) return JSON.parse(value.text);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(meant);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, meant(member)]));
}

function inOneLine(value) {
  if (value instanceof Spelled) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${inOneLine(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Writes JSON text with lines of at most 120 characters, unless a string is longer. `before` precedes it on its line. */
export function pretty(value, indent = '', before = '') {
  const line = inOneLine(value);
  const isFlat = typeof value !== 'object' || value === null || value instanceof Spelled;
  if (isFlat || indent.length + before.length + line.length < WIDTH) return before + line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => pretty(one, inner))
    : Object.entries(value).map(([name, member]) => pretty(member, inner, `${JSON.stringify(name)}: `));
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${before}${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
}
