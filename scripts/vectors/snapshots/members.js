// FORMAT 1, 3 and 4: which members are hashed, and that an empty value counts as a value.

import { item, PACK, times, without } from '../parts.js';
import { cites } from '../rules.js';

const pricing = {
  itemId: 'pricing',
  kind: 'contract',
  sourceKey: 'api/pricing',
  sourceVersion: '4.1.0',
  content: { openapi: '3.1.0', paths: { '/prices': { get: { responses: { 200: { description: 'ok' } } } } } },
  textContent: 'GET /prices',
  metadata: { reviewed: true, by: ['ana', 'li'], score: 0.75 },
  createdAt: '2027-01-02T03:04:05.006Z',
};
const pack = {
  packKey: 'shop.handbook',
  version: '4.1.0',
  title: 'Everything',
  description: 'All members that there are',
  owners: ['team.shop', 'team.docs'],
  tags: ['zeta', 'alpha', 'alpha'],
  sources: [
    { kind: 'contract', key: 'api/pricing', version: '4.1.0', required: true, description: 'the price list' },
    { kind: 'knowledge', key: 'wiki/none', required: false },
    { kind: 'knowledge', key: 'wiki/none' },
  ],
};
const input = {
  packKey: 'shop.handbook',
  packVersion: '4.1.0',
  reason: 'before the sale',
  requestedBy: 'ana',
  metadata: { ticket: 'S-12', flags: [true, false, null] },
};
const context = {
  traceId: 'trace-77',
  tenantId: 'tenant-n',
  organizationId: 'org-n',
  workspaceId: 'space-n',
  channel: 'cli',
  idemKey: 'run-9',
  parent: `sha256:${'0f'.repeat(32)}`,
  roles: ['viewer'],
  decision: { effect: 'allow', reason: 'rule 4' },
};
/** Returns the same members in reverse order. */
const reversed = (object) => Object.fromEntries(Object.entries(object).reverse());
const KINDS = ['docblock', 'contract', 'knowledge', 'data-view', 'schema', 'migration', 'external', 'price list'];

export default [
  cites('F3-1, F3-2, F3-3, F4-1, F4-5'),
  { name: 'every optional member', rule: 'FORMAT 4', input, ctx: { ...context, pack, items: [pricing] } },
  {
    rules: 'F3-4',
    name: 'members in another order give the same hash',
    rule: 'FORMAT 3',
    input: reversed(input),
    ctx: { ...context, pack: reversed(pack), items: [reversed(pricing)] },
  },
  cites('F1.1-1'),
  ...['sourceVersion', 'textContent', 'metadata', 'createdAt'].map((name) => ({
    name: `an item without ${name}`,
    rule: 'FORMAT 1.1',
    ctx: { items: [without(pricing, name)] },
  })),
  cites('F3-2'),
  ...['description', 'owners', 'tags', 'sources'].map((name) => ({
    name: `a pack without ${name}`,
    rule: 'FORMAT 3',
    ctx: { pack: without(pack, name), items: [pricing] },
  })),
  {
    rules: 'F1.1-4, E4.2-4',
    name: 'empty strings, arrays and objects are values',
    rule: 'FORMAT 1.1',
    input: { packKey: 'shop.handbook', packVersion: '', reason: '', requestedBy: '', metadata: {} },
    ctx: {
      ...{ traceId: '', tenantId: '', organizationId: '', workspaceId: '', channel: '', roles: [] },
      pack: {
        ...{ packKey: 'shop.handbook', version: '', title: '', description: '', owners: [], tags: [''] },
        sources: [{ kind: 'knowledge', key: 'wiki/e', version: '', required: true, description: '' }],
      },
      items: [item('e', { content: '', sourceVersion: '', textContent: '', metadata: {} }), item('f', { content: {} })],
    },
  },
  { name: 'empty lists', rule: 'FORMAT 3', ctx: { pack: { ...PACK, owners: [], tags: [], sources: [] } } },
  {
    rules: 'F1.1-3, F3-2, F8-1, E4.2-5',
    name: 'unknown members are not part of a snapshot',
    rule: 'FORMAT 8',
    input: { packKey: 'shop.handbook', snapshotId: 'mine', createdAt: 'never', hash: 'sha256:0' },
    ctx: {
      ...{ permissions: ['all'], session: { id: 1 }, hash: 'x' },
      pack: {
        ...PACK,
        ...{ createdAt: '2020-01-01T00:00:00Z', updatedAt: '2021-01-01T00:00:00Z', id: 17, items: [1] },
        sources: [{ kind: 'a', key: 'b', id: 5, Required: true }],
      },
      items: [item('opening-hours', { snapshotId: 'another', id: 9, digest: 'sha256:1', Metadata: { no: 1 } })],
    },
  },
  {
    rules: 'F1.1-2',
    name: 'every known kind and an unknown one',
    rule: 'FORMAT 1.1',
    ctx: { items: times(8, (at) => item(`k${8 - at}`, { kind: KINDS[at] })) },
  },
  {
    rules: 'F1.2-1',
    name: 'the same content under several ids',
    rule: 'FORMAT 1.2',
    ctx: {
      items: ['c', 'a', 'b'].map((id) => item(id, { sourceKey: 'wiki/same', content: { same: [1, 'x', null] } })),
    },
  },
  {
    rules: 'F3-5',
    name: 'required sources',
    rule: 'FORMAT 3',
    ctx: {
      pack: {
        ...PACK,
        sources: [
          { kind: 'schema', key: 'db/orders', version: '2', required: true },
          { kind: 'schema', key: 'db/orders', version: '3', required: true },
          { kind: 'schema', key: 'db/orders', required: true },
          { kind: 'schema', key: 'db/orders', required: true },
          { kind: 'migration', key: 'db/orders', version: '', required: true },
          { kind: 'schema', key: 'db/none', required: false },
          { kind: 'schema', key: 'db/none', version: '1' },
        ],
      },
      items: [
        item('o3', { kind: 'schema', sourceKey: 'db/orders', sourceVersion: '3' }),
        item('o2', { kind: 'schema', sourceKey: 'db/orders', sourceVersion: '2' }),
        item('m', { kind: 'migration', sourceKey: 'db/orders', sourceVersion: '' }),
      ],
    },
  },
  {
    rules: 'E3.2-1',
    name: 'a requested version',
    rule: 'ERRORS 3.2',
    input: { packKey: 'shop.handbook', packVersion: '3.2' },
  },
];
