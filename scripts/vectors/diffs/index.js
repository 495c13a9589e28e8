// `diffs.json`: the difference between two snapshots, from their manifests and indexes alone.
//
// Why: the main entry and the crate walk through two indexes in code of their own (docs/DESIGN.md, "Indexes"), so both must agree.
// How: indexes are generated, and the difference is computed with sets.

import { root, sha256, toDigest } from '../../../tests/node/support/format.js';
import { PACK, times, without } from '../parts.js';
import { cites, RULES, ruled } from '../rules.js';

const rule = 'FORMAT 2.1';
const digestOf = (itemId, version) => toDigest(sha256(`${itemId} ${version}`));
const byUnits = ([left], [right]) => (left < right ? -1 : 1);

/** Makes manifest and index from a list of ids, each with the version of its content. */
function contents(versions, pack = PACK) {
  const index = [...versions].sort(byUnits).map(([itemId, version]) => ({ itemId, digest: digestOf(itemId, version) }));
  const leaves = index.map(({ digest }) => Buffer.from(digest.slice('sha256:'.length), 'hex'));
  const manifest = {
    ...{ format: 'context.pack.snapshot/v1', itemCount: index.length, itemsRoot: toDigest(root(leaves)) },
    pack,
  };
  return { manifest, index };
}

/** Computes the difference by definition. */
function difference(before, after) {
  const [old, now] = [before, after].map(({ index }) => new Map(index.map(({ itemId, digest }) => [itemId, digest])));
  const [oldIds, newIds] = [[...old.keys()], [...now.keys()]];
  const both = newIds.filter((id) => old.has(id));
  const changed = both.filter((id) => old.get(id) !== now.get(id));
  const members = ['packKey', 'version', 'title', 'description', 'owners', 'tags', 'sources'];
  const differs = (name) => JSON.stringify(before.manifest.pack[name]) !== JSON.stringify(after.manifest.pack[name]);
  return {
    added: newIds.filter((id) => !old.has(id)),
    removed: oldIds.filter((id) => !now.has(id)),
    changed,
    unchanged: both.length - changed.length,
    pack: members.filter(differs),
  };
}

/** Numbers that look random and are the same on each run. */
function numbers(seed) {
  let count = 0;
  return (below) => sha256(`${seed} ${count++}`).readUInt32BE() % below;
}

/** Ids that sort differently by UTF-16 units, by code points and by bytes, some of them prefixes of others. */
const IDS = [
  ...[
    'a',
    'B',
    'b',
    'ab',
    'a\u0000',
    'é',
    '__proto__',
    '10',
    '9',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{10ffff}',
  ],
  ...['a\ue000', 'a\u{10000}', '\ue000a', '\u{10000}a', 'docs/section-0001', 'docs/section-0002', 'docs/section-00021'],
];
/** Makes a list of some of the ids, in versions 0 and 1. */
function some(random) {
  const least = random(5);
  return IDS.filter(() => random(4) >= least).map((id) => [id, random(2)]);
}
const all = (version) => IDS.map((id) => [id, version]);
const every = (step, start) => all(0).filter((_, at) => at % step === start);
const FULL = { ...PACK, description: 'd', owners: ['o', 'p'], tags: ['t'], sources: [{ kind: 'k', key: 's' }] };

const row = (name, before, after) => ({ name, before, after });
const cases = [
  cites('F2.1-1'),
  row('two empty indexes', contents([]), contents([])),
  row('all items added', contents([]), contents(all(0))),
  row('all items removed', contents(all(0)), contents([])),
  row('all items changed', contents(all(0)), contents(all(1))),
  row('no item changed', contents(all(0)), contents(all(0))),
  row('each second item, and the others', contents(every(2, 0)), contents(every(2, 1))),
  row('each second item, and each third', contents(every(2, 0)), contents(every(3, 0))),
  row('the first item removed, the last one added', contents(all(0).slice(1)), contents(all(0).slice(0, -1))),
  ...times(40, (seed) => {
    const random = numbers(seed);
    return row(`random items, ${seed}`, contents(some(random)), contents(some(random)));
  }),
  cites('F3-4'),
  ...Object.keys(FULL)
    .filter((name) => !Object.hasOwn(PACK, name))
    .map((name) => row(`a pack without ${name}`, contents(all(0), FULL), contents(all(0), without(FULL, name)))),
  row('another pack', contents(all(0), FULL), contents(all(0), { packKey: 'other', version: '', title: '' })),
];

export const diffs = ruled(cases).map(({ name, rules, before, after }) => {
  const expected = difference(before, after);
  return { name, rule, [RULES]: rules, before, after, expected };
});
