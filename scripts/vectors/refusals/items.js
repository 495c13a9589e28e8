// ERRORS 3, stages 5 and 6: items, duplicate ids, and required sources without an item.

import {
  AWAIT,
  COLLECT,
  duplicate,
  empty,
  halfPair,
  LEAVE_OUT,
  NO_VERSION,
  noItem,
  OTHER_FORM,
  otherKind,
  otherVersion,
  wrong,
} from '../messages.js';
import { item, PACK } from '../parts.js';
import { OF_ITEMS } from './times.js';
import { DATE, js, NULL, OF_EACH_TYPE } from './values.js';

const about = (itemId, members) => item(itemId, { sourceKey: 'wiki/a', content: 'All about a.', ...members });
/** The members of an item in the order of ERRORS 5, and the expected type of each. */
const MEMBERS = {
  itemId: 'string',
  kind: 'string',
  sourceKey: 'string',
  sourceVersion: 'string',
  content: 'string or object',
  textContent: 'string',
  metadata: 'record',
  createdAt: 'date',
};
const RIGHT = { object: ['content', 'metadata'], Date: ['createdAt'] };
const OPTIONAL = ['sourceVersion', 'textContent', 'metadata', 'createdAt'];
const wrongMembers = (names, received) =>
  names.map((name) => {
    const hint = received === 'null' && OPTIONAL.includes(name) ? LEAVE_OUT : '';
    return wrong(`items.0.${name}`, MEMBERS[name], `${received}${hint}`);
  });
const twice = (at, first) => duplicate(`items.${at}.itemId`, `items.${first}`);
const schema = (key, members = {}) => ({ kind: 'schema', key, ...members });
const sources = (list, items) => ({ pack: { ...PACK, sources: list }, ...(items && { items }) });
const precondition = (name, ctx, issues) => ({ name, rule: 'FORMAT 3', code: 'PRECONDITION_FAILED', ctx, issues });

export default [
  ...[
    ['"text"', 'text', 'string'],
    ['""', '', 'string'],
    ['5', 5, 'number'],
    ['true', true, 'boolean'],
    NULL,
    ['undefined', js('undefined'), 'undefined'],
    ['{}', {}, 'object'],
    ['Thing', js('Thing'), 'Thing'],
    ['WeakMap', js('WeakMap'), 'WeakMap'],
    ['Date 0', DATE, 'Date'],
    ['{"length":0}', { length: 0 }, 'object'],
    ['symbol', js('symbol'), 'symbol'],
    ['Promise', js('Promise'), `Promise${AWAIT}`],
    ['thenable', js('thenable'), `object${AWAIT}`],
    ['async iterable', js('async iterable'), `object${COLLECT}`],
    ['function', js('function'), 'function'],
    ['an async generator', js('AsyncGenerator'), `AsyncGenerator${COLLECT}`],
  ].map(([name, items, received]) => ({
    rules: 'F13-2, E4.1-5, E4.1-6',
    name: `items are ${name}`,
    rule: 'ERRORS 4.1',
    ctx: { items },
    issues: [wrong('items', 'iterable', received)],
  })),
  {
    name: 'a context without items',
    rule: 'ERRORS 4.1',
    ctx: { items: undefined },
    issues: [wrong('items', 'iterable', 'undefined')],
  },
  {
    rules: 'F13-3, E3-5, E4.1-5',
    name: 'values that are not items',
    rule: 'ERRORS 4.1',
    ctx: {
      items: [
        ...[item('a'), 5, null, true, [], js('undefined'), js('hole'), js('symbol'), js('function')],
        ...[js('Promise'), js('thenable')],
      ],
    },
    issues: [
      ...['number', 'null', 'boolean', 'array', 'undefined', 'undefined', 'symbol', 'function'],
      ...[`Promise${AWAIT}`, `object${AWAIT}`],
    ].map((received, at) => wrong(`items.${at + 1}`, 'object', received)),
  },
  {
    name: 'items from a generator',
    rule: 'ERRORS 4.1',
    ctx: { items: js('Generator', { values: [item('a'), 5, about('')] }) },
    issues: [wrong('items.1', 'object', 'number'), empty('items.2.itemId')],
  },
  {
    name: 'items in a typed array',
    rule: 'ERRORS 4.1',
    ctx: { items: js('Uint8Array') },
    issues: [wrong('items.0', 'object', 'number'), wrong('items.1', 'object', 'number')],
  },
  {
    name: 'entries of a Map',
    rule: 'ERRORS 4.1',
    ctx: { items: js('Map') },
    issues: [wrong('items.0', 'object', 'array')],
  },
  ...[
    ['an item without members', {}],
    ['an item that is a Map, an object without members', js('Map')],
  ].map(([name, one]) => ({
    name,
    rule: 'FORMAT 1.1',
    ctx: { items: [one] },
    issues: wrongMembers(['itemId', 'kind', 'sourceKey', 'content'], 'undefined'),
  })),
  {
    rules: 'F1.1-1, E4-3',
    name: 'empty strings of an item',
    rule: 'FORMAT 1.1',
    ctx: { items: [{ itemId: '', kind: '', sourceKey: '', content: '' }] },
    issues: ['itemId', 'kind', 'sourceKey'].map((name) => empty(`items.0.${name}`)),
  },
  ...[...OF_EACH_TYPE, NULL].map(([name, value, received]) => ({
    rules: 'E4.1-1, E4.1-7, E5-3, E5-7',
    name: `every member of an item is ${name}`,
    rule: 'ERRORS 5',
    ctx: {
      items: [
        Object.fromEntries(
          Object.keys(MEMBERS)
            .toReversed()
            .map((member) => [member, value]),
        ),
      ],
    },
    issues: wrongMembers(
      Object.keys(MEMBERS).filter((member) => !RIGHT[received]?.includes(member)),
      received,
    ),
  })),
  {
    rules: 'E4.2-3',
    name: 'optional members of an item must not be null',
    rule: 'ERRORS 4.2',
    ctx: { items: [item('a', { sourceVersion: null, textContent: null, metadata: null, createdAt: null })] },
    issues: wrongMembers(OPTIONAL, 'null'),
  },
  ...OF_ITEMS,
  {
    rules: 'E5-3',
    name: 'issues of several items',
    rule: 'ERRORS 5',
    ctx: {
      items: [item('a', { kind: 5 }), item('a'), about('c', { kind: '', content: { b: js('NaN'), a: js('Map') } }), 5],
    },
    issues: [
      wrong('items.0.kind', 'string', 'number'),
      twice(1, 0),
      empty('items.2.kind'),
      wrong('items.2.content.b', 'JSON value', 'NaN'),
      wrong('items.2.content.a', 'JSON value', 'Map'),
      wrong('items.3', 'object', 'number'),
    ],
  },
  {
    rules: 'F2.1-2, E4-13, E6-2',
    name: 'an itemId twice',
    rule: 'FORMAT 2.1',
    ctx: { items: [item('a'), about('b'), item('a', { content: 'another' })] },
    issues: [twice(2, 0)],
  },
  {
    name: 'an itemId three times',
    rule: 'FORMAT 2.1',
    ctx: { items: [about('b'), item('a'), item('a'), about('c'), item('a')] },
    issues: [twice(2, 1), twice(4, 1)],
  },
  {
    name: 'two itemIds twice',
    rule: 'FORMAT 2.1',
    ctx: { items: [item('a'), about('b'), about('b'), item('a')] },
    issues: [twice(2, 1), twice(3, 0)],
  },
  {
    name: 'a duplicate whose other members are wrong',
    rule: 'ERRORS 5',
    ctx: { items: [item('a'), { itemId: 'a', kind: 5, sourceKey: '', content: 5 }] },
    issues: [
      twice(1, 0),
      wrong('items.1.kind', 'string', 'number'),
      empty('items.1.sourceKey'),
      wrong('items.1.content', 'string or object', 'number'),
    ],
  },
  {
    rules: 'E5-7',
    name: 'a duplicate of an item whose other members are wrong',
    rule: 'ERRORS 5',
    ctx: { items: [item('a', { content: null }), item('a')] },
    issues: [wrong('items.0.content', 'string or object', 'null'), twice(1, 0)],
  },
  {
    name: 'empty and wrong itemIds are not duplicates',
    rule: 'ERRORS 5',
    ctx: { items: ['', '', 5, 5, '\ud800', '\ud800'].map((itemId) => about(itemId)) },
    issues: [
      empty('items.0.itemId'),
      empty('items.1.itemId'),
      wrong('items.2.itemId', 'string', 'number'),
      wrong('items.3.itemId', 'string', 'number'),
      halfPair('items.4.itemId', 0),
      halfPair('items.5.itemId', 0),
    ],
  },
  {
    name: 'duplicates above U+FFFF',
    rule: 'FORMAT 2.1',
    ctx: { items: ['😀', '\ue000', '😀'].map((itemId) => about(itemId)) },
    issues: [twice(2, 0)],
  },
  precondition('a required source without an item', sources([schema('db/orders', { required: true })]), [
    noItem('pack.sources.0', 'schema db/orders'),
  ]),
  precondition(
    'a required source whose item has another version',
    sources(
      [schema('db/orders', { version: '2', required: true }), schema('db/orders', { required: true })],
      [item('a', { kind: 'schema', sourceKey: 'db/orders', sourceVersion: '1' })],
    ),
    [noItem('pack.sources.0', 'schema db/orders@2', otherVersion('1'))],
  ),
  precondition(
    'a required source whose item has no version',
    sources(
      [schema('db/orders', { version: '', required: true })],
      [item('a', { kind: 'schema', sourceKey: 'db/orders' })],
    ),
    [noItem('pack.sources.0', 'schema db/orders@', NO_VERSION)],
  ),
  precondition(
    'a required source whose item has another kind',
    sources([schema('db/orders', { required: true })], [item('a', { kind: 'Schema', sourceKey: 'db/orders' })]),
    [noItem('pack.sources.0', 'schema db/orders', otherKind('Schema'))],
  ),
  precondition(
    'a required source whose item has its key in another normalization',
    sources([schema('caf\u00e9', { required: true })], [item('a', { kind: 'schema', sourceKey: 'cafe\u0301' })]),
    [noItem('pack.sources.0', 'schema caf\u00e9', OTHER_FORM)],
  ),
  precondition(
    'several required sources, in the order of the pack',
    sources(
      [
        schema('z', { required: true }),
        schema('none', { required: false }),
        schema('a', { version: '1', required: true }),
        schema('b'),
        schema('m', { required: true }),
      ],
      [item('a', { kind: 'schema', sourceKey: 'm', sourceVersion: '7' })],
    ),
    [noItem('pack.sources.0', 'schema z'), noItem('pack.sources.2', 'schema a@1')],
  ),
  precondition(
    'the same required source twice',
    sources([schema('z', { required: true }), schema('z', { required: true })]),
    [noItem('pack.sources.0', 'schema z'), noItem('pack.sources.1', 'schema z')],
  ),
  precondition('a required source and no items', sources([schema('z', { required: true })], []), [
    noItem('pack.sources.0', 'schema z'),
  ]),
];
