// Steps 3 to 6: hash, redundant members, seal, pack.

import * as say from '../messages.js';
import { cites } from '../rules.js';
import { ALL, changed, digestOf, MANIFEST, OTHER, OURS, PARTS, quoted, row, sealOf } from './base.js';

const HASH = PARTS.record.hash;
const SEAL = PARTS.record.metadata.$snapshot.seal;
const GRANT = `${OURS}.grant`;
/** A record that was changed and sealed again. */
const sealed = (name, set, issues) => row(name, PARTS, { set, again: 'seal' }, issues);
/** A record that was changed but not sealed again. */
function unsealed(name, change, issues = []) {
  const computed = sealOf(changed(PARTS, change));
  return row(name, PARTS, change, [...issues, say.mismatch(`${OURS}.seal`, computed, SEAL)]);
}
const creator = (name, change, expected, found) =>
  row(name, PARTS, { ...change, again: 'seal' }, [say.mismatch('record.createdBy', expected, found)]);

const pack = (path, value, issue) =>
  row(
    `pack: ${path} ${issue.message}`,
    ALL,
    value === undefined ? { remove: [`pack.${path}`] } : { set: { [`pack.${path}`]: value } },
    [issue],
  );
const shape = (path, value, expected, received) => pack(path, value, say.wrong(`pack.${path}`, expected, received));
const edited = (path, value, expected, found) => {
  const member = path.split('.')[0];
  const issue = say.mismatch(`pack.${member}`, quoted(expected), quoted(found));
  return row(`pack: ${member} ${issue.message}`, ALL, { set: { [`pack.${path}`]: value } }, [issue]);
};
const [contract, docblock] = ALL.pack.sources;

export const rule = 'ERRORS 8.1 steps 3 to 6';
export default [
  cites('F3-4, F11-3, E8.1-3'),
  sealed('hash: another, sealed', { 'record.hash': OTHER }, [say.mismatch('record.hash', HASH, OTHER)]),
  unsealed('hash: another', { set: { 'record.hash': OTHER } }, [say.mismatch('record.hash', HASH, OTHER)]),
  cites('F11-4, E8.1-4, E8-12'),
  ...[
    ['packKey', 'x', 'shop.docs'],
    ['packVersion', '', '2026.3'],
    ['itemCount', 5, 4],
    ['createdBy', 'x"y', 'u-42'],
  ].map(([name, found, expected]) =>
    sealed(`record: another ${name}, sealed`, { [`record.${name}`]: found }, [
      say.mismatch(`record.${name}`, quoted(expected), quoted(found)),
    ]),
  ),
  cites('F4-2, F11-4'),
  creator('createdBy: absent, sealed', { remove: ['record.createdBy'] }, '"u-42"', 'nothing'),
  creator('createdBy: null, sealed', { set: { 'record.createdBy': null } }, '"u-42"', 'nothing'),
  creator(
    'createdBy: the requester, although there is a user',
    { set: { 'record.createdBy': 'scheduler' } },
    '"u-42"',
    '"scheduler"',
  ),
  creator(
    'createdBy: present, without user and requester',
    { remove: [`${OURS}.userId`, `${OURS}.requestedBy`] },
    'nothing',
    '"u-42"',
  ),
  cites('F4-6'),
  sealed('grant: that of the other actor, sealed', { [GRANT]: 'actor' }, [say.mismatch(GRANT, '"role"', '"actor"')]),
  sealed('actor: that of the other grant, sealed', { [`${OURS}.actor`]: 'admin' }, [
    say.mismatch(GRANT, '"actor"', '"role"'),
  ]),
  cites('E8-15'),
  sealed('a long packKey is shortened', { 'record.packKey': 'é'.repeat(300) }, [
    say.mismatch('record.packKey', '"shop.docs"', `"${'é'.repeat(127)}…${'é'.repeat(126)}"`),
  ]),
  cites('F4-9, F11-5, E8.1-5, E8-15'),
  row('seal: another', PARTS, { set: { [`${OURS}.seal`]: OTHER } }, [say.mismatch(`${OURS}.seal`, SEAL, OTHER)]),
  ...Object.entries({
    metadata: { set: { 'record.metadata.run': 8 } },
    'metadata, deep': { set: { 'record.metadata.zone.list.2.b': false } },
    'metadata, one more member': { set: { 'record.metadata.more': null } },
    snapshotId: { set: { 'record.snapshotId': 's-2' } },
    createdAt: { set: { 'record.createdAt': '2026-03-01T09:15:30.124Z' } },
    reason: { remove: [`${OURS}.reason`] },
    parent: { set: { [`${OURS}.parent`]: digestOf('') } },
    channel: { set: { [`${OURS}.channel`]: '' } },
  }).map(([name, change]) => unsealed(`seal: other ${name}`, change)),
  cites(),
  sealed(
    'several differences at once',
    {
      ...{ 'record.hash': OTHER, 'record.packKey': 'x', 'record.packVersion': 'x', 'record.itemCount': 0 },
      ...{ 'record.createdBy': 'x', [GRANT]: 'actor' },
    },
    [
      say.mismatch('record.hash', HASH, OTHER),
      say.mismatch('record.packKey', '"shop.docs"', '"x"'),
      say.mismatch('record.packVersion', '"2026.3"', '"x"'),
      say.mismatch('record.itemCount', 4, 0),
      say.mismatch('record.createdBy', '"u-42"', '"x"'),
      say.mismatch(GRANT, '"role"', '"actor"'),
    ],
  ),
  cites('E8.1-24'),
  row(
    'members with a wrong shape are not compared, the others are',
    PARTS,
    {
      set: {
        ...{ 'record.hash': 1, 'record.packKey': 'x', 'record.createdBy': 'x' },
        ...{ [`${OURS}.userId`]: 1, [`${OURS}.actor`]: 'admin' },
      },
    },
    [
      say.wrong('record.hash', 'string', 'number'),
      say.wrong(`${OURS}.userId`, 'string', 'number'),
      say.mismatch('record.packKey', '"shop.docs"', '"x"'),
      say.mismatch(GRANT, '"actor"', '"role"'),
    ],
  ),

  cites('E8.1-6'),
  ...[
    ['x', 'string'],
    [[], 'array'],
    [1, 'number'],
    [false, 'boolean'],
  ].map(([value, received]) =>
    row(`pack: ${received}`, ALL, { set: { pack: value } }, [say.wrong('pack', 'object', received)]),
  ),
  pack('packKey', '', say.empty('pack.packKey')),
  shape('packKey', null, 'string', 'null'),
  shape('version', undefined, 'string', 'undefined'),
  shape('title', null, 'string', 'null'),
  shape('description', 1, 'string', 'number'),
  shape('owners.0', null, 'string', 'null'),
  shape('tags', 'web', 'array', 'string'),
  shape('sources.1', [], 'object', 'array'),
  shape('sources.0.key', null, 'string', 'null'),
  shape('sources.0.required', 1, 'boolean', 'number'),
  cites('F11-6, E8.1-6'),
  edited('packKey', 'x', 'shop.docs', 'x'),
  edited('version', '', '2026.3', ''),
  edited('title', 'x', 'Shop docs', 'x'),
  edited('description', null, "What the shop's agents read", undefined),
  edited('owners', ['team.web', 'team.shop'], ['team.shop', 'team.web'], ['team.web', 'team.shop']),
  edited('tags', [], ['web', 'api'], []),
  edited('sources', [contract], [contract, docblock], [contract]),
  edited('sources.1.required', false, [contract, docblock], [contract, { ...docblock, required: false }]),
  row('pack: several members', ALL, { set: { pack: { packKey: 'x', version: 'y', title: 'z' } } }, [
    say.mismatch('pack.packKey', '"shop.docs"', '"x"'),
    say.mismatch('pack.version', '"2026.3"', '"y"'),
    say.mismatch('pack.title', '"Shop docs"', '"z"'),
    say.mismatch('pack.description', '"What the shop\'s agents read"', 'nothing'),
    say.mismatch('pack.owners', '["team.shop","team.web"]', 'nothing'),
    say.mismatch('pack.tags', '["web","api"]', 'nothing'),
    say.mismatch('pack.sources', quoted([contract, docblock]), 'nothing'),
  ]),
  row('pack: a wrong shape, not compared', ALL, { set: { 'pack.title': 'x', 'pack.tags': 1 } }, [
    say.wrong('pack.tags', 'array', 'number'),
  ]),
  cites('E8.1-24'),
  row('pack: nothing to compare with', ALL, { set: { [MANIFEST]: [], 'pack.title': 'x' }, remove: ['expect'] }, [
    say.wrong(MANIFEST, 'object', 'array'),
  ]),
];
