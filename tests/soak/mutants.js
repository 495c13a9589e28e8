// Makes mutants of stored snapshots, chains, proofs and proofs of absence, at and above every limit. A seed and a number give one mutant.
//
// Why: one false "valid" makes a verifier worthless, and it hides where nobody looked. Most defects of limits only show if the
// limits are small enough to be reached by chance.
//
// How: a valid snapshot gets up to four edits. Some mutants are then sealed again, so that they pass the first comparisons.
// Everything is JSON, because the native verifier is asked through a pipe (tests/node/support/differential.js covers values that
// JSON cannot express). Tiny limits are close to the sizes of the snapshot's own documents.

import canonicalize from 'canonicalize';
import { canonicalItem, eventIdFor, leaf, root, sha256, snapshotOf, toDigest } from '../node/support/format.js';
import { absences, chain, example, proofs, small } from '../node/support/tampering.js';

const MAX_LEVELS = 1000;

/** Returns a generator of numbers below a bound: xorshift32, seeded by a seed and the number of a mutant. */
function random(seed, number) {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let warm = 0; warm < 4; warm++) next();
  return (bound) => next() % bound;
}

// Valid snapshots.

function withEvent(parts) {
  const { snapshotId, packKey, packVersion, hash, itemCount, createdAt, metadata } = parts.record;
  const payload = { snapshotId, packKey, packVersion, hash, itemCount, createdAt };
  const { traceId, manifest } = metadata.$snapshot;
  const event = {
    ...{ id: eventIdFor(snapshotId), key: 'context.snapshot.created', version: '1.0.0', occurredAt: createdAt },
    ...(traceId !== undefined && { traceId }),
    payload,
  };
  return { ...parts, event, manifest, output: payload };
}

function made(items, sources, more = {}) {
  const pack = { packKey: 'p', version: '1', title: 't', ...(sources && { sources }) };
  const ctx = { actor: 'user', userId: 'u', now: '2027-06-15T08:30:00.250Z', snapshotId: 's', pack, items };
  const { record, index, hash } = snapshotOf({ metadata: { a: 'x' } }, ctx);
  return { record, items, index, pack, expect: { hash, seal: record.metadata.$snapshot.seal }, ...more };
}

const item = (itemId, more = {}) => ({ itemId, kind: 'k', sourceKey: 's', content: 'text', ...more });
const source = (version, required = true) => ({ kind: 'k', key: 's', ...(version && { version }), required });

function rows(parts) {
  const items = parts.items.map((each) => ({ ...each, itemId: `${parts.record.snapshotId}:${each.itemId}`, row: 1 }));
  return { ...parts, items, rowIds: true };
}

const GOOD = [
  example(),
  example(),
  small(),
  made([]),
  made([item('a')]),
  made([item('a', { sourceVersion: '1' }), item('b', { sourceVersion: '2' })], [source('1'), source('2'), source()]),
  made([item('\u{10000}'), item('\ue000'), item('\ud7ff'), item('z', { content: { a: [[[{}]]] } })]),
  rows(made([item('a'), item('a:b', { metadata: { m: null } })], [source('', false)])),
].flatMap((parts) => {
  const { event, manifest, output } = withEvent(parts);
  // Rust does not take a manifest or an output, so only JavaScript gets these.
  return [parts, { ...parts, event }, { ...parts, event, manifest, output }];
});
const CHAINS = [1, 2, 3, 4].map((length) => chain(length));
const PROOFS = [1, 2, 3, 7].flatMap((count) => proofs(count));
const ABSENCES = [0, 1, 2, 3, 6].flatMap((count) => absences(count));

function pathsOf(value, path = [], all = []) {
  if (path.length > 0) all.push(path);
  if (typeof value !== 'object' || value === null) return all;
  for (const name of Object.keys(value)) pathsOf(value[name], [...path, name], all);
  return all;
}
const bytes = (value) => Buffer.byteLength(canonicalize(value));

function base(question) {
  const { parts } = question;
  const documents = parts
    ? [parts.record, parts.pack, ...parts.items, parts.index?.[0], parts.event, parts.output]
    : [];
  const sizes = documents.filter((document) => document !== undefined).map(bytes);
  const total = parts?.items.reduce((sum, each) => sum + Buffer.byteLength(canonicalItem(each)), 0);
  return { text: JSON.stringify(question), paths: pathsOf(question), sizes: [...sizes, 200], total };
}
const BASES = {
  parts: GOOD.map((parts) => base({ parts })),
  records: CHAINS.map((records) => base({ records })),
  proofs: PROOFS.map((question) => base(question)),
  absence: ABSENCES.map((absence) => base({ absence })),
};

// Edits.

const VALUES = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  1e21,
  2 ** 53,
  '',
  'x',
  ' ',
  [],
  {},
  [null],
  { a: 1 },
  'admin',
  'role',
];
const NAMES = [
  ...['', 'x', 'itemId', 'sourceVersion', 'textContent', 'metadata', 'createdBy', 'parent', 'seal', 'hash', 'expected'],
  ...['__proto__', 'toString', '$snapshot', 'length', '0', 'limits', 'itemsJson', 'description', 'required', 'userId'],
];
const CHARACTERS = [
  '\0',
  '\u0001',
  'é',
  '\u{1f600}',
  '\ud800',
  '\udc00',
  '\u202e',
  '"',
  '\\',
  ':',
  '\n',
  '…',
  '\u2028',
  '0',
  'Z',
];
const TIMES = [
  '2027-06-15 08:30:00.25+00',
  '2027-06-15T10:30:00.2509+02',
  '2027-06-15T08:30:00.250Z',
  '0001-01-01T00:00:00Z',
];

const copy = (value) => (typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value);
const isObject = (value) => typeof value === 'object' && value !== null;
/** Sets an own member of any name; in an array, an existing element or the next one. */
function set(object, name, value) {
  if (Array.isArray(object)) object[Math.min(Number(name) || 0, object.length)] = value;
  else if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function find(whole, path) {
  let holder = whole;
  let at = 0;
  for (; at < path.length - 1; at++) {
    const inner = Object.hasOwn(holder, path[at]) ? holder[path[at]] : undefined;
    if (!isObject(inner)) break;
    holder = inner;
  }
  return { holder, name: path[at], value: Object.hasOwn(holder, path[at]) ? holder[path[at]] : undefined };
}

function nested(levels, value, isArray) {
  let outer = value;
  for (let level = 0; level < levels; level++) outer = isArray ? [outer] : { a: outer };
  return outer;
}

function text(value, below) {
  const at = below(value.length + 1);
  const character = CHARACTERS[below(CHARACTERS.length)];
  const edits = [
    () => value.slice(0, at) + character + value.slice(at),
    () => value.slice(0, at) + character + value.slice(at + 1),
    () => value.slice(0, at) + value.slice(at + 1),
    () => value.toUpperCase(),
    () => `${value} `,
    () => value + value,
  ];
  return edits[below(edits.length)]();
}

const EDITS = [
  ({ holder, name }, below) => set(holder, name, copy(VALUES[below(VALUES.length)])),
  ({ holder, name }) => (Array.isArray(holder) ? holder.splice(Number(name), 1) : delete holder[name]),
  ({ holder, name, value }, below) => {
    if (Array.isArray(holder)) return holder.reverse();
    delete holder[name];
    return set(holder, below(2) ? NAMES[below(NAMES.length)] : `${name}x`, value);
  },
  ({ value, holder }, below, other) => {
    const place = isObject(value) ? value : holder;
    if (Array.isArray(place)) place.push(copy(other.value));
    else set(place, NAMES[below(NAMES.length)], copy(below(2) ? other.value : VALUES[below(VALUES.length)]));
  },
  ({ holder, name }, _, other) => set(holder, name, copy(other.value ?? null)),
  ({ holder, name, value }, below) => {
    if (typeof value === 'string') holder[name] = text(value, below);
    else if (typeof value === 'number') holder[name] = [value + 1, -value, value / 3, `${value}`, value * 2][below(5)];
    else if (typeof value === 'boolean') holder[name] = !value;
    else if (Array.isArray(value) && value.length > 0) {
      const [one, two] = [below(value.length), below(value.length)];
      if (below(3) === 0) value.push(copy(value[one]));
      else if (below(2)) value.splice(one, 1);
      else [value[one], value[two]] = [value[two], value[one]];
    }
  },
  ({ holder, name, value }, below, _, isTiny) => {
    const levels = isTiny || below(20) ? 1 + below(6) : MAX_LEVELS - 6 + below(9);
    set(holder, name, nested(levels, value ?? null, below(2) === 0));
  },
];

/** Recomputes hashes and seal, as far as the parts they follow from still exist. */
function sealAgain({ record, items, index, rowIds, expect }, below) {
  const ours = record.metadata.$snapshot;
  if (below(4) > 0) {
    const prefix = rowIds ? record.snapshotId.length + 1 : 0;
    const leaves = items.map((each) => {
      const itemId = each.itemId.slice(prefix);
      return { itemId, digest: leaf(canonicalItem({ ...each, itemId })) };
    });
    leaves.sort((left, right) => (left.itemId < right.itemId ? -1 : Number(left.itemId > right.itemId)));
    ours.manifest.itemsRoot = toDigest(root(leaves.map(({ digest }) => digest)));
    ours.manifest.itemCount = record.itemCount = items.length;
    if (index && below(2))
      index.splice(0, index.length, ...leaves.map(({ itemId, digest }) => ({ itemId, digest: toDigest(digest) })));
  }
  record.hash = toDigest(sha256(canonicalize(ours.manifest)));
  delete ours.seal;
  ours.seal = toDigest(sha256(canonicalize(record)));
  if (expect && below(2)) Object.assign(expect, { hash: record.hash, seal: ours.seal });
}

function tinyLimits({ sizes, total }, below) {
  const around = (number) => Math.max(0, number - 1 + below(3));
  const limits = {};
  if (below(2)) limits.documentBytes = around(sizes[below(sizes.length)]);
  if (below(4) === 0) limits.levels = below(3) ? 3 + below(4) : below(12);
  if (below(4) === 0) limits.items = below(5);
  if (below(4) === 0) limits.totalBytes = around(total);
  return limits;
}

/** Lengthens a text in some document until the document has the length of the limit, or one byte more or less. */
function grow(question, { paths }, limit, below) {
  const document = ['record', 'pack', 'event', 'output', 'manifest'][below(5)];
  const wanted = below(2) ? ['parts', document] : ['parts', 'items'];
  const texts = paths.filter((path) => wanted.every((name, at) => path[at] === name));
  if (texts.length === 0) return;
  const { holder, name, value } = find(question, texts[below(texts.length)]);
  if (typeof value !== 'string') return;
  const whole = wanted[1] === 'items' ? question.parts.items[0] : question.parts[document];
  if (!isObject(whole)) return;
  const missing = limit - bytes(whole) - 1 + below(3);
  if (missing > 0 && missing < 20_000) holder[name] = value + 'x'.repeat(missing);
}

/** Asks for another id than the proof was made for, in every place that says it; or exchanges the neighbours. */
function askForAnother({ absence }, below) {
  const { proof } = absence;
  if (below(3) === 0) [proof.before, proof.after] = [proof.after, proof.before];
  const ids = ['i', 'i0', 'i0+', 'i1', 'i1+', 'i5', 'i5+', '0', 'z', '\u{10000}', '\ue000', '\ud800', ''];
  if (below(3)) absence.itemId = proof.itemId = ids[below(ids.length)];
}

/** Makes the mutant with that number: `{ parts }`, `{ records, options }`, `{ item, proof, hash }` or `{ absence: { itemId, proof, hash } }`. */
export function mutant(seed, number, { isTiny, hasLimits }) {
  const below = random(seed, number);
  const kind = [...Array(7).fill('parts'), 'records', 'proofs', 'absence'][below(10)];
  const own = BASES[kind][below(BASES[kind].length)];
  const question = JSON.parse(own.text);
  const limits = isTiny && hasLimits && kind === 'parts' ? tinyLimits(own, below) : undefined;
  for (let edits = below(8) === 0 ? 0 : 1 + below(4); edits > 0; edits--) {
    const place = find(question, own.paths[below(own.paths.length)]);
    const other = find(question, own.paths[below(own.paths.length)]);
    // The names at the top level stay.
    if (place.holder === question && kind !== 'proofs') continue;
    EDITS[below(EDITS.length)](place, below, other, isTiny);
  }
  try {
    if (limits?.documentBytes > 0 && below(3) === 0) grow(question, own, limits.documentBytes, below);
    if (below(20) === 0) question.parts.record.createdAt = TIMES[below(TIMES.length)];
    if (kind === 'parts' && below(3) === 0) sealAgain(question.parts, below);
    if (kind === 'absence' && below(2)) askForAnother(question, below);
    if (kind === 'records' && hasLimits && below(2)) {
      const { seal } = question.records.at(-1).metadata.$snapshot;
      question.options = { expect: { [below(9) ? 'seal' : 'hash']: below(9) ? seal : null } };
    }
    if (kind === 'records' && below(2)) {
      for (const [at, record] of question.records.entries()) {
        const before = question.records[at - 1]?.metadata.$snapshot.seal;
        if (before !== undefined) record.metadata.$snapshot.parent = before;
        sealAgain({ record }, () => 0);
      }
    }
  } catch {
    // The edits have removed something that is needed here.
  }
  if (limits && isObject(question.parts)) question.parts.limits = limits;
  return question;
}
