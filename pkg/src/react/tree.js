// Draws the path of an item through the tree.
//
// How: the sides of the siblings follow from the item's position and the number of items (RFC 9162 section 2.1.3.2). The digests between leaf
// and root are not in a proof; Web Crypto computes them.

import { createElement as h, useEffect, useId, useState } from 'react';
import { classOf, DigestText, Heading, number, visibleText } from './elements.js';

/** A proof has a sibling for each level, and no tree of a snapshot is higher. */
const MOST_LEVELS = 64;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Distances in the picture. */
const STEP = 10;
const LEVEL = 32;

/** Returns the side of each sibling from the leaf upwards, or undefined if the proof does not fit a tree with that many items. */
function sidesOf({ leafIndex, path, manifest }) {
  const itemCount = manifest?.itemCount;
  if (!Array.isArray(path) || path.length > MOST_LEVELS || !path.every((digest) => DIGEST.test(digest)))
    return undefined;
  if (!Number.isSafeInteger(leafIndex) || !Number.isSafeInteger(itemCount) || leafIndex < 0 || leafIndex >= itemCount)
    return undefined;
  const half = (value) => Math.floor(value / 2);
  const sides = [];
  let at = leafIndex;
  let last = itemCount - 1;
  while (last > 0) {
    // A node without a sibling is the node above it.
    if (at % 2 === 1) sides.push('left');
    else if (at < last) sides.push('right');
    at = half(at);
    last = half(last);
  }
  return sides.length === path.length ? sides : undefined;
}

const bytesOf = (digest) => Uint8Array.from(digest.slice(7).match(/../g), (pair) => Number.parseInt(pair, 16));

/** Computes the digests on the path: the leaf's, and one for each sibling. */
async function nodesOf(leaf, path, sides) {
  const nodes = [leaf];
  for (const [level, sibling] of path.entries()) {
    const both = sides[level] === 'left' ? [sibling, nodes[level]] : [nodes[level], sibling];
    const joined = new Uint8Array([1, ...bytesOf(both[0]), ...bytesOf(both[1])]);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
    nodes.push(`sha256:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
  }
  return nodes;
}

/** The digests on the path, as far as they are known: those that are computed appear in the browser. */
function useNodes({ path, manifest }, leaf, sides) {
  const [computed, setComputed] = useState({});
  const key = sides && DIGEST.test(leaf) ? JSON.stringify([leaf, path, sides]) : undefined;
  useEffect(() => {
    if (key === undefined || globalThis.crypto?.subtle === undefined) return undefined;
    let isCurrent = true;
    nodesOf(...JSON.parse(key)).then((nodes) => isCurrent && setComputed({ key, nodes }));
    return () => {
      isCurrent = false;
    };
  }, [key]);
  if (sides === undefined) return [];
  if (computed.key === key && computed.nodes !== undefined) return computed.nodes;
  return [leaf, ...path.map((_, level) => (level === path.length - 1 ? manifest.itemsRoot : undefined))];
}

/** Draws the nodes of the path and their siblings, the root on top. */
function Picture({ sides, label }) {
  const places = [0];
  for (let level = sides.length - 1; level >= 0; level--)
    places.unshift(places[0] + (sides[level] === 'left' ? STEP : -STEP));
  const left = Math.min(...places) - 2 * STEP;
  const width = Math.max(...places) + 2 * STEP - left;
  const y = (level) => (sides.length - level + 0.5) * LEVEL;
  const line = (key, x, level, part) =>
    h('line', { key, x1: places[level + 1], y1: y(level + 1), x2: x, y2: y(level), className: classOf(part) });
  const node = (key, x, level, part) => h('circle', { key, cx: x, cy: y(level), r: 4, className: classOf(part) });
  const other = (level) => 2 * places[level + 1] - places[level];
  return h(
    'svg',
    {
      ...{ className: classOf('picture'), role: 'img', 'aria-label': label, width, height: LEVEL * places.length },
      viewBox: `${left} 0 ${width} ${LEVEL * places.length}`,
    },
    sides.map((_, level) => [
      line(`s${level}`, other(level), level, 'edge'),
      node(`n${level}`, other(level), level, 'node'),
      line(`l${level}`, places[level], level, 'edge-lit'),
    ]),
    places.map((x, level) => node(level, x, level, 'node-lit')),
  );
}

export function MerkleTree({ proof, digest, className, id, headingLevel }) {
  const headingId = useId();
  const sides = sidesOf(proof);
  const nodes = useNodes(proof, digest, sides);
  const root = sides && nodes.at(-1);
  const isAnother = root !== undefined && root !== proof.manifest.itemsRoot;
  const naming = headingLevel === 0 ? { 'aria-label': 'Merkle tree' } : { 'aria-labelledby': headingId };
  const nameOf = (level) =>
    level === nodes.length - 1 ? (level === 0 ? 'Leaf and root' : 'Root') : level === 0 ? 'Leaf' : `Level ${level}`;
  return h(
    'section',
    { id, className: classOf('merkle', className), ...naming },
    h(Heading, { level: headingLevel, id: headingId }, 'Merkle tree'),
    sides === undefined
      ? h(
          'p',
          { role: 'alert' },
          'This is not a proof of an item in this tree: position, number of items and path do not fit.',
        )
      : h(
          'div',
          { className: classOf('tree'), role: 'region', 'aria-label': 'Path from the root to the leaf', tabIndex: 0 },
          h(Picture, {
            sides,
            label: `Path of item ${number(proof.leafIndex + 1)} of ${number(proof.manifest.itemCount)} through ${nodes.length} levels`,
          }),
          h(
            'ol',
            { className: classOf('levels') },
            nodes
              .map((node, level) =>
                h(
                  'li',
                  { key: level },
                  h('span', { className: classOf('level') }, nameOf(level)),
                  ' ',
                  node === undefined
                    ? h('span', null, 'not computed')
                    : h(DigestText, { digest: node, className: classOf('lit') }),
                  level < sides.length &&
                    h('span', { className: classOf('level') }, ` Sibling on the ${sides[level]} `),
                  level < sides.length && h(DigestText, { digest: proof.path[level] }),
                ),
              )
              .reverse(),
          ),
        ),
    isAnother &&
      h(
        'p',
        { role: 'alert' },
        `The path leads to another root than that of the manifest, ${visibleText(proof.manifest.itemsRoot)}`,
      ),
  );
}
