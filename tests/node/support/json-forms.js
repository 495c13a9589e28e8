// Writes a value as JSON text in many forms, which all mean the same.

import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { shuffled } from './packs.js';

const SHORT = { '"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '/': '/' };

function escaped(unit, below) {
  const hex = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const own = SHORT[unit] === undefined ? hex : `\\${SHORT[unit]}`;
  return [own, hex, hex.replace(/[a-f]+/, (digits) => digits.toUpperCase())][below(3)];
}

/** Writes a string; each unit may become an escape. */
function writtenString(string, below) {
  let text = '"';
  for (const unit of string.split('')) {
    const isNeeded = unit < ' ' || unit === '"' || unit === '\\' || (unit >= '\ud800' && unit < '\ue000');
    // Both halves of a surrogate pair are escaped, because a half must not stay alone.
    text += isNeeded || below(4) === 0 ? escaped(unit, below) : unit;
  }
  return `${text}"`;
}

const BLANKS = ['', ' ', '\n', '\t', '\r\n', '  \n'];

/** Writes a number in one of the forms that programs write. */
function writtenNumber(number, below) {
  const forms = [
    `${number}`,
    number.toExponential(),
    number.toExponential().toUpperCase(),
    number.toPrecision(17),
    `${number}`.includes('e') || `${number}`.includes('.') ? `${number}` : `${number}.0`,
  ];
  return forms[below(forms.length)];
}

/** Writes a value with any order of members, escapes, blanks and forms of numbers. */
export function disguised(value, below) {
  const blank = () => BLANKS[below(BLANKS.length)];
  const write = (value) => `${blank()}${bare(value)}${blank()}`;
  const bare = (value) => {
    if (typeof value === 'string') return writtenString(value, below);
    if (typeof value === 'number') return writtenNumber(value, below);
    if (typeof value !== 'object' || value === null) return `${value}`;
    if (Array.isArray(value)) return `[${value.length === 0 ? blank() : value.map(write).join(',')}]`;
    const members = shuffled(Object.keys(value), below).map(
      (name) => `${blank()}${writtenString(name, below)}${blank()}:${write(value[name])}`,
    );
    return `{${members.length === 0 ? blank() : members.join(',')}}`;
  };
  return write(value);
}

/** Every form in which a test writes an item; `below` gives random numbers. */
export const FORMS = {
  'JSON.stringify': (value) => JSON.stringify(value),
  'pretty-printed text': (value) => JSON.stringify(value, undefined, 2),
  'canonical text': (value) => canonicalize(value),
  'disguised text': disguised,
  'bytes of JSON.stringify': (value) => new TextEncoder().encode(JSON.stringify(value)),
  'canonical bytes': (value) => new TextEncoder().encode(canonicalize(value)),
  'disguised bytes, in a larger array': (value, below) => {
    const bytes = new TextEncoder().encode(disguised(value, below));
    const larger = new Uint8Array(bytes.length + 7).fill(0x20);
    larger.set(bytes, 3);
    larger.fill(0x7d, 3 + bytes.length);
    return larger.subarray(3, 3 + bytes.length);
  },
  'a Buffer': (value) => Buffer.from(canonicalize(value)),
};
export const FORM_NAMES = Object.keys(FORMS);

const text = fc.string({ unit: 'binary', maxLength: 12 });
const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 });
const object = fc
  .dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '\\', '"', '')), json, { maxKeys: 4 })
  .map((value) => Object.fromEntries(Object.entries(value)));

/** Random items, each without its id. */
export const itemBodies = fc.record(
  {
    kind: fc.constantFrom('docblock', 'schéma', 'k"'),
    sourceKey: fc.constantFrom('docs/a', '"quoted"\n', 's'),
    sourceVersion: fc.constantFrom('', '1', '1\\2', 'é'),
    content: fc.oneof(text, object, fc.string({ minLength: 230, maxLength: 300 })),
    textContent: text,
    metadata: object,
  },
  { requiredKeys: ['kind', 'sourceKey', 'content'] },
);
const ids = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 });

/** Random packs of items. */
export const itemLists = ids.chain((ids) =>
  fc
    .array(itemBodies, { minLength: ids.length, maxLength: ids.length })
    .map((bodies) => bodies.map((body, at) => ({ itemId: ids[at], ...body }))),
);

/** Random numbers below a bound, from an infinite stream of them. */
export const randomness = fc
  .infiniteStream(fc.nat({ max: 2 ** 30 }))
  .map((stream) => (bound) => stream.next().value % bound);
