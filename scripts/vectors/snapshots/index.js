// `snapshots.json`: the snapshot of an input and a context.
//
// Each case changes a base; undefined removes a member. All expected values are computed with node:crypto and a canonicalizer
// by other authors. Times are an exception: `stored` gives by hand the stored form of a time that was not in the form of
// FORMAT 5.1.

import { snapshotOf } from '../../../tests/node/support/format.js';
import { item, NOW, PACK } from '../parts.js';
import { RULES, ruled } from '../rules.js';
import { meant } from '../text.js';
import json from './json.js';
import members from './members.js';
import order from './order.js';
import record from './record.js';
import times from './times.js';
import trees from './trees.js';

const BASE = {
  ...{ actor: 'admin', userId: 'keeper-1', now: NOW, snapshotId: '0198c7a0-0000-7000-8000-00000000a001' },
  ...{ pack: PACK, items: [item('opening-hours')] },
};

/** Makes the context of a case. Pack and items come last, because they are the longest. */
function contextOf(changes) {
  const { pack, items, ...rest } = { ...BASE, ...changes };
  const all = Object.entries({ ...rest, pack, items });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

export const snapshots = [trees, members, order, json, record, times]
  .flatMap(ruled)
  .map(({ name, rule, rules, input = { packKey: 'shop.handbook' }, ctx: changes, stored = {} }) => {
    const ctx = contextOf(changes);
    const given = meant(ctx);
    const items = given.items.map((one, at) => {
      const createdAt = stored.items?.[at] ?? one.createdAt;
      return createdAt === undefined ? one : { ...one, createdAt };
    });
    const expected = snapshotOf(meant(input), { ...given, now: stored.now ?? given.now, items });
    return { name, rule, [RULES]: rules, input, ctx, expected };
  });
