// ERRORS 8.4: good signatures over invalid statements, by a signer who may sign anything.

import canonicalize from 'canonicalize';
import { sha256 } from '../../../tests/node/support/format.js';
import * as say from '../messages.js';
import { times } from '../parts.js';
import { cites } from '../rules.js';
import { envelopeOf, STATEMENT } from './signing.js';

const PREDICATE = 'payload.predicate';
const NAME = 'payload.subject.0.name';
const DIGEST = 'payload.subject.0.digest.sha256';
const [subject] = STATEMENT.subject;
const HASH = subject.digest.sha256;
const TYPES = {
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://contractspec.io/attestation/context-snapshot/v1',
};
const hashOf = (manifest) => sha256(canonicalize(manifest)).toString('hex');
/** Changes something in the statement, and returns it as JSON text. */
const edited = (edit) => {
  const copy = JSON.parse(JSON.stringify(STATEMENT));
  return JSON.stringify(edit(copy) ?? copy);
};

/** Makes a case from a signed text. */
const text =
  (keyid) =>
  (name, payload, issues = []) => ({
    ...{ name, envelope: envelopeOf(payload, keyid), keys: [{ key: keyid, keyid }], issues },
  });
const [byNode, byRust] = ['node-ed25519', 'rust-ed25519'].map(text);
const statement = (name, edit, ...issues) => byNode(name, edited(edit), issues);
const other = (name, edit, ...issues) => byRust(name, edited(edit), issues);
const set = (name, member, value, ...issues) =>
  statement(name, (copy) => Object.assign(copy, { [member]: value }), ...issues);

const noType = (member, found) => say.mismatch(`payload.${member}`, TYPES[member], found);
const noTypes = Object.keys(TYPES).map((member) => noType(member, 'undefined'));
const noPredicate = [
  say.wrong(`${PREDICATE}.snapshotId`, 'string', 'undefined'),
  say.wrong(`${PREDICATE}.createdAt`, 'string', 'undefined'),
  say.noDigest(`${PREDICATE}.seal`),
  say.noManifest(`${PREDICATE}.manifest`),
];
const noSubject = [
  say.mismatch('payload.subject', 1, 0),
  say.mismatch(NAME, subject.name, 'undefined'),
  say.mismatch(DIGEST, HASH, 'undefined'),
];
const subjectName = (name, value, found) =>
  statement(
    name,
    (copy) => {
      copy.subject[0].name = value;
    },
    say.mismatch(NAME, subject.name, found),
  );
const subjectDigest = (name, digest, found) =>
  statement(
    name,
    (copy) => {
      copy.subject[0].digest = digest;
    },
    say.mismatch(DIGEST, HASH, found),
  );
/** A manifest whose hash differs from the subject's. */
const unfit = (name, edit) => {
  const copy = JSON.parse(edited(({ predicate }) => void edit(predicate.manifest)));
  return byNode(name, JSON.stringify(copy), [say.mismatch(DIGEST, hashOf(copy.predicate.manifest), HASH)]);
};
const nameless = (name, edit) =>
  statement(name, ({ predicate }) => void edit(predicate), say.noManifest(`${PREDICATE}.manifest`));

/** A statement whose text has quotes, backslashes and colons. The first quote and the first colon are `\u` escapes. */
const withColons = JSON.stringify({
  ...STATEMENT,
  predicate: { ...STATEMENT.predicate, reason: 'a:b ":" \\: \\' },
})
  .replace('a:b', 'a\\u003ab')
  .replace('\\"', '\\u0022');
const twice = (json, name = '"_type"') => json.replace('"_type":', `${name}:"x","_type":`);

export const rule = 'ERRORS 8.4';
export const byNodeOnly = [
  cites('E8.4-9, E8.4-13'),
  set(
    'another type of statement',
    '_type',
    `${TYPES._type.slice(0, -1)}0.1`,
    noType('_type', 'https://in-toto.io/Statement/v0.1'),
  ),
  set('no type of statement', '_type', undefined, noType('_type', 'undefined')),
  set(
    'another type of predicate',
    'predicateType',
    'https://slsa.dev/provenance/v1',
    noType('predicateType', 'https://slsa.dev/provenance/v1'),
  ),
  set('a predicate type that is an object', 'predicateType', { toString: 1 }, noType('predicateType', 'object')),
  cites('E8.4-11'),
  set('no subject', 'subject', undefined, ...noSubject),
  set('an empty subject', 'subject', [], ...noSubject),
  set('two subjects', 'subject', [subject, subject], say.mismatch('payload.subject', 1, 2)),
  set('a null subject', 'subject', [null], ...noSubject.slice(1)),
  set('a subject that is a string', 'subject', 'x', ...noSubject),
  subjectName('another name of the subject', `x${'é'.repeat(300)}`, `x${'é'.repeat(127)}…${'é'.repeat(127)}`),
  subjectName('a name that is a number', 1e21, 'number'),
  cites('E8.4-11, E8.4-13'),
  subjectName('a null name', null, 'object'),
  subjectDigest('another digest of the subject', { sha256: '0'.repeat(64) }, '0'.repeat(64)),
  subjectDigest('an upper-case digest of the subject', { sha256: HASH.toUpperCase() }, HASH.toUpperCase()),
  subjectDigest('no digest of the subject', undefined, 'undefined'),
  subjectDigest('another digest algorithm', { sha512: 'x' }, 'undefined'),
  cites(),
  statement('one more digest', (copy) => void Object.assign(copy.subject[0].digest, { sha512: 'x' })),
  cites('E8.4-11'),
  unfit('another manifest', (manifest) => Object.assign(manifest, { itemCount: 4 })),
  unfit('another title', ({ pack }) => Object.assign(pack, { title: 'x' })),
  cites('E8.4-10'),
  nameless('no manifest', (predicate) => delete predicate.manifest),
  nameless('a manifest that is an array', (predicate) => Object.assign(predicate, { manifest: [1] })),
  nameless('a null pack', ({ manifest }) => Object.assign(manifest, { pack: null })),
  nameless('a pack without a name', ({ manifest }) => Object.assign(manifest, { pack: {} })),
  nameless('a pack with an object for a name', ({ manifest }) =>
    Object.assign(manifest.pack, { packKey: { toString: null } }),
  ),
  set('no predicate', 'predicate', undefined, ...noPredicate),
  set('a null predicate', 'predicate', null, ...noPredicate),
  cites('E8.4-1, E8.4-12'),
  statement(
    'unknown members of predicate and statement',
    (copy) => {
      copy.more = 1;
      copy.predicate.more = { a: [] };
    },
    say.unknown(`${PREDICATE}.more`, 'more'),
    say.unknown('payload.more', 'more'),
  ),
  cites(),
  byNode('not canonical, but signed', JSON.stringify(STATEMENT, null, 2)),
  cites('E8.4-8'),
  byNode('not JSON', '{', [say.NO_JSON]),
  byNode('JSON twice', '{}{}', [say.NO_JSON]),
  cites('F13-6, E8.4-2'),
  byNode('a member twice', twice(canonicalize(STATEMENT)), [say.NO_JSON]),
  byNode('a member twice, once with an escaped name', twice(canonicalize(STATEMENT), '"\\u005ftype"'), [say.NO_JSON]),
  byNode('colons in a string', withColons),
  byNode('colons in a string, and a member twice', twice(withColons), [say.NO_JSON]),
  cites('E8.4-8'),
  byNode('a byte order mark', `\ufeff${canonicalize(STATEMENT)}`, [say.NO_JSON]),
  byNode('not UTF-8', Buffer.from([0x22, 0xff, 0x22]), [say.NO_JSON]),
  cites('E8.4-9, E8.4-10'),
  ...[
    ['a string', '"text"'],
    ['null', 'null'],
    ['an array', '[]'],
  ].map(([name, json]) => byNode(name, json, [...noTypes, ...noPredicate])),
];

// The predicate, member by member. Undefined removes a member.

const members = (name, list) =>
  list.map(([value, issue]) =>
    other(
      `predicate: ${name} ${JSON.stringify(value) ?? 'absent'}`,
      ({ predicate }) => void Object.assign(predicate, { [name]: value }),
      ...(issue ? [issue(`${PREDICATE}.${name}`)] : []),
    ),
  );
const noString = (received) => (path) => say.wrong(path, 'string', received);
const NO_TIMES = [
  ...['yesterday', '2026-03-01', '2026-03-01T09:15:30Z', '2026-03-01T09:15:30.1Z', '2026-03-01T09:15:30.1234Z'],
  ...['2026-03-01T09:15:30.123+00:00', '2026-03-01T09:15:30.123z', '2026-03-01t09:15:30.123Z'],
  ...['2026-03-01 09:15:30.123Z', '2026-02-29T09:15:30.123Z', '2026-03-01T09:15:60.123Z'],
  ...['1969-12-31T23:59:59.999Z', '+010000-01-01T00:00:00.000Z'],
];
const optional = (received, value) => [[undefined], [null, noString('null')], [''], [value, noString(received)]];
const NO_SEALS = [undefined, null, '', 5, `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, 'a'.repeat(64)];

// Manifests, each with a matching subject.

/** Makes a statement whose subject has the digest of this manifest, valid or not. */
const fitting = (edit) => (copy) => {
  edit(copy.predicate.manifest, copy);
  copy.subject[0].digest.sha256 = hashOf(copy.predicate.manifest);
};
const MANIFEST = `${PREDICATE}.manifest`;
const manifest = (name, edit, ...issues) => other(`manifest: ${name}`, fitting(edit), ...issues);
const inManifest = (name, changes, path, expected, received) =>
  manifest(name, (one) => Object.assign(one, changes), say.wrong(`${MANIFEST}.${path}`, expected, received));
const inPack = (name, changes, path, expected, received) =>
  manifest(name, ({ pack }) => Object.assign(pack, changes), say.wrong(`${MANIFEST}.pack.${path}`, expected, received));
const inSource = (name, at, changes, issue) =>
  manifest(name, ({ pack }) => Object.assign(pack.sources[at], changes), issue);
const noFormat = say.mismatch(`${MANIFEST}.format`, '"context.pack.snapshot/v1"', '"context.pack.snapshot/v9"');
const itemCount = (value, received) => {
  const name = `manifest: itemCount ${JSON.stringify(value)}`;
  const issues = received ? [say.wrong(`${MANIFEST}.itemCount`, say.COUNT, received)] : [];
  return other(
    name,
    fitting((one) => Object.assign(one, { itemCount: value })),
    ...issues,
  );
};

const strangers = (count) =>
  other(
    `${count} unknown members`,
    (copy) => {
      for (let at = 0; at < count; at++) copy[`m${at}`] = at;
    },
    ...say.listed(
      times(count, (at) => `m${at}`)
        .sort()
        .map((name) => say.unknown(`payload.${name}`, name)),
    ),
  );

// Names of subjects (FORMAT 8): for each pack, the name written by hand.

const long = 'x'.repeat(113);
const cut = (start, whole) => `${start}…${sha256(whole).toString('hex')}`;
const NAMES = [
  ['a@1', '2', 'a%401@2'],
  ['a', '1@2', 'a@1%402'],
  ['100%', '…', '100%25@%E2%80%A6'],
  ['a b', 'ü€😀', 'a%20b@ü€😀'],
  ['a\u001b[2J\n', '\u200b\u202e\ufeff\u0085', 'a%1B[2J%0A@%E2%80%8B%E2%80%AE%EF%BB%BF%C2%85'],
  ['a', '', 'a@'],
  ['k', 'v'.repeat(241), `k@${'v'.repeat(241)}`],
  ['k', 'v'.repeat(242), `k@${'v'.repeat(242)}`],
  [`${long}x`, 'y'.repeat(1000), `${long}x@${'y'.repeat(1000)}`],
  [`${long}😀😀`, 'y'.repeat(1000), `${long}😀😀@${'y'.repeat(1000)}`],
  [`${long}y😀`, 'y'.repeat(1000), `${long}y😀@${'y'.repeat(1000)}`],
  ['é'.repeat(300), '2', `${'é'.repeat(300)}@2`],
  ['@'.repeat(100), '2', `${'%40'.repeat(100)}@2`],
];
/** Names a subject. A long name is cut after 128 units (127 if that would split a pair), and its digest follows. */
function nameOf(pack) {
  const whole = `context-pack:${pack}`;
  if (whole.length <= 256) return whole;
  return cut(whole.slice(0, whole.slice(0, 128).isWellFormed() ? 128 : 127), whole);
}
const named = (packKey, version, name) =>
  fitting((one, copy) => {
    Object.assign(one.pack, { packKey, version });
    copy.subject[0].name = name;
  });
const misnamed = (name, [packKey, version], found, expected, seen = found) =>
  other(`name: ${name}`, named(packKey, version, found), say.mismatch(NAME, expected, seen));
const repeatedV = (count) => 'v'.repeat(count);

export const byRustOnly = [
  cites('E8.4-10'),
  ...members('snapshotId', [
    [undefined, noString('undefined')],
    [null, noString('null')],
    ['', say.empty],
    ['a:b', say.colon],
    [5, noString('number')],
    [{}, noString('object')],
    ['é'],
  ]),
  ...members('createdAt', [
    [undefined, noString('undefined')],
    [null, noString('null')],
    [1772356530123, noString('number')],
    ...NO_TIMES.map((time) => [time, say.noStatementTime]),
    ['1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z'],
  ]),
  ...members('createdBy', [...optional('object', {}), [5, noString('number')]]),
  ...members('reason', [...optional('array', []), [false, noString('boolean')]]),
  ...members(
    'seal',
    NO_SEALS.map((value) => [value, say.noDigest]),
  ),
  cites('E8.4-10'),
  manifest('format v9', (one) => Object.assign(one, { format: 'context.pack.snapshot/v9' }), noFormat),
  inManifest('no format', { format: undefined }, 'format', 'string', 'undefined'),
  inManifest('itemCount absent', { itemCount: undefined }, 'itemCount', say.COUNT, 'undefined'),
  inManifest('itemsRoot absent', { itemsRoot: undefined }, 'itemsRoot', 'string', 'undefined'),
  manifest(
    'itemsRoot in upper case',
    (one) => Object.assign(one, { itemsRoot: `sha256:${'A'.repeat(64)}` }),
    say.noDigest(`${MANIFEST}.itemsRoot`),
  ),
  inPack('no title', { title: undefined }, 'title', 'string', 'undefined'),
  manifest(
    'an empty packKey',
    ({ pack }) => Object.assign(pack, { packKey: '' }),
    say.empty(`${MANIFEST}.pack.packKey`),
  ),
  inPack('owners that are a string', { owners: 'x' }, 'owners', 'array', 'string'),
  inPack('an owner that is a number', { owners: ['x', 5] }, 'owners.1', 'string', 'number'),
  inPack('tags null', { tags: null }, 'tags', 'array', 'null'),
  inPack('a description that is an object', { description: {} }, 'description', 'string', 'object'),
  inSource(
    'a source without a kind',
    0,
    { kind: undefined },
    say.wrong(`${MANIFEST}.pack.sources.0.kind`, 'string', 'undefined'),
  ),
  inSource(
    'a source whose required is a string',
    0,
    { required: 'yes' },
    say.wrong(`${MANIFEST}.pack.sources.0.required`, 'boolean', 'string'),
  ),
  inSource('a source with an unknown member', 1, { more: 1 }, say.unknown(`${MANIFEST}.pack.sources.1.more`, 'more')),
  inPack('a null source', { sources: [null] }, 'sources.0', 'object', 'null'),
  manifest(
    'an unknown member of the pack',
    ({ pack }) => Object.assign(pack, { more: 1 }),
    say.unknown(`${MANIFEST}.pack.more`, 'more'),
  ),
  manifest(
    'unknown members of the manifest',
    (one) => Object.assign(one, { more: 1, less: 2 }),
    say.unknown(`${MANIFEST}.less`, 'less'),
    say.unknown(`${MANIFEST}.more`, 'more'),
  ),
  manifest('no owners, no tags, no sources', ({ pack }) =>
    Object.assign(pack, { owners: undefined, tags: undefined, sources: undefined }),
  ),
  itemCount(0),
  itemCount(-5, 'number'),
  itemCount(1.5, 'number'),
  itemCount(9007199254740991),
  itemCount(9007199254740992, 'number'),
  itemCount('3', 'string'),
  itemCount(null, 'null'),
  other(
    'several wrong members, in order',
    ({ predicate }) => {
      Object.assign(predicate, { createdBy: {}, createdAt: 'yesterday', snapshotId: undefined });
      Object.assign(predicate.manifest, { format: 'context.pack.snapshot/v9', itemCount: -5 });
    },
    say.wrong(`${PREDICATE}.snapshotId`, 'string', 'undefined'),
    say.noStatementTime(`${PREDICATE}.createdAt`),
    say.wrong(`${PREDICATE}.createdBy`, 'string', 'object'),
    noFormat,
    say.wrong(`${MANIFEST}.itemCount`, say.COUNT, 'number'),
  ),
  cites('E8.4-12'),
  other(
    'an unknown member of the statement',
    (copy) => Object.assign(copy, { more: 1 }),
    say.unknown('payload.more', 'more'),
  ),
  cites('E8.4-10'),
  other(
    'an unknown member of the predicate',
    (copy) => void Object.assign(copy.predicate, { more: 1 }),
    say.unknown(`${PREDICATE}.more`, 'more'),
  ),
  cites('E8.4-11'),
  other(
    'an unknown member of the subject',
    (copy) => void Object.assign(copy.subject[0], { uri: 'x' }),
    say.unknown('payload.subject.0.uri', 'uri'),
  ),
  cites('E8.4-12'),
  byRust('a member __proto__', JSON.stringify(STATEMENT).replace('{', '{"__proto__":{"_type":"x"},'), [
    say.unknown('payload.__proto__', '__proto__'),
  ]),
  cites('E8.4-9, E8.4-10, E8.4-12'),
  byRust(
    'a record',
    JSON.stringify({ snapshotId: STATEMENT.predicate.snapshotId, metadata: { $snapshot: STATEMENT.predicate } }),
    [
      ...noTypes,
      ...noPredicate,
      say.unknown('payload.metadata', 'metadata'),
      say.unknown('payload.snapshotId', 'snapshotId'),
    ],
  ),
  cites(),
  ...[99, 100, 101, 150].map(strangers),
  cites('F8-2'),
  ...NAMES.map(([packKey, version, name]) =>
    other(
      `name: ${packKey.length} and ${version.length} units, ${JSON.stringify(packKey.slice(-5))}`,
      named(packKey, version, nameOf(name)),
    ),
  ),
  cites('F8-2, E8.4-11'),
  misnamed('a@1 2, not encoded', ['a@1', '2'], 'context-pack:a@1@2', 'context-pack:a%401@2'),
  misnamed('lower-case digits', ['a…', '2'], 'context-pack:a%e2%80%a6@2', 'context-pack:a%E2%80%A6@2'),
  misnamed(
    'long, but not shortened',
    ['k', repeatedV(242)],
    `context-pack:k@${repeatedV(242)}`,
    nameOf(`k@${repeatedV(242)}`),
    `context-pack:k@${repeatedV(113)}…${repeatedV(127)}`,
  ),
  misnamed(
    'another name is shown sanitized and shortened',
    ['a', '1'],
    `\u001b[2J\u202e${'é'.repeat(300)}\u0000`,
    'context-pack:a@1',
    `\\u001b[2J\\u202e${'é'.repeat(113)}…${'é'.repeat(121)}\\u0000`,
  ),
  cites('E8.4-9'),
  other(
    'type: another type is shown sanitized',
    (copy) => Object.assign(copy, { _type: 'x\u200b\n' }),
    noType('_type', 'x\\u200b\\u000a'),
  ),
];
