// Writes tests/vectors/envelopes.json: what the package finds of each envelope, and the cases that are made here.
// `node scripts/envelopes.js`, after `make build`; look at what `git diff` shows before you believe it.
//
// Envelopes of other keys are kept as they are, since those keys are lost. New ones are signed with the Ed25519 key of
// tests/dsse.rs, which is made of fixed bytes, so that the same script writes the same file.

import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { canonicalize, digest, verifyEnvelope } from '@lssm-tech/lib.context-snapshot';

const KEY = 'rust-ed25519';
const TYPE = 'application/vnd.in-toto+json';
const file = new URL('../tests/vectors/envelopes.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8'));
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });

const { envelope: first } = vectors.cases.find(({ name }) => name === 'signed by Rust with Ed25519');
const statement = JSON.parse(Buffer.from(first.payload, 'base64').toString());

const made = [];

function sealed(text, keyid = KEY) {
  const payload = Buffer.from(text);
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `), payload]);
  const sig = sign(null, message, privateKey).toString('base64');
  return { payload: payload.toString('base64'), payloadType: TYPE, signatures: [{ keyid, sig }] };
}

function add(name, envelope, keys = [{ key: KEY, keyid: KEY }]) {
  made.push({ name, by: 'node', keys, envelope });
}

/** A statement with something changed, as JSON text. */
function changed(edit) {
  const copy = structuredClone(statement);
  return JSON.stringify(edit(copy) ?? copy);
}
const signed = (name, edit) => add(name, sealed(changed(edit)));

/** A member of the predicate, by each of some values; undefined takes it away. */
function members(name, values) {
  for (const value of values) {
    signed(`predicate: ${name} ${JSON.stringify(value) ?? 'absent'}`, ({ predicate }) => {
      predicate[name] = value;
    });
  }
}
members('snapshotId', [undefined, null, '', 'a:b', 5, {}, 'é']);
members('createdAt', [
  undefined,
  null,
  1772356530123,
  'yesterday',
  '2026-03-01',
  '2026-03-01T09:15:30Z',
  '2026-03-01T09:15:30.1Z',
  '2026-03-01T09:15:30.1234Z',
  '2026-03-01T09:15:30.123+00:00',
  '2026-03-01T09:15:30.123z',
  '2026-03-01t09:15:30.123Z',
  '2026-03-01 09:15:30.123Z',
  '2026-02-29T09:15:30.123Z',
  '2026-03-01T09:15:60.123Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '+010000-01-01T00:00:00.000Z',
]);
members('createdBy', [undefined, null, '', {}, 5]);
members('reason', [undefined, null, '', [], false]);
members('seal', [undefined, null, '', 5, `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, 'a'.repeat(64)]);

/** A statement whose subject fits its manifest, whatever that is. */
function fitting(edit) {
  return (copy) => {
    edit(copy.predicate.manifest, copy);
    copy.subject[0].digest.sha256 = digest(copy.predicate.manifest).slice('sha256:'.length);
  };
}
const manifests = {
  'format v9': (manifest) => Object.assign(manifest, { format: 'context.pack.snapshot/v9' }),
  'no format': (manifest) => delete manifest.format,
  'itemCount absent': (manifest) => delete manifest.itemCount,
  'itemsRoot absent': (manifest) => delete manifest.itemsRoot,
  'itemsRoot in upper case': (manifest) => Object.assign(manifest, { itemsRoot: `sha256:${'A'.repeat(64)}` }),
  'no title': (manifest) => delete manifest.pack.title,
  'an empty packKey': (manifest) => Object.assign(manifest.pack, { packKey: '' }),
  'owners that are a text': (manifest) => Object.assign(manifest.pack, { owners: 'x' }),
  'an owner that is a number': (manifest) => Object.assign(manifest.pack, { owners: ['x', 5] }),
  'tags null': (manifest) => Object.assign(manifest.pack, { tags: null }),
  'a description that is an object': (manifest) => Object.assign(manifest.pack, { description: {} }),
  'a source without a kind': (manifest) => delete manifest.pack.sources[0].kind,
  'a source that is required by a text': (manifest) => Object.assign(manifest.pack.sources[0], { required: 'yes' }),
  'a source with more': (manifest) => Object.assign(manifest.pack.sources[1], { more: 1 }),
  'a source that is null': (manifest) => Object.assign(manifest.pack, { sources: [null] }),
  'more of the pack': (manifest) => Object.assign(manifest.pack, { more: 1 }),
  'more of the manifest': (manifest) => Object.assign(manifest, { more: 1, less: 2 }),
  'no owners, no tags, no sources': ({ pack }) => ['owners', 'tags', 'sources'].map((name) => delete pack[name]),
};
for (const itemCount of [0, -5, 1.5, 9007199254740991, 9007199254740992, '3', null]) {
  manifests[`itemCount ${JSON.stringify(itemCount)}`] = (manifest) => Object.assign(manifest, { itemCount });
}
for (const [name, edit] of Object.entries(manifests)) signed(`manifest: ${name}`, fitting(edit));

signed('all that is wrong in one', (copy) => {
  Object.assign(copy.predicate, { createdBy: {}, createdAt: 'yesterday' });
  delete copy.predicate.snapshotId;
  Object.assign(copy.predicate.manifest, { format: 'context.pack.snapshot/v9', itemCount: -5 });
});
signed('an unknown member of the statement', (copy) => Object.assign(copy, { more: 1 }));
signed('an unknown member of the predicate', (copy) => {
  copy.predicate.more = 1;
});
signed('an unknown member of the subject', (copy) => {
  copy.subject[0].uri = 'x';
});
add('a member __proto__', sealed(changed(() => {}).replace('{', '{"__proto__":{"_type":"x"},')));
signed('a record', ({ predicate }) => ({ snapshotId: predicate.snapshotId, metadata: { $snapshot: predicate } }));
for (const count of [99, 100, 101, 150]) {
  signed(`${count} unknown members`, (copy) => {
    for (let at = 0; at < count; at++) copy[`m${at}`] = at;
  });
}

/** The name of a subject, written a second time. */
function nameOf(packKey, version) {
  const part = (text) =>
    Array.from(text, (one) => (/[%@… \p{Cc}\u200b\u202e\ufeff]/u.test(one) ? encodeURIComponent(one) : one)).join('');
  const name = `context-pack:${part(packKey)}@${part(version)}`;
  if (name.length <= 256) return name;
  const kept = name.slice(0, /[\ud800-\udbff]/.test(name[127]) ? 127 : 128);
  return `${kept}…${createHash('sha256').update(name).digest('hex')}`;
}
const named = (packKey, version, name) =>
  fitting((manifest, { subject }) => {
    Object.assign(manifest.pack, { packKey, version });
    subject[0].name = name ?? nameOf(packKey, version);
  });
const long = 'x'.repeat(113);
for (const [packKey, version] of [
  ['a@1', '2'],
  ['a', '1@2'],
  ['100%', '…'],
  ['a b', 'ü€😀'],
  ['a\u001b[2J\n', '\u200b\u202e\ufeff\u0085'],
  ['a', ''],
  ['k', 'v'.repeat(241)],
  ['k', 'v'.repeat(242)],
  [`${long}x`, 'y'.repeat(1000)],
  [`${long}😀😀`, 'y'.repeat(1000)],
  [`${long}y😀`, 'y'.repeat(1000)],
  ['é'.repeat(300), '2'],
  ['@'.repeat(100), '2'],
]) {
  signed(`name ${made.length}: ${packKey.length} and ${version.length} units`, named(packKey, version));
}
signed('name: a@1 2, not encoded', named('a@1', '2', 'context-pack:a@1@2'));
signed('name: lower-case digits', named('a…', '2', 'context-pack:a%e2%80%a6@2'));
signed('name: long, not cut', named('k', 'v'.repeat(242), `context-pack:k@${'v'.repeat(242)}`));
signed('name: what is shown of a stranger', named('a', '1', `\u001b[2J\u202e${'é'.repeat(300)}\u0000`));
signed('type: what is shown of a stranger', (copy) => Object.assign(copy, { _type: 'x\u200b\n' }));

const key = (keyid) => ({ key: KEY, keyid });
const good = sealed(canonicalize(statement));
const times = (count, one) => Array.from({ length: count }, () => structuredClone(one));
add('keyid null, and the key has one', { ...good, signatures: [{ ...good.signatures[0], keyid: null }] });
add(
  'a thousand checks',
  { ...good, signatures: times(100, { sig: 'AAAA' }).fill(good.signatures[0], 7, 8) },
  times(10, key('')),
);
add('a thousand and one checks', { ...good, signatures: times(91, good.signatures[0]) }, times(11, key('')));
add(
  'a thousand and one checks, and a malformed signature',
  {
    ...good,
    signatures: [{}, ...times(91, good.signatures[0])],
  },
  times(11, key('')),
);
add('many keys, most of which go by another keyid', { ...good, signatures: times(100, good.signatures[0]) }, [
  ...times(20, key('another')),
  key(KEY),
  key(''),
]);
add('a hundred malformed signatures, and none that is good', { ...good, signatures: times(100, {}) });
add('ninety-nine malformed signatures, and one that is bad', {
  ...good,
  signatures: [...times(99, {}), { sig: 'AAAA' }],
});

const imported = async ({ keyid, spki, algorithm }) => {
  const how = algorithm === 'Ed25519' ? { name: algorithm } : { name: 'ECDSA', namedCurve: 'P-256' };
  const bytes = createPublicKey(spki).export({ type: 'spki', format: 'der' });
  return [keyid, await crypto.subtle.importKey('spki', bytes, how, true, ['verify'])];
};
const known = new Map(await Promise.all(vectors.keys.map(imported)));
const names = new Set(made.map(({ name }) => name));
if (names.size !== made.length) throw new Error('two cases of one name');
vectors.cases = [...vectors.cases.filter(({ name }) => !names.has(name)), ...made];
for (const one of vectors.cases) {
  const keys = one.keys.map(({ key, keyid }) => ({ publicKey: known.get(key), keyid }));
  const { statement, ...expected } = await verifyEnvelope(one.envelope, keys);
  one.expected = expected;
}
writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
