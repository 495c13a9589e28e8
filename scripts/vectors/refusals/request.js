// ERRORS 3, stage 2: the input, and the context without pack and items.

import { colon, empty, inSeconds, noDigest, reserved, wrong } from '../messages.js';
import { cites } from '../rules.js';
import { DATE, js, NULL, OF_EACH_TYPE } from './values.js';

const STRINGS = ['packKey', 'packVersion', 'reason', 'requestedBy'];
const CONTEXT = 'userId tenantId organizationId workspaceId channel traceId idemKey now snapshotId parent'.split(' ');
const set = (names, value) => Object.fromEntries(names.map((name) => [name, value]));
const strings = (names, received) => names.map((name) => wrong(name, 'string', received));
/** Issues of a context whose members all have the same value. `now` also accepts a date, or a number unless it looks like seconds. */
const inContext = (received) =>
  CONTEXT.filter((name) => name !== 'now' || received !== 'Date').map((name) => {
    if (name !== 'now') return wrong(name, 'string', received);
    return received === 'number' ? inSeconds(name) : wrong(name, 'date', received);
  });
const AB = 'ab'.repeat(32);

export default [
  ...[
    ['"text"', 'text', 'string'],
    ['5', 5, 'number'],
    ['true', true, 'boolean'],
    NULL,
    ['[]', [], 'array'],
    ...['undefined', 'function', 'symbol', 'bigint', 'NaN'].map((kind) => [kind, js(kind), kind]),
  ].map(([name, input, received]) => ({
    rules: 'E4.1-1',
    name: `the input is ${name}`,
    rule: 'ERRORS 4.1',
    input,
    issues: [wrong('', 'object', received)],
  })),
  ...[
    ['Map', js('Map')],
    ['Date 0', DATE],
    ['Uint8Array', js('Uint8Array')],
    ['Thing', js('Thing')],
    ['{}', {}],
  ].map(([name, input]) => ({
    rules: 'F7.3-1',
    name: `the input is ${name}, an object without a packKey`,
    rule: 'FORMAT 7.3',
    input,
    issues: [wrong('packKey', 'string', 'undefined')],
  })),
  cites('E4-3, E4.2-4'),
  { name: 'an empty packKey', rule: 'ERRORS 4.2', input: { packKey: '' }, issues: [empty('packKey')] },
  ...[...OF_EACH_TYPE, NULL].map(([name, value, received]) => ({
    rules: 'E3-2, E4-2, E4.1-1, E5-1',
    name: `every string of the input is ${name}`,
    rule: 'ERRORS 5',
    input: set(STRINGS, value),
    issues: strings(STRINGS, received),
  })),
  {
    rules: 'E4.2-3',
    name: 'optional members of the input must not be null',
    rule: 'ERRORS 4.2',
    input: { packKey: 'shop.handbook', packVersion: null, reason: null, requestedBy: null, metadata: null },
    issues: [...strings(['packVersion', 'reason', 'requestedBy'], 'null'), wrong('metadata', 'record', 'null')],
  },
  {
    rules: 'F4-4, E4-12',
    name: 'a reserved member',
    rule: 'FORMAT 4',
    input: { packKey: 'shop.handbook', metadata: { a: 1, $snapshot: { seal: 'mine' }, z: 2 } },
    issues: [reserved('metadata.$snapshot')],
  },
  {
    name: 'a null reserved member',
    rule: 'FORMAT 4',
    input: { packKey: 'shop.handbook', metadata: { $snapshot: null } },
    issues: [reserved('metadata.$snapshot')],
  },
  {
    name: 'a reserved member among wrong ones',
    rule: 'ERRORS 5',
    input: { packKey: 'shop.handbook', metadata: { a: js('NaN'), $snapshot: js('NaN'), z: js('Map') } },
    issues: [
      wrong('metadata.a', 'JSON value', 'NaN'),
      reserved('metadata.$snapshot'),
      wrong('metadata.z', 'JSON value', 'Map'),
    ],
  },
  ...OF_EACH_TYPE.map(([name, value, received]) => ({
    rules: 'E5-1',
    name: `every scalar of the context is ${name}`,
    rule: 'ERRORS 5',
    ctx: set(CONTEXT, value),
    issues: inContext(received),
  })),
  {
    rules: 'E5-1',
    name: "the input's issues come before the context's",
    rule: 'ERRORS 5',
    input: set([...STRINGS, 'metadata'], 5),
    ctx: set(CONTEXT.toReversed(), true),
    issues: [...strings(STRINGS, 'number'), wrong('metadata', 'record', 'number'), ...inContext('boolean')],
  },
  cites('E4.2-4'),
  { name: 'an empty idemKey', rule: 'ERRORS 4.2', ctx: { idemKey: '' }, issues: [empty('idemKey')] },
  {
    name: 'an empty idemKey beside a snapshotId',
    rule: 'ERRORS 4.2',
    ctx: { idemKey: '', snapshotId: 's' },
    issues: [empty('idemKey')],
  },
  { name: 'an empty snapshotId', rule: 'ERRORS 4.2', ctx: { snapshotId: '' }, issues: [empty('snapshotId')] },
  ...[':', 'a:b', ':a', 'a:', 'urn:uuid:1'].map((snapshotId) => ({
    rules: 'F5.2-1, E4-11',
    name: `snapshotId ${snapshotId}`,
    rule: 'FORMAT 5.2',
    ctx: { snapshotId },
    issues: [colon('snapshotId')],
  })),
  ...[
    ...['', 'sha256:', AB, `sha256:${AB.slice(0, -1)}`, `sha256:${AB}a`, `sha256:${AB.toUpperCase()}`],
    ...[`SHA256:${AB}`, `sha512:${AB}`, `sha256:${'ag'.repeat(32)}`, ` sha256:${AB}`, `sha256:${AB}\n`],
    ...[`sha256: ${AB.slice(0, -1)}`, `sha256:+${'a'.repeat(63)}`, `sha256:${'\uff41'.repeat(64)}`],
  ].map((parent) => ({
    rules: 'F0-1, E4-7',
    name: `parent ${JSON.stringify(parent)}`,
    rule: 'FORMAT Terms',
    ctx: { parent },
    issues: [noDigest('parent')],
  })),
];
