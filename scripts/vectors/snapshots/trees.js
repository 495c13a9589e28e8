// FORMAT 2.2: trees of every shape up to 33 leaves.

import { item, times } from '../parts.js';
import { cites } from '../rules.js';

/** Returns the positions below `count` in mixed order: a fixed step coprime to the count. */
const mixed = (count) => times(count, (at) => (2 + at * (count % 7 === 0 ? 11 : 7)) % count);

function tree(count) {
  const page = (place, at) => item(`page-${String(place).padStart(2, '0')}`, { content: { page: at, of: count } });
  return { name: `a tree of ${count} items`, rule: 'FORMAT 2.2', ctx: { items: mixed(count).map(page) } };
}

export default [
  cites('F2.2-1'),
  { name: 'a pack without items', rule: 'FORMAT 2.2', ctx: { items: [] } },
  { name: 'one item', rule: 'FORMAT 2.2' },
  {
    rules: 'F2.1-1, F2.1-3',
    name: 'two items, the later id first',
    rule: 'FORMAT 2.1',
    ctx: { items: [item('refunds'), item('opening-hours')] },
  },
  cites('F2.2-1'),
  ...[3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33].map(tree),
];
