// How the files are written: readable, the same on every run, with numbers and escapes as a case spells them.
//
// Why: some cases are about how JSON text spells a value (`1e2`, `\u002F`), which no JavaScript value remembers.

const WIDTH = 120;

/** A value that must be written as this JSON text, even if it has a shorter one. */
class Spelled {
  constructor(text) {
    this.text = text;
  }
}
export const spelled = (text) => new Spelled(text);

/** Copies a value; what a spelled part stands for takes its place. */
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

/** Writes JSON text in lines of at most 120 characters, as far as strings allow. `before` stands before it in its line. */
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
