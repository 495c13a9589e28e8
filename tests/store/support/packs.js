// Packs for the tests of stores.

import { snapshotPack } from '@lssm-tech/lib.context-snapshot';

export const pack = {
  packKey: 'shop.docs',
  version: '1.0.0',
  title: 'Shop "docs"',
  owners: ['team.shop'],
  tags: ['web'],
};
export const item = (itemId, content = `Text of ${itemId}`, more = {}) => ({
  ...{ itemId, kind: 'docblock', sourceKey: `docs/${itemId.slice(0, 20)}`, content },
  ...more,
});
export const items = (count, more) => Array.from({ length: count }, (_, at) => item(`i-${at}`, undefined, more));

/** Takes a snapshot. */
export const take = (list, ctx = {}, input = {}) =>
  snapshotPack({ packKey: 'shop.docs', ...input }, { actor: 'admin', userId: 'ops-1', pack, items: list, ...ctx });

/** Items that databases are known to change: texts that are JSON, U+0000, long ids, names with signs, numbers, ids in another order. */
export const awkward = [
  item('empty', ''),
  item('json text', '{"a":1}', { textContent: '' }),
  item('null text', 'null', { sourceVersion: '' }),
  item('nul\0id\x01\x02,"\\\r\n\t', 'a\u0000b \\u0000 \x01\x02'),
  item('x'.repeat(10_000), { long: true }),
  item(`sha256:${'0'.repeat(64)}`, 'looks like a digest'),
  item('\\.', '\\.\n\\.'),
  item('\u{1f600}', 'after U+FFFF in UTF-8, before U+E000 in UTF-16'),
  item('\ue000', 'private use'),
  item('numbers', { b: [1e21, 1e-7, 0.1, 2 ** 53, -0, 5e-324], 2: 1, 1: [] }),
  item('names', JSON.parse('{"a\\u0000":"\u{1f642}","__proto__":null,"$set":{"a.b":1},"":[]}')),
  // V8 in Node.js 26 confuses names with escapes that follow each other.
  item('escapes', { 1: { '': 0, '\\': 0 }, 2: { '': 0, '"': 0 } }),
  item('own time', 'kept', { createdAt: '2020-02-29T12:00:00.123Z', metadata: { m: ['é', null] } }),
];
