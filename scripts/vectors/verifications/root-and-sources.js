// Steps 10 and 11, and the number of issues that are listed.

import * as say from '../messages.js';
import { times } from '../parts.js';
import { cites } from '../rules.js';
import { changed, indexOf, MANIFEST, PARTS, rootOf, row } from './base.js';

const ROOT = PARTS.record.metadata.$snapshot.manifest.itemsRoot;
const noContract = (hint) => say.noItem('pack.sources.0', 'contract contracts.api@2', hint);
const NO_CONTRACT = noContract();
const required = (kind, key, more = {}) => ({ kind, key, ...more, required: true });
/** Items that make another tree, in a snapshot of the original ones. */
const root = (name, member, value) => {
  const change = { set: { [`items.1.${member}`]: value } };
  return row(`root: another ${name}`, PARTS, change, [
    say.mismatch('items', ROOT, rootOf(indexOf(changed(PARTS, change)))),
  ]);
};
/** Items that match no source, in a snapshot of these items. */
const source = (name, change, hint) =>
  row(`sources: ${name}`, PARTS, { ...change, again: 'count' }, [noContract(hint)]);
const nulls = (count) => times(count, (at) => say.wrong(`items.${at}`, 'object', 'null'));
const many = (name, count, issues) =>
  row(name, PARTS, { set: { items: times(count, () => null) } }, say.listed(issues));

export const rule = 'ERRORS 8.1 steps 10 and 11';
export default [
  cites('F11-10, E8.1-10'),
  row('count: one item missing', PARTS, { edit: ({ items }) => items.pop() }, [say.mismatch('items', 4, 3)]),
  row('count: one item too many', PARTS, { set: { 'items.4': { ...PARTS.items[1], itemId: 'x' } } }, [
    say.mismatch('items', 4, 5),
  ]),
  row('count: no items', PARTS, { set: { items: [] } }, [say.mismatch('items', 4, 0), NO_CONTRACT]),
  cites('E8.1-25'),
  row('count: duplicates do not count', PARTS, { set: { 'items.2': PARTS.items[1] } }, [
    say.duplicate('items.2.itemId', 'items.1'),
    say.mismatch('items', 4, 3),
  ]),
  row('count: wrong items count', PARTS, { set: { 'items.1': null }, edit: ({ items }) => items.pop() }, [
    say.wrong('items.1', 'object', 'null'),
    say.mismatch('items', 4, 3),
  ]),
  cites('F2.2-1, F11-10, E8.1-10'),
  root('content', 'content.step', 0.000002),
  root('id', 'itemId', 'x'),
  root('kind', 'kind', 'x'),
  root('source', 'sourceKey', 'x'),
  root('version', 'sourceVersion', ''),
  root('text', 'textContent', ''),
  root('metadata', 'metadata', {}),
  cites('F3-5, F11-11, E4-14, E8.1-11'),
  source('a required source without an item', { edit: ({ items }) => items.shift() }),
  cites('E4-15'),
  source('an item of another version', { set: { 'items.0.sourceVersion': '3' } }, say.otherVersion('3')),
  source('an item of another kind', { set: { 'items.0.kind': 'docblock' } }, say.otherKind('docblock')),
  cites('E4-14'),
  source('an item of another key', { set: { 'items.0.sourceKey': 'contracts' } }),
  cites('E4-15'),
  source('an item without a version', { remove: ['items.0.sourceVersion'] }, say.NO_VERSION),
  cites('E4-14, E5-4'),
  row(
    'sources: several, in order',
    PARTS,
    {
      set: {
        [`${MANIFEST}.pack.sources`]: [
          required('z', 'z'),
          required('a', 'a', { version: '' }),
          required('docblock', 'docs.about'),
          { kind: 'b', key: 'b', required: false },
          required('z', 'z'),
        ],
      },
      again: 'hash',
    },
    [say.noItem('pack.sources.0', 'z z'), say.noItem('pack.sources.1', 'a a@'), say.noItem('pack.sources.4', 'z z')],
  ),
  cites('E8.1-28'),
  row(
    'sources: not checked if an item is wrong',
    changed(PARTS, { edit: ({ items }) => items.shift(), again: 'count' }),
    { set: { 'items.0.kind': '' } },
    [say.empty('items.0.kind')],
  ),
  cites('E5-6'),
  many('a hundred issues', 99, [...nulls(99), say.mismatch('items', 4, 99)]),
  many('a hundred and one issues', 100, [...nulls(100), say.mismatch('items', 4, 100)]),
  many('many issues', 200, nulls(200)),
];
