// ERRORS 3.2 and 3, stages 3 and 4: the pack.

import { AWAIT, empty, halfPair, LEAVE_OUT, wrong } from '../messages.js';
import { PACK } from '../parts.js';
import { cites } from '../rules.js';
import { DATE, js, NULL, OF_EACH_TYPE } from './values.js';

const STRINGS = ['packKey', 'version', 'title', 'description'];
const LISTS = ['owners', 'tags', 'sources'];
const ABSENT = `null${LEAVE_OUT}`;
/** The issue of an optional member with a wrong value. */
const optional = (received) => (received === 'null' ? ABSENT : received);
const set = (names, value) => Object.fromEntries(names.map((name) => [name, value]));
const strings = (names, received) => names.map((name) => wrong(`pack.${name}`, 'string', received));
const lists = (received) => LISTS.map((name) => wrong(`pack.${name}`, 'array', received));
const WANTED = { packKey: 'shop.handbook', packVersion: '3.3' };
const notFound = (name, ctx, packVersion) => ({
  name,
  rule: 'ERRORS 3.2',
  code: 'NOT_FOUND',
  ...(packVersion === undefined ? {} : { input: { packKey: 'shop.handbook', packVersion } }),
  ctx,
  issues: [],
});

export default [
  cites('E3-3, E3.2-1'),
  notFound('no pack', { pack: null }),
  notFound('an undefined pack', { pack: js('undefined') }),
  notFound('a context without pack', { pack: undefined }),
  notFound('another pack', { pack: { ...PACK, packKey: 'shop.other' } }),
  notFound('a pack whose key differs in case', { pack: { ...PACK, packKey: 'Shop.handbook' } }),
  notFound('another version', {}, '3.3'),
  notFound('an empty version is requested', {}, ''),
  cites('E3.2-1'),
  notFound('another pack, whose other members are wrong', {
    pack: { ...PACK, packKey: 'shop.other', title: 5, owners: 5 },
  }),
  notFound('another version of a pack whose other members are wrong', { pack: { ...PACK, title: 5 } }, '4'),
  notFound('another pack without a version', { pack: { ...PACK, packKey: 'shop.other', version: 5 } }),
  notFound('another version of a pack without a key', { pack: { ...PACK, packKey: 5 } }, '4'),
  {
    rules: 'E3.2-1',
    name: "a version is requested, and the pack's version is a number",
    rule: 'ERRORS 3.2',
    input: WANTED,
    ctx: { pack: { ...PACK, version: 5 } },
    issues: [wrong('pack.version', 'string', 'number')],
  },
  {
    rules: 'E3.2-1',
    name: "a version is requested, and the pack's version has an unpaired surrogate",
    rule: 'ERRORS 3.2',
    input: WANTED,
    ctx: { pack: { ...PACK, version: '3.\ud800' } },
    issues: [halfPair('pack.version', 2)],
  },
  ...[
    ['"text"', 'text', 'string'],
    ['5', 5, 'number'],
    ['true', true, 'boolean'],
    ['[]', [], 'array'],
    ...['function', 'symbol', 'NaN', 'bigint'].map((kind) => [kind, js(kind), kind]),
    ['a promise', js('Promise'), `Promise${AWAIT}`],
    ['a thenable', js('thenable'), `object${AWAIT}`],
  ].map(([name, pack, received]) => ({
    rules: 'E3.2-1, E4.1-5',
    name: `the pack is ${name}`,
    rule: 'ERRORS 4.1',
    ctx: { pack },
    issues: [wrong('pack', 'object', received)],
  })),
  {
    rules: 'F7.3-1',
    name: 'the pack is a Map, an object without members',
    rule: 'FORMAT 7.3',
    ctx: { pack: js('Map') },
    issues: strings(['packKey', 'version', 'title'], 'undefined'),
  },
  ...[...OF_EACH_TYPE, NULL].map(([name, value, received]) => ({
    rules: 'F7.1-9, E3-4, E4.1-1, E5-2',
    name: `every member of the pack is ${name}`,
    rule: 'ERRORS 5',
    ctx: { pack: set([...STRINGS, ...LISTS], value) },
    issues: [
      ...strings(['packKey', 'version', 'title'], received),
      ...strings(['description'], optional(received)),
      ...(received === 'array' ? [] : lists(optional(received))),
    ],
  })),
  {
    name: 'an empty packKey of the pack',
    rule: 'ERRORS 4.2',
    ctx: { pack: { ...PACK, packKey: '' } },
    issues: [empty('pack.packKey')],
  },
  {
    rules: 'F3-2, E4-2',
    name: 'a pack without members',
    rule: 'FORMAT 3',
    ctx: { pack: {} },
    issues: strings(['packKey', 'version', 'title'], 'undefined'),
  },
  {
    name: 'lists of the pack are strings',
    rule: 'FORMAT 3',
    ctx: { pack: { ...PACK, owners: 'team.shop', tags: 'a', sources: 'b' } },
    issues: lists('string'),
  },
  {
    name: 'lists of the pack are array-like objects',
    rule: 'FORMAT 3',
    ctx: { pack: { ...PACK, owners: { length: 0 }, tags: js('Set'), sources: js('Uint8Array') } },
    issues: ['object', 'Set', 'Uint8Array'].map((received, at) => wrong(`pack.${LISTS[at]}`, 'array', received)),
  },
  {
    name: "elements of the pack's lists",
    rule: 'FORMAT 3',
    ctx: {
      pack: {
        ...PACK,
        owners: ['a', 5, null, js('undefined'), js('hole')],
        tags: [js('NaN'), [], DATE],
        sources: [5, null, [], 'b', js('undefined'), js('hole'), js('function')],
      },
    },
    issues: [
      ...['number', 'null', 'undefined', 'undefined'].map((received, at) =>
        wrong(`pack.owners.${at + 1}`, 'string', received),
      ),
      ...['NaN', 'array', 'Date'].map((received, at) => wrong(`pack.tags.${at}`, 'string', received)),
      ...['number', 'null', 'array', 'string', 'undefined', 'undefined', 'function'].map((received, at) =>
        wrong(`pack.sources.${at}`, 'object', received),
      ),
    ],
  },
  {
    rules: 'F3-3, E4.1-7',
    name: 'members of sources',
    rule: 'FORMAT 3',
    ctx: {
      pack: {
        ...PACK,
        sources: [
          {},
          { kind: '', key: '' },
          { kind: 5, key: null, version: 5, required: 'yes', description: [] },
          { kind: 'k', key: 'y', version: null, required: null, description: null },
          { kind: 'k', key: 'y', required: 1 },
        ],
      },
    },
    issues: [
      wrong('pack.sources.0.kind', 'string', 'undefined'),
      wrong('pack.sources.0.key', 'string', 'undefined'),
      empty('pack.sources.1.kind'),
      empty('pack.sources.1.key'),
      wrong('pack.sources.2.kind', 'string', 'number'),
      wrong('pack.sources.2.key', 'string', 'null'),
      wrong('pack.sources.2.version', 'string', 'number'),
      wrong('pack.sources.2.required', 'boolean', 'string'),
      wrong('pack.sources.2.description', 'string', 'array'),
      wrong('pack.sources.3.version', 'string', ABSENT),
      wrong('pack.sources.3.required', 'boolean', ABSENT),
      wrong('pack.sources.3.description', 'string', ABSENT),
      wrong('pack.sources.4.required', 'boolean', 'number'),
    ],
  },
  {
    rules: 'E4.2-3, E4.1-7',
    name: 'optional members of the pack must not be null',
    rule: 'ERRORS 4.2',
    ctx: { pack: { ...PACK, description: null, owners: null, tags: null, sources: null } },
    issues: [...strings(['description'], ABSENT), ...lists(ABSENT)],
  },
];
