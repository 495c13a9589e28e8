// Compares two lists of items by digest: added, removed, changed, moved.
//
// How: a moved item has other digests, because an item includes its path. So an added item counts as moved if it has the digest of a
// removed one once it is given that one's path. Only items of equal size are tried.

import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';

/**
 * Most bytes that are hashed to find moved items; with the time that each attempt takes, this is a few seconds. Further ones count as added and
 * removed. Thousands of files of one size would take hours otherwise.
 */
const MOST_HASHED = 1e9;
const ATTEMPT = 4096;

/**
 * Returns the changes in the order of paths, each with `change` (`A`, `M`, `D` or `R`), `path`, `before` and `after` if there are such
 * items, and `from` for moved ones.
 *
 * @param before,after entries with `path`, `digest`, `bytes`
 * @param textOf returns the canonical JSON of an entry of `after`, or undefined
 */
export function compare(before, after, textOf) {
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const changes = [];
  const added = [];
  for (const entry of after) {
    const earlier = old.get(entry.path);
    old.delete(entry.path);
    if (earlier === undefined) added.push(entry);
    else if (earlier.digest !== entry.digest)
      changes.push({ change: 'M', path: entry.path, before: earlier, after: entry });
  }
  for (const [entry, earlier] of moved(old, added, textOf)) {
    old.delete(earlier.path);
    changes.push({ change: 'R', path: entry.path, from: earlier.path, before: earlier, after: entry });
  }
  const movedPaths = new Set(changes.map(({ path }) => path));
  for (const entry of added) {
    if (!movedPaths.has(entry.path)) changes.push({ change: 'A', path: entry.path, after: entry });
  }
  for (const entry of old.values()) changes.push({ change: 'D', path: entry.path, before: entry });
  return changes.sort((left, right) => (left.path < right.path ? -1 : Number(left.path > right.path)));
}

function* moved(removed, added, textOf) {
  if (removed.size === 0) return;
  const bySize = new Map();
  for (const entry of removed.values()) {
    if (!bySize.has(entry.bytes)) bySize.set(entry.bytes, []);
    bySize.get(entry.bytes).push(entry);
  }
  let left = MOST_HASHED;
  for (const entry of added) {
    const candidates = bySize.get(entry.bytes) ?? [];
    if (candidates.length === 0) continue;
    const json = textOf(entry);
    if (json === undefined) continue;
    const item = parseCanonical(json);
    for (let at = 0; at < candidates.length && left > 0; at++) {
      left -= json.length + ATTEMPT;
      const { path, digest } = candidates[at];
      if (digestItem({ ...item, itemId: path, sourceKey: path }).digest !== digest) continue;
      yield [entry, ...candidates.splice(at, 1)];
      break;
    }
    if (left <= 0) return;
  }
}

/** Counts changes by kind. */
export function countChanges(changes) {
  const count = (kind) => changes.filter(({ change }) => change === kind).length;
  return { added: count('A'), changed: count('M'), removed: count('D'), moved: count('R') };
}
