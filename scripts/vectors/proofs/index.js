// `proofs.json`: whether a proof shows that an item belongs to the snapshot with this hash (FORMAT 6).
//
// The answers are written by hand, and `holds` computes them, too. Both must agree.

import { sha256, toDigest } from '../../../tests/node/support/format.js';
import { item, times, without } from '../parts.js';
import { cites, RULES, ruled } from '../rules.js';
import { hashOf, isItem, leadsToHash, leafOf, node, pathOf, proofOf, tree } from './trees.js';

const rule = 'FORMAT 6';

/** Runs the four steps of "Verification". */
const holds = (one, proof, hash) =>
  isItem(one) && one.itemId === proof?.itemId && leadsToHash(leafOf(one), proof, hash);

const ofPages = (count) => tree(times(count, (at) => `page-${String(at).padStart(2, '0')}`));

const right = (count, leafIndex) => {
  const whole = ofPages(count);
  const proof = proofOf(whole, leafIndex);
  return [`leaf ${leafIndex} of ${count}`, { item: whole.items[leafIndex], proof, hash: whole.hash }, true];
};

// Wrong proofs, of leaf 6 of 11, whose path has four digests.

const whole = ofPages(11);
const good = { item: whole.items[6], proof: proofOf(whole, 6), hash: whole.hash };
const { path, manifest } = good.proof;
const OTHER = toDigest(sha256('other'));
const proof = (name, members, isRight = false) => [name, { ...good, proof: { ...good.proof, ...members } }, isRight];
const ofItem = (name, members, isRight = false) => [name, { ...good, item: { ...good.item, ...members } }, isRight];
const at = (name, value) => proof(`path: ${name}`, { path: path.with(1, value) });
const ofPath = (name, digests) => proof(`path: ${name}`, { path: digests });
/** A manifest other than the hashed one. A second case trusts its hash. */
const ofManifest = (name, members, isRight = false) => {
  const other = { ...manifest, ...members };
  const hash = hashOf(other);
  return [
    proof(`manifest: ${name}`, { manifest: other }),
    [
      `manifest: ${name}, and its hash is trusted`,
      { ...good, proof: { ...good.proof, manifest: other, hash }, hash },
      isRight,
    ],
  ];
};
const inner = node(whole.leaves[0], whole.leaves[1]).toString('hex');

const cases = [
  cites('F6-1, F6-2, F6-6'),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((count) => times(count, (leafIndex) => right(count, leafIndex))),
  ...[0, 5, 10, 11, 12, 15, 16].map((leafIndex) => right(17, leafIndex)),
  ...[0, 31, 32].map((leafIndex) => right(33, leafIndex)),
  cites(),
  proof('an unknown member', { more: 1 }, true),
  ofItem('an item as a store returns it', { sourceVersion: null, metadata: null, row: 7, createdAt: 'whenever' }, true),
  ...[null, 'x', 7, true, []].map((value) => [`proof: ${JSON.stringify(value)}`, { ...good, proof: value }, false]),
  ...Object.keys(good.proof).flatMap((name) => [
    [`${name}: absent`, { ...good, proof: without(good.proof, name) }, false],
    ...[null, true, '', 'x', -1, 1.5, {}, [null]].map((value) =>
      proof(`${name}: ${JSON.stringify(value)}`, { [name]: value }),
    ),
  ]),
  cites('F6-5'),
  proof('itemId: that of another item', { itemId: whole.items[7].itemId }),
  cites('F6-3'),
  ...times(13, (other) => other)
    .filter((other) => other !== 6)
    .map((leafIndex) => proof(`leafIndex: ${leafIndex}`, { leafIndex })),
  cites('F6-3, F10-3'),
  ...[2 ** 32, 2 ** 32 + 6, 2 ** 53 - 1, 2 ** 53, 1e300, '6', [6]].map((leafIndex) =>
    proof(`leafIndex: ${JSON.stringify(leafIndex)}, too large or of the wrong type`, { leafIndex }),
  ),
  cites('F6-6'),
  at('another digest', OTHER),
  cites('F0-1, F6-3'),
  at('upper-case digits', `sha256:${path[1].slice(7).toUpperCase()}`),
  at('no prefix', path[1].slice(7)),
  at('one digit missing', path[1].slice(0, -1)),
  at('one digit too many', `${path[1]}0`),
  at('a trailing space', `${path[1]} `),
  cites('F6-6'),
  ofPath('empty', []),
  ofPath('the last digest missing', path.slice(0, -1)),
  ofPath('the first digest missing', path.slice(1)),
  ofPath('one digest too many', [...path, whole.hash]),
  ofPath('the first digest twice', [path[0], ...path]),
  ofPath('reversed', path.toReversed()),
  ofPath(
    'a thousand digests',
    times(1000, () => path[0]),
  ),
  cites('F6-3'),
  ofPath('an object', { ...path }),
  cites('F6-4'),
  ...[OTHER, good.hash.toUpperCase(), good.hash.slice(7)].map((hash) => [
    `trusted hash: ${hash.slice(0, 16)}`,
    { ...good, hash },
    false,
  ]),
  proof('hash: not the trusted one', { hash: OTHER }),
  cites('F6-3'),
  ...ofManifest('another format', { format: 'context.pack.snapshot/v2' }),
  cites(),
  // Leaf 6 has the same path in a tree of 12. The trusted hash also fixes the number of items.
  ...ofManifest('too many items', { itemCount: 12 }, true),
  ...ofManifest('too few items', { itemCount: 6 }),
  ...ofManifest('another root', { itemsRoot: OTHER }),
  cites('F6-3'),
  ...ofManifest('an unknown member', { more: 1 }),
  ...ofManifest('an unknown member of the pack', { pack: { ...manifest.pack, createdAt: 'x' } }),
  ...ofManifest('a pack with a null description', { pack: { ...manifest.pack, description: null } }),
  cites('F6-6'),
  ofItem('item: another content', { content: 'x' }),
  ofItem('item: one more member', { textContent: '' }),
  ofItem('item: another kind', { kind: 'docblock' }),
  cites('F6-5, E8.3-1'),
  ofItem('item: an empty kind', { kind: '' }),
  ofItem('item: null content', { content: null }),
  ofItem('item: another itemId', { itemId: whole.items[7].itemId }),
  ...[null, 'x', []].map((value) => [`item: ${JSON.stringify(value)}`, { ...good, item: value }, false]),
  cites(),
  [
    'an inner node is not a leaf',
    {
      item: { ...item('page-00'), content: inner },
      proof: { ...proofOf(whole, 0), path: pathOf(0, whole.leaves).slice(1) },
      hash: whole.hash,
    },
    false,
  ],
];

export const proofs = ruled(cases).map((one) => {
  const [name, given, expected] = one;
  const input = JSON.parse(JSON.stringify(given));
  if (holds(input.item, input.proof, input.hash) !== expected) throw new Error(`${name}: it is ${!expected}`);
  return { name, rule, [RULES]: one.rules, ...input, expected };
});
