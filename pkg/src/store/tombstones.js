// Tombstones: what stays of an item that was erased. A signed one proves who erased it, when and why.
//
// Why signed: whoever can write to the database could write a tombstone too, and hide an item behind it. How: a tombstone is canonical JSON of
// the facts. A signed one also has a DSSE envelope of an in-toto statement. The statement follows from the facts and the record, so facts
// that were changed are noticed even without a key, and any tool for in-toto can check the envelope.

import { canonicalize, isDigest, toStatement } from '@lssm-tech/lib.context-snapshot';
import { MAX_ISSUES } from '#limits';
import { isPlain } from '#values';
import { envelopes, toBase64 } from '../envelope.js';
import { keyOf } from './keys.js';
import { invalid, problem, shorten } from './problems.js';
import { tryToReadStrictly } from './records.js';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'https://contractspec.io/attestation/context-erasure/v1';
const FACTS = ['snapshotId', 'itemId', 'digest', 'reason', 'erasedAt', 'erasedBy'];
const OPTIONS = ['erasedBy', 'signer'];
const TOO_MANY = 'too_many_issues';

const { hasOwn } = Object;
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === 'string' && value !== '';
const isTime = (text) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;

// ------------------------------------------------------------------------------------------------------------------ what is signed

const statementOf = (subject, predicate) => ({
  _type: STATEMENT_TYPE,
  subject,
  predicateType: PREDICATE_TYPE,
  predicate,
});

/** Returns true for the facts of a tombstone, and nothing besides. */
const isFacts = (value) =>
  isObject(value) &&
  Object.keys(value).every((name) => FACTS.includes(name)) &&
  FACTS.every((name) => (hasOwn(value, name) ? isText(value[name]) : name === 'erasedBy')) &&
  isDigest(value.digest) &&
  isTime(value.erasedAt);

/** Returns the hash that a statement is about, or the issues as JSON text. */
// E8.4-15
function checkStatement(statement) {
  const subject = isObject(statement) && Array.isArray(statement.subject) ? statement.subject[0] : undefined;
  const sha256 = subject?.digest?.sha256;
  const hash = `sha256:${sha256}`;
  const isAbout = isText(subject?.name) && isDigest(hash) && isFacts(statement.predicate);
  // The whole statement follows from these members, so this comparison also finds unknown ones.
  const expected = isAbout && statementOf([{ name: subject.name, digest: { sha256 } }], statement.predicate);
  if (isAbout && canonicalize(statement) === canonicalize(expected)) return hash;
  const message = 'Mismatch: expected a statement that an item was erased';
  return JSON.stringify([{ path: 'payload', code: 'mismatch', message }]);
}

const { signStatement, verifyEnvelope } = envelopes(canonicalize, checkStatement, (detail) =>
  problem('INTERNAL_ERROR', detail),
);

/** Verifies the envelope of a tombstone: one of the keys has signed that an item was erased. */
export async function verifyTombstone(envelope, keys, ...others) {
  if (others.length > 0) throw new TypeError(`verifyTombstone takes 2 arguments, received ${2 + others.length}`);
  return verifyEnvelope(envelope, keys);
}

// ------------------------------------------------------------------------------------------------------------------------- making

/** Checks the reason and the options of `erase`. */
export function checkErasure(reason, options) {
  if (!isText(reason)) throw invalid('Erasing needs a reason: a text that is not empty');
  // A signer that a class has is not an own member, and would be left out.
  if (!isObject(options) || !isPlain(Object.getPrototypeOf(options)))
    throw new TypeError('erase takes a snapshotId, itemIds, a reason, and { erasedBy, signer } as a plain object');
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw new TypeError(`erase has no option ${shorten(name)}`);
  }
  if (hasOwn(options, 'erasedBy') && !isText(options.erasedBy)) throw invalid('erasedBy is not a text, or empty');
  // A signer that is given and undefined is a key that is missing, not a wish for a tombstone that is not signed.
  if (hasOwn(options, 'signer') && !hasOwn(options, 'erasedBy')) {
    throw invalid('A signed tombstone says who erased the item: pass erasedBy');
  }
}

/** Makes the text of a tombstone. */
export async function tombstoneOf(record, facts, options) {
  const all = { ...facts, ...(hasOwn(options, 'erasedBy') && { erasedBy: options.erasedBy }) };
  if (!hasOwn(options, 'signer')) return canonicalize(all);
  const { subject } = toStatement({ record });
  return canonicalize({ ...all, envelope: await signStatement(statementOf(subject, all), options.signer) });
}

// ----------------------------------------------------------------------------------------------------------------------- checking

/** Reads the keys of a verification. Fails closed: what is not `{ keys }` is an error, even if there is no tombstone. */
export async function keysOf(options) {
  if (!isObject(options) || Object.keys(options).join() !== 'keys') {
    throw new TypeError('verify takes a snapshotId, { hash } or { seal } that you trust, and { keys } for tombstones');
  }
  const { keys } = options;
  const list = typeof keys?.[Symbol.iterator] === 'function' ? [...keys] : keys;
  await verifyTombstone(undefined, list);
  return list;
}

/** Returns the subject of statements about a record, undefined if the record is not valid. */
function subjectOf(record) {
  try {
    return toStatement({ record }).subject;
  } catch {
    return undefined;
  }
}

/** Returns what is wrong with a tombstone, or undefined. Without keys, nobody knows who wrote it. */
async function flawOf({ key, digest }, tombstone, subject, snapshotId, keys) {
  if (key === null) return 'there is no item in its place';
  const { envelope, ...facts } = tombstone;
  if (!isFacts(facts)) return 'it is not what was stored';
  if (facts.snapshotId !== snapshotId || keyOf(facts.itemId) !== key || facts.digest !== digest) {
    return 'it is that of another item';
  }
  if (envelope === undefined) return keys === undefined ? undefined : 'it is not signed';
  if (subject === undefined) return 'the record of its snapshot is not valid';
  const payload = toBase64(new TextEncoder().encode(canonicalize(statementOf(subject, facts))));
  if (envelope?.payload !== payload) return 'it is not what was signed';
  if (keys === undefined) return undefined;
  const { valid, issues } = await verifyTombstone(envelope, keys);
  return valid ? undefined : `${issues[0].path}: ${issues[0].message}`;
}

/**
 * Adds to a verification which missing items were erased, and what is wrong with tombstones.
 *
 * The member `erased` has the ids of all missing items whose tombstone is right, also if there are more issues than a verification lists. So if
 * these are not cut off, and there are as many of them as ids, nothing else is wrong.
 *
 * @param rows `{ ordinal, key, digest, text }` of each tombstone; without an item in its place, `key` is null
 */
export async function withTombstones(verification, { record, index }, rows, snapshotId, keys) {
  if (rows.length === 0) return Object.freeze({ ...verification, erased: Object.freeze([]) });
  const subject = subjectOf(record);
  const known = new Map();
  for (const row of rows) {
    // Without a prototype, which could add members that nobody has stored.
    const tombstone = { __proto__: null, ...tryToReadStrictly(row.text) };
    const flaw = await flawOf(row, tombstone, subject, snapshotId, keys);
    known.set(row.key ?? row.ordinal, { ...row, tombstone, flaw });
  }
  const issues = [];
  const flaws = [];
  const erased = [];
  // E8-17
  const refuse = ({ ordinal, flaw }, itemId) => flaws.push(issueOf(ordinal, flaw, itemId));
  for (const issue of verification.issues) {
    const id = issue.code === 'missing' ? index[/^index\.(\d+)$/.exec(issue.path)?.[1]]?.itemId : undefined;
    const key = id === undefined || known.has(id) ? id : keyOf(id);
    const found = known.get(key);
    known.delete(key);
    if (found !== undefined && found.flaw === undefined) {
      issues.push(withFacts(issue, found.tombstone));
      erased.push(found.tombstone.itemId);
      continue;
    }
    issues.push(issue);
    if (found !== undefined) refuse(found, issue.itemId);
  }
  // No row with a tombstone was read, so if the issues are cut off, the items of the other tombstones count as missing, too.
  const isCut = verification.issues.some(({ code }) => code === TOO_MANY);
  for (const found of known.values()) {
    if (found.flaw !== undefined) refuse(found);
    else if (isCut) erased.push(found.tombstone.itemId);
  }
  if (flaws.length > MAX_ISSUES) {
    flaws.splice(MAX_ISSUES);
    flaws.push({ path: '', code: TOO_MANY, message: `More issues than the ${MAX_ISSUES} listed` });
  }
  const valid = verification.valid && flaws.length === 0;
  return Object.freeze({
    ...verification,
    valid,
    issues: Object.freeze([...issues, ...flaws.map(Object.freeze)]),
    erased: Object.freeze(erased),
  });
}

const issueOf = (ordinal, flaw, itemId) => ({
  path: `tombstones.${ordinal}`,
  code: 'mismatch',
  message: `Mismatch: the tombstone is not right: ${flaw}`,
  ...(itemId !== undefined && { itemId }),
});

/**
 * Returns an issue for each tombstone that `erase` has found and that is not right, as far as that shows without keys. One without a
 * signature is not what a caller with a signer wants to have.
 *
 * @param rows with `itemId`, `ordinal`, `key`, `digest`, and the text as `tombstone`
 */
export async function flawsOf(record, rows, snapshotId, options) {
  const subject = subjectOf(record);
  const issues = [];
  for (const { tombstone: text, itemId, ...row } of rows) {
    const tombstone = { __proto__: null, ...tryToReadStrictly(text) };
    const isUnsigned = hasOwn(options, 'signer') && tombstone.envelope === undefined;
    const flaw = (await flawOf(row, tombstone, subject, snapshotId)) ?? (isUnsigned ? 'it is not signed' : undefined);
    if (flaw !== undefined) issues.push(issueOf(row.ordinal, flaw, itemId));
  }
  return issues;
}

/** Adds the facts of a tombstone to the issue of a missing item. */
// E8-16
function withFacts(issue, { erasedAt, erasedBy, reason }) {
  const by = erasedBy === undefined ? '' : ` by ${shorten(erasedBy)}`;
  const message = `${issue.message.replace(/ is missing$/, '')} was erased at ${erasedAt}${by}: ${shorten(reason)}`;
  return Object.freeze({ ...issue, message });
}
