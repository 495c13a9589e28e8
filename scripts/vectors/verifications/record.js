// Steps 1 and 2: the shape of the record, of `$snapshot` and of the manifest.

import * as say from '../messages.js';
import { without } from '../parts.js';
import { cites } from '../rules.js';
import { MANIFEST, OURS, PARTS, row } from './base.js';

/** The members of a record, and the expected type of each. */
const RECORD = {
  snapshotId: 'string',
  packKey: 'string',
  packVersion: 'string',
  hash: 'string',
  itemCount: say.COUNT,
  createdAt: 'date',
  createdBy: 'string',
  metadata: 'record',
};
const REQUIRED = Object.entries(without(RECORD, 'createdBy'));
const IN_OURS = [
  ...['seal', 'actor', 'grant', 'userId', 'reason', 'requestedBy', 'traceId', 'idemKey', 'tenantId'],
  ...['organizationId', 'workspaceId', 'channel', 'parent'],
];
const NO_TIMES = [
  ...['', '2026-03-01T09:15:30.123+0000'],
  ...['2026-03-01T09:15:30.123+0', '2026-02-30T09:15:30.123Z', '2026-03-01T09:15:60.123Z'],
  ...['2026-03-01  09:15:30.123Z', '2026-03-01_09:15:30.123Z', '2026-03-01 09:15:30.123+24'],
  '2026-03-01 09:15:30.123 +00',
];
const NO_OFFSET = ['2026-03-01T09:15:30.123', '2026-03-01 09:15:30.123'];
const OUT_OF_RANGE = [
  ...['1969-12-31 23:59:59+00', '1970-01-01 00:59:59+01', '9999-12-31T23:59:59.999-01:00', '0000-01-01T00:00:00Z'],
];
const set = (path, value, name, issues) => row(name, PARTS, { set: { [path]: value } }, issues);
const record = (member, value, name, issue) =>
  set(`record.${member}`, value, `record: ${name}`, [issue(`record.${member}`)]);
const ours = (member, value, name, issue) =>
  set(`${OURS}.${member}`, value, `$snapshot: ${name}`, [issue(`${OURS}.${member}`)]);
/** Makes nested arrays. */
const deep = (levels) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
/** Makes a case with one wrong member in the manifest. Its name ends with the message. */
function manifest(path, value, issue) {
  const change =
    value === undefined ? { remove: [`${MANIFEST}.${path}`] } : { set: { [`${MANIFEST}.${path}`]: value } };
  return row(`manifest: ${path} ${issue.message}`, PARTS, change, [issue]);
}
const at = (path) => `${MANIFEST}.${path}`;
const inManifest = (path, value, expected, received) => manifest(path, value, say.wrong(at(path), expected, received));

export const rule = 'ERRORS 8.1 steps 1 and 2';
export default [
  cites('F11-1, E8.1-1'),
  ...[
    [null, 'null'],
    ['x', 'string'],
    [[], 'array'],
    [1, 'number'],
    [true, 'boolean'],
  ].map(([value, received]) => set('record', value, `record: ${received}`, [say.wrong('record', 'object', received)])),
  row('record: absent', PARTS, { remove: ['record'] }, [say.wrong('record', 'object', 'undefined')]),
  set(
    'record',
    {},
    'record: empty',
    REQUIRED.map(([name, expected]) => say.wrong(`record.${name}`, expected, 'undefined')),
  ),
  ...REQUIRED.flatMap(([name, expected]) => [
    row(`record: no ${name}`, PARTS, { remove: [`record.${name}`] }, [
      say.wrong(`record.${name}`, expected, 'undefined'),
    ]),
    record(name, null, `${name} null`, (path) => say.wrong(path, expected, 'null')),
  ]),
  ...Object.entries(RECORD).map(([name, expected]) =>
    record(name, [1], `${name} an array`, (path) => say.wrong(path, expected, 'array')),
  ),
  record('snapshotId', '', 'snapshotId empty', say.empty),
  record('packKey', '', 'packKey empty', say.empty),
  record('snapshotId', 's:1', 'a colon', say.colon),
  record('hash', PARTS.record.hash.toUpperCase(), 'an upper-case hash', say.noDigest),
  record('hash', 'sha256:00', 'a short hash', say.noDigest),
  cites('F10-3, E8.1-17'),
  ...[-1, 1.5, 2 ** 53, '4', 1e300].map((value) =>
    record('itemCount', value, `itemCount ${JSON.stringify(value)}`, (path) =>
      say.wrong(path, say.COUNT, typeof value),
    ),
  ),
  cites('E4-8'),
  ...NO_TIMES.map((time) => record('createdAt', time, `createdAt ${time}`, say.noTime)),
  cites('F11-15'),
  ...NO_OFFSET.map((time) => record('createdAt', time, `createdAt ${time}`, (path) => say.noTime(path, 'the offset'))),
  cites('F10-4'),
  ...OUT_OF_RANGE.map((time) => record('createdAt', time, `createdAt ${time}`, say.outOfRange)),
  cites('E8.1-18'),
  record('createdAt', 1_772_356_530_123, 'createdAt in milliseconds', (path) => say.wrong(path, 'date', 'number')),
  cites('E8.1-1'),
  row(
    'record: several wrong, in order',
    PARTS,
    { set: Object.fromEntries(Object.keys(RECORD).map((name) => [`record.${name}`, true])) },
    Object.entries(RECORD).map(([name, expected]) => say.wrong(`record.${name}`, expected, 'boolean')),
  ),

  row('$snapshot: absent', PARTS, { remove: [OURS] }, [say.wrong(OURS, 'object', 'undefined')]),
  ...[
    [null, 'null'],
    [[], 'array'],
    ['x', 'string'],
  ].map(([value, received]) => set(OURS, value, `$snapshot: ${received}`, [say.wrong(OURS, 'object', received)])),
  ...IN_OURS.flatMap((name) => [
    ours(name, null, `${name} null`, (path) => say.wrong(path, 'string', 'null')),
    ours(name, 1, `${name} number`, (path) => say.wrong(path, 'string', 'number')),
  ]),
  ...['seal', 'actor', 'grant'].map((name) =>
    row(`$snapshot: no ${name}`, PARTS, { remove: [`${OURS}.${name}`] }, [
      say.wrong(`${OURS}.${name}`, 'string', 'undefined'),
    ]),
  ),
  cites('F4-7, E8.1-17'),
  ours('userId', '', 'userId empty', say.empty),
  cites('E8.1-17'),
  ours('idemKey', '', 'idemKey empty', say.empty),
  ours('seal', 'sha256:', 'a seal that is not a digest', say.noDigest),
  ours('parent', 'sha256:', 'a parent that is not a digest', say.noDigest),
  ours('actor', 'root', 'another actor', (path) => say.mismatch(path, '"admin" or "user"', '"root"')),
  ours('grant', '', 'another grant', (path) => say.mismatch(path, '"actor" or "role"', '""')),
  cites('F11-16, E8-8, E8.1-1'),
  row(
    '$snapshot: unknown members, sorted',
    PARTS,
    { set: Object.fromEntries(['\ue000', 'b', '\u{10000}', '', 'a'].map((name) => [`${OURS}.${name}`, 1])) },
    ['', 'a', 'b', '\u{10000}', '\ue000'].map((name) => say.unknown(`${OURS}.${name}`, name)),
  ),
  ours('__proto__', { a: 1 }, '__proto__', (path) => say.unknown(path, '__proto__')),
  row('$snapshot: a long name', PARTS, { set: { [`${OURS}.${'n'.repeat(300)}`]: 1 } }, [
    say.unknown(`${OURS}.${'n'.repeat(102)}…${'n'.repeat(127)}`, `${'n'.repeat(128)}…${'n'.repeat(127)}`),
  ]),
  cites(),
  row('metadata: at the maximum depth', PARTS, { set: { 'record.metadata.deep': deep(998) }, again: 'seal' }),
  cites('E8.1-19'),
  row('metadata: too deep', PARTS, { set: { 'record.metadata.deep': deep(999), [OURS]: 'x' } }, [
    say.tooDeep(`record.metadata.deep${'.0'.repeat(54)}…${'0.'.repeat(63)}0`),
  ]),

  ...[
    [null, 'null'],
    [[], 'array'],
    ['x', 'string'],
  ].map(([value, received]) =>
    set(MANIFEST, value, `manifest: ${received}`, [say.wrong(MANIFEST, 'object', received)]),
  ),
  row('manifest: absent', PARTS, { remove: [MANIFEST] }, [say.wrong(MANIFEST, 'object', 'undefined')]),
  cites('F3-1, F11-2, E8.1-2'),
  set(MANIFEST, {}, 'manifest: empty', [
    say.wrong(at('format'), 'string', 'undefined'),
    say.wrong(at('itemCount'), say.COUNT, 'undefined'),
    say.wrong(at('itemsRoot'), 'string', 'undefined'),
    say.wrong(at('pack'), 'object', 'undefined'),
  ]),
  manifest(
    'format',
    'context.pack.snapshot/v2',
    say.mismatch(at('format'), '"context.pack.snapshot/v1"', '"context.pack.snapshot/v2"'),
  ),
  inManifest('itemCount', -1, say.COUNT, 'number'),
  inManifest('itemCount', null, say.COUNT, 'null'),
  manifest('itemsRoot', 'x', say.noDigest(at('itemsRoot'))),
  inManifest('pack', null, 'object', 'null'),
  manifest('pack.packKey', '', say.empty(at('pack.packKey'))),
  inManifest('pack.version', undefined, 'string', 'undefined'),
  inManifest('pack.title', [], 'string', 'array'),
  cites('F11-14'),
  inManifest('pack.description', null, 'string', 'null'),
  inManifest('pack.owners', null, 'array', 'null'),
  cites('F11-2, E8.1-2'),
  inManifest('pack.owners', { 0: 'x' }, 'array', 'object'),
  inManifest('pack.tags.1', 1, 'string', 'number'),
  inManifest('pack.sources', 'x', 'array', 'string'),
  inManifest('pack.sources.0', null, 'object', 'null'),
  manifest('pack.sources.0.kind', '', say.empty(at('pack.sources.0.kind'))),
  inManifest('pack.sources.1.key', undefined, 'string', 'undefined'),
  inManifest('pack.sources.0.version', null, 'string', 'null'),
  inManifest('pack.sources.0.required', 'yes', 'boolean', 'string'),
  cites('F11-16, E8-8, E8.1-2'),
  manifest('colour', 1, say.unknown(at('colour'), 'colour')),
  manifest('pack.createdAt', '2026-01-01T00:00:00Z', say.unknown(at('pack.createdAt'), 'createdAt')),
  manifest('pack.sources.1.colour', null, say.unknown(at('pack.sources.1.colour'), 'colour')),
  cites('E8.1-2'),
  row(
    'manifest: several wrong, in order',
    PARTS,
    {
      set: {
        ...{ [`${OURS}.aaa`]: 1, [`${OURS}.seal`]: 1, 'record.packKey': 1 },
        ...{ [at('aaa')]: 1, [at('AAA')]: 1, [at('itemCount')]: '4' },
        ...{ [at('pack.aaa')]: 1, [at('pack.sources.0.aaa')]: 1, [at('pack.tags')]: 1 },
      },
    },
    [
      say.wrong('record.packKey', 'string', 'number'),
      say.wrong(at('itemCount'), say.COUNT, 'string'),
      say.wrong(at('pack.tags'), 'array', 'number'),
      say.unknown(at('pack.sources.0.aaa'), 'aaa'),
      say.unknown(at('pack.aaa'), 'aaa'),
      say.unknown(at('AAA'), 'AAA'),
      say.unknown(at('aaa'), 'aaa'),
      say.wrong(`${OURS}.seal`, 'string', 'number'),
      say.unknown(`${OURS}.aaa`, 'aaa'),
    ],
  ),
];
