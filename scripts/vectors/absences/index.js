// `absences.json`: whether a proof shows that no item of the snapshot with this hash has an id (FORMAT 6.1).
//
// The answers are written by hand, and `holds` computes them, too. Both must agree.

import { sha256, toDigest } from '../../../tests/node/support/format.js';
import { times } from '../parts.js';
import { hashOf, isDigest, isItem, isManifest, leadsToHash, leafOf, pathOf, proofOf, tree } from '../proofs/trees.js';
import { cites, RULES, ruled } from '../rules.js';
import * as shape from '../shapes.js';

const rule = 'FORMAT 6.1';
const quiet = () => undefined;
const isName = (value) => shape.name(quiet, '', value) !== undefined;
const EMPTY = toDigest(sha256());

/** Runs the steps of "Verification". */
function holds(itemId, proof, hash) {
  if (!shape.isObject(proof) || !isName(itemId) || proof.itemId !== itemId) return false;
  const { before, after, manifest } = proof;
  if (before === undefined && after === undefined) {
    return (
      isManifest(manifest) && hashOf(manifest) === hash && manifest.itemCount === 0 && manifest.itemsRoot === EMPTY
    );
  }
  for (const side of [before, after].filter((one) => one !== undefined)) {
    if (!shape.isObject(side) || !isName(side.itemId) || !isDigest(side.digest)) return false;
    if (!leadsToHash(Buffer.from(side.digest.slice('sha256:'.length), 'hex'), side, hash)) return false;
    const { item: own } = side;
    if (own === undefined) continue;
    if (!isItem(own) || own.itemId !== side.itemId || toDigest(leafOf(own)) !== side.digest) return false;
  }
  if (before !== undefined && !(before.itemId < itemId)) return false;
  if (after !== undefined && !(itemId < after.itemId)) return false;
  const place = before === undefined ? 0 : before.leafIndex + 1;
  return place === (after === undefined ? before.manifest.itemCount : after.leafIndex);
}

/** Makes the neighbour at a position; undefined beyond the ends. */
function neighbour(whole, at, isStrong) {
  if (whole.items[at] === undefined) return undefined;
  const digest = toDigest(whole.leaves[at]);
  return { ...proofOf(whole, at), digest, ...(isStrong && { item: whole.items[at] }) };
}

/** Makes the proof of an id that belongs between two items. */
function absence(whole, itemId, place, isStrong) {
  const [before, after] = [neighbour(whole, place - 1, isStrong), neighbour(whole, place, isStrong)];
  return { itemId, before, after, ...(whole.items.length === 0 && { manifest: whole.manifest }) };
}

const page = (at) => `page-${String(at).padStart(2, '0')}`;
const ofPages = (count) => tree(times(count, page));
/** An id before page `place`, and after all pages before that. */
const idAt = (place) => (place === 0 ? 'page' : `${page(place - 1)}+`);

const right = (count, place, isStrong) => {
  const whole = ofPages(count);
  const itemId = idAt(place);
  const name = `place ${place} among ${count} items${isStrong ? ', with the items' : ''}`;
  return [name, { itemId, proof: absence(whole, itemId, place, isStrong), hash: whole.hash }, true];
};

// Ids in the order of UTF-16 units, which is not that of code points: U+1F600 begins with the unit D83D.
const WIDE = ['a', '\u{1f600}', '\uff61'];
const wide = tree(WIDE);
const between = (itemId, place) => absence(wide, itemId, place, true);
const inOrder = (name, itemId, place, isRight) => [
  name,
  { itemId, proof: between(itemId, place), hash: wide.hash },
  isRight,
];

// Wrong proofs, of place 6 among 11.

const whole = ofPages(11);
const good = { itemId: idAt(6), proof: absence(whole, idAt(6), 6, true), hash: whole.hash };
const weak = absence(whole, idAt(6), 6, false);
const OTHER = toDigest(sha256('other'));
const proof = (name, members, isRight = false) => [name, { ...good, proof: { ...good.proof, ...members } }, isRight];
const ofSide = (side, name, members, isRight = false) =>
  proof(`${side}: ${name}`, { [side]: { ...good.proof[side], ...members } }, isRight);
const ofBoth = (name, members, isRight) =>
  ['before', 'after'].map((side) =>
    ofSide(side, name, typeof members === 'function' ? members(side) : members, isRight),
  );
const ofItem = (name, members, isRight) =>
  ofBoth(`item: ${name}`, (side) => ({ item: { ...good.proof[side].item, ...members } }), isRight);
const at = (place) => neighbour(whole, place, true);

const empty = ofPages(0);
const ofEmpty = (name, members, isRight = false, hash = empty.hash) => [
  `no items: ${name}`,
  { itemId: 'x', proof: { itemId: 'x', manifest: { ...empty.manifest, ...members } }, hash },
  isRight,
];
/** A manifest without items, whose root is that of others; its hash is trusted. */
const rootless = { ...empty.manifest, itemsRoot: OTHER };

const cases = [
  cites('F6.1-1, F6.1-2, F6.1-3, F6.1-7, F6.1-8'),
  ...times(10, (count) => times(count + 1, (place) => right(count, place, false))).flat(),
  cites('F6.1-2, F6.1-6'),
  ...times(5, (count) => times(count + 1, (place) => right(count, place, true))).flat(),
  cites('F2.1-1, F6.1-7'),
  inOrder('between a pair of surrogates and a greater unit', '\ue000', 2, true),
  inOrder('the same id, where code points would put it', '\ue000', 1, false),
  inOrder('after a pair of surrogates with the same first unit', '\u{1f601}', 2, true),
  inOrder('before a pair of surrogates with the same first unit', '\u{1f5ff}', 1, true),
  inOrder('a prefix of the next id', '\uff60', 2, true),
  inOrder('an extension of the id before', 'a\u{0}', 1, true),
  inOrder('an extension of the last id', '\uff61\uff61', 3, true),
  cites(),
  proof('an unknown member', { more: 1 }, true),
  proof('a manifest beside neighbours, which is not read', { manifest: null }, true),
  ...ofBoth('an unknown member', { more: 1 }, true),
  ...ofItem('as a store returns it', { sourceVersion: null, metadata: null, row: 7, createdAt: 'whenever' }, true),
  ['without the items', { ...good, proof: weak }, true],
  ['with one of the items', { ...good, proof: { ...weak, after: good.proof.after } }, true],
  ...[null, 'x', 7, true, []].map((value) => [`proof: ${JSON.stringify(value)}`, { ...good, proof: value }, false]),
  cites('F6.1-4'),
  ...[null, 7, '', [], idAt(5), page(5), page(6), page(7)].map((itemId) => [
    `itemId: ${JSON.stringify(itemId)}`,
    { ...good, itemId },
    false,
  ]),
  ...[undefined, null, 7, '', [], idAt(5)].map((itemId) =>
    proof(`itemId of the proof: ${JSON.stringify(itemId)}`, { itemId }),
  ),
  ...['', null, 7].map((itemId) => [
    `both itemIds: ${JSON.stringify(itemId)}`,
    { ...good, itemId, proof: { ...absence(whole, idAt(6), 0, true), itemId } },
    false,
  ]),
  cites('F6.1-7'),
  [
    'the id of an item, between its neighbours',
    { ...good, itemId: page(6), proof: { itemId: page(6), before: at(5), after: at(7) } },
    false,
  ],
  [
    'the id of an item, before it',
    { ...good, itemId: page(6), proof: { itemId: page(6), before: at(5), after: at(6) } },
    false,
  ],
  [
    'the id of an item, after it',
    { ...good, itemId: page(6), proof: { itemId: page(6), before: at(6), after: at(7) } },
    false,
  ],
  ['the id of an item, without neighbours', { ...good, itemId: page(6), proof: { itemId: page(6) } }, false],
  ...['before', 'after'].flatMap((side) => [
    proof(`${side}: absent`, { [side]: undefined }),
    ...[null, 'x', 7, true, [], {}].map((value) => proof(`${side}: ${JSON.stringify(value)}`, { [side]: value })),
  ]),
  proof('neighbours: exchanged', { before: at(6), after: at(5) }),
  proof('neighbours: the same twice', { after: at(5) }),
  proof('before: one too early', { before: at(4) }),
  proof('after: one too late', { after: at(7) }),
  proof('neighbours: of another place', { before: at(7), after: at(8) }),
  proof('neighbours: none, with the manifest', { before: undefined, after: undefined, manifest: whole.manifest }),
  cites('F6.1-5'),
  ...['itemId', 'leafIndex', 'path', 'manifest', 'hash', 'digest'].flatMap((name) => [
    ...ofBoth(`${name}: absent`, { [name]: undefined }),
    ...ofBoth(`${name}: null`, { [name]: null }),
    ...ofBoth(`${name}: []`, { [name]: [] }),
    ...ofBoth(`${name}: "x"`, { [name]: 'x' }),
  ]),
  ...ofBoth('hash: another', { hash: OTHER }),
  ...ofBoth('digest: another', { digest: OTHER, item: undefined }),
  ...ofBoth('manifest: another', { manifest: { ...whole.manifest, itemCount: 12 } }),
  ...ofBoth('manifest: an unknown member', { manifest: { ...whole.manifest, more: 1 } }),
  ...ofBoth('manifest: of another snapshot, with its hash', { manifest: empty.manifest, hash: empty.hash }),
  ...ofBoth('path: empty', { path: [] }),
  ...ofBoth('path: one more', (side) => ({ path: [...good.proof[side].path, OTHER] })),
  ...ofBoth('path: another digest', (side) => ({ path: good.proof[side].path.with(0, OTHER) })),
  ...ofBoth('leafIndex: another', { leafIndex: 3 }),
  ...ofBoth('leafIndex: beyond the end', { leafIndex: 11 }),
  ...ofBoth('leafIndex: 2^53 - 1', { leafIndex: 2 ** 53 - 1 }),
  [
    'neighbours: both moved by one',
    { ...good, proof: { ...good.proof, before: { ...at(5), leafIndex: 6 }, after: { ...at(6), leafIndex: 7 } } },
    false,
  ],
  [
    'an inner node is not a leaf',
    {
      ...good,
      proof: {
        ...weak,
        before: {
          ...weak.before,
          path: pathOf(5, whole.leaves).slice(1),
          leafIndex: 2,
          digest: toDigest(sha256(Buffer.of(1), whole.leaves[4], whole.leaves[5])),
        },
      },
    },
    false,
  ],
  cites('F6.1-6'),
  ...ofItem('another content', { content: 'x' }),
  ...ofItem('an empty kind', { kind: '' }),
  ...ofItem('another itemId', { itemId: page(9) }),
  ...ofBoth('item: another one', { item: whole.items[9] }),
  ...ofBoth('item: null', { item: null }),
  ...ofBoth('item: text', (side) => ({ item: JSON.stringify(good.proof[side].item) })),
  ...ofBoth('item: []', { item: [] }),
  ...ofBoth('item: another one, with its digest', { item: whole.items[9], digest: toDigest(whole.leaves[9]) }),
  ofSide('before', 'itemId: another, which the item does not have', { itemId: page(4) }),
  ofSide('after', 'itemId: another, which the item does not have', { itemId: page(7) }),
  cites('F6.1-9'),
  // Whoever makes a proof without the items may give the leaves other ids.
  [
    'without the items, another id for a leaf',
    { ...good, proof: { ...weak, before: { ...weak.before, itemId: page(4) } } },
    true,
  ],
  [
    'without the items, an id that an item has',
    {
      ...good,
      itemId: page(6),
      proof: { itemId: page(6), before: weak.before, after: { ...weak.after, itemId: `${page(6)}+` } },
    },
    true,
  ],
  cites(),
  ...[OTHER, good.hash.toUpperCase(), good.hash.slice(7)].map((hash) => [
    `trusted hash: ${hash.slice(0, 16)}`,
    { ...good, hash },
    false,
  ]),
  ...['', null, 7, []].map((hash) => [`trusted hash: ${JSON.stringify(hash)}`, { ...good, hash }, false]),
  cites('F6.1-8'),
  ofEmpty('another hash is trusted', {}, false, OTHER),
  ofEmpty('a number of items', { itemCount: 1 }),
  ofEmpty('another format', { format: 'context.pack.snapshot/v2' }),
  ofEmpty('an unknown member', { more: 1 }),
  ofEmpty('another root, and its hash is trusted', { itemsRoot: OTHER }, false, hashOf(rootless)),
  ['no items: no manifest', { itemId: 'x', proof: { itemId: 'x' }, hash: empty.hash }, false],
  [
    'no items: a manifest that is null',
    { itemId: 'x', proof: { itemId: 'x', manifest: null }, hash: empty.hash },
    false,
  ],
  [
    'no items: a neighbour from another snapshot',
    { itemId: 'x', proof: { itemId: 'x', after: at(0), manifest: empty.manifest }, hash: empty.hash },
    false,
  ],
  [
    'one item, and it is not a neighbour',
    { itemId: 'x', proof: { itemId: 'x', before: neighbour(tree(['y']), 0, true) }, hash: tree(['y']).hash },
    false,
  ],
];

export const absences = ruled(cases).map((one) => {
  const [name, given, expected] = one;
  const input = JSON.parse(JSON.stringify(given));
  if (holds(input.itemId, input.proof, input.hash) !== expected) throw new Error(`${name}: it is ${!expected}`);
  return { name, rule, [RULES]: one.rules, ...input, expected };
});
