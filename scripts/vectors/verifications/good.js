// Valid parts, in every form that a store may return (FORMAT 11).

import { cites } from '../rules.js';
import { ALL, OURS, PARTS, row } from './base.js';

const TIMES = [
  ...['2026-03-01T09:15:30.123Z', '2026-03-01 09:15:30.123+00', '2026-03-01 10:15:30.123999+01'],
  ...['2026-03-01 02:15:30.123456789-07:00', '2026-03-01t09:15:30.123z', '2026-03-01T14:45:30.123+05:30'],
  '2026-02-28 23:15:30.123-10',
];
const nulls = (path, names) => Object.fromEntries(names.map((name) => [`${path}.${name}`, null]));

export const rule = 'FORMAT 11';
export default [
  row('good: record and items', PARTS),
  cites('F11-13'),
  row('good: all parts', ALL),
  row('good: a trusted hash alone', ALL, { remove: ['expect.seal'] }),
  row('good: a trusted seal alone', ALL, { remove: ['expect.hash'] }),
  cites('F2.1-1'),
  row('good: items in another order', ALL, { edit: (parts) => parts.items.reverse() }),
  cites('E8.1-21'),
  row('good: no pack', ALL, { set: { pack: null } }),
  cites('F11-16, E8.1-26'),
  row('good: additional columns', ALL, {
    set: {
      ...{ 'record.id': 1, 'record.tenant': null, 'record.': 'x' },
      ...{ 'pack.createdAt': 'whenever', 'pack.updatedAt': 12, 'pack.sources.0.id': [] },
      ...{
        'items.0.row': { a: [] },
        'items.0.': 'x',
        'items.0.snapshotId': 'another',
        'items.0.createdAt': 'nonsense',
      },
      ...{ 'items.1.snapshotId': null, 'items.1.createdAt': null },
    },
  }),
  cites('F11-14'),
  row('good: null for absent members', ALL, {
    set: {
      ...nulls('items.2', ['sourceVersion', 'textContent', 'metadata']),
      ...nulls('pack.sources.1', ['version', 'required', 'description']),
    },
  }),
  row('good: neither user nor requester, and createdBy null', PARTS, {
    remove: [`${OURS}.userId`, `${OURS}.requestedBy`],
    set: { 'record.createdBy': null },
    again: 'seal',
  }),
  cites(),
  row('good: an empty requester', PARTS, {
    remove: [`${OURS}.userId`],
    set: { [`${OURS}.requestedBy`]: '', 'record.createdBy': '' },
    again: 'seal',
  }),
  cites('F11-15'),
  ...TIMES.map((time) => row(`good: createdAt ${time}`, PARTS, { set: { 'record.createdAt': time } })),
];
