// FORMAT 7: values that are not JSON, in content and in metadata.

import { LEAVE_OUT, wrong } from '../messages.js';
import { item } from '../parts.js';
import { elsewhere, js, NO_OBJECT, NOT_JSON } from './values.js';

const about = (itemId, members) => item(itemId, { sourceKey: 'wiki/a', content: 'All about a.', ...members });
const json = (path, received) => wrong(path, 'JSON value', received);
const asked = (metadata) => ({ packKey: 'shop.handbook', metadata });
const all = NOT_JSON.map(([, value]) => value);
const members = Object.fromEntries(all.map((value, at) => [`m${at}`, value]));
const inList = (path) => NOT_JSON.map(([, , received], at) => json(`${path}.all.${at}`, received));
const inMembers = (path) => NOT_JSON.map(([, , received], at) => json(`${path}.m${at}`, received));
const TEXT = ['"text"', 'text', 'string'];

export default [
  ...NOT_JSON.map(([name, value, received]) => ({
    rules: 'F7.2-1, E4.1-2',
    name: `deep in content: ${name}`,
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a'), about('b', { content: { x: [0, { y: value }] } })] },
    issues: [json('items.1.content.x.1.y', received)],
  })),
  {
    name: 'an array of all values that are not JSON, in content',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { content: { all } })] },
    issues: inList('items.0.content'),
  },
  {
    name: 'an array of all values that are not JSON, in the metadata of an item',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a'), about('b', { metadata: { all } })] },
    issues: inList('items.1.metadata'),
  },
  {
    name: 'an array of all values that are not JSON, in the metadata of the input',
    rule: 'FORMAT 7.2',
    input: asked({ all }),
    issues: inList('metadata'),
  },
  {
    name: 'members with all values that are not JSON, in content',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { content: members })] },
    issues: inMembers('items.0.content'),
  },
  {
    name: 'members with all values that are not JSON, in the metadata of an item',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { metadata: members })] },
    issues: inMembers('items.0.metadata'),
  },
  {
    name: 'members with all values that are not JSON, in the metadata of the input',
    rule: 'FORMAT 7.2',
    input: asked(members),
    issues: inMembers('metadata'),
  },
  ...[...NO_OBJECT, ...NOT_JSON].map(([name, content, received]) => ({
    rules: 'F1.1-1, F7.1-9, E4.1-1',
    name: `content is ${name}`,
    rule: 'FORMAT 1.1',
    ctx: { items: [item('a', { content })] },
    issues: [wrong('items.0.content', 'string or object', elsewhere(received))],
  })),
  ...[
    ['content is missing', undefined],
    ['content is undefined', js('undefined')],
  ].map(([name, content]) => ({
    name,
    rule: 'ERRORS 4.2',
    ctx: { items: [item('a', { content })] },
    issues: [wrong('items.0.content', 'string or object', 'undefined')],
  })),
  {
    name: 'the metadata of an item is not a record',
    rule: 'FORMAT 1.1',
    ctx: { items: [TEXT, ...NO_OBJECT, ...NOT_JSON].map(([, metadata], at) => about(`i${at}`, { metadata })) },
    issues: [TEXT, ...NO_OBJECT, ...NOT_JSON].map(([, , received], at) =>
      wrong(`items.${at}.metadata`, 'record', received === 'null' ? `null${LEAVE_OUT}` : elsewhere(received)),
    ),
  },
  ...[TEXT, ...NO_OBJECT, ...NOT_JSON].map(([name, metadata, received]) => ({
    rules: 'E4.1-1',
    name: `the metadata of the input is ${name}`,
    rule: 'ERRORS 4.1',
    input: asked(metadata),
    issues: [wrong('metadata', 'record', elsewhere(received))],
  })),
  {
    rules: 'F7.1-4, F7.2-4',
    name: 'a hole and undefined in arrays',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { content: { list: [1, js('hole'), js('undefined'), [js('hole')], null] } })] },
    issues: ['1', '2', '3.0'].map((at) => json(`items.0.content.list.${at}`, 'undefined')),
  },
  {
    name: "a hole in an array of the input's metadata",
    rule: 'FORMAT 7.2',
    input: asked({ list: [js('hole'), 1] }),
    issues: [json('metadata.list.0', 'undefined')],
  },
  {
    name: "a hole in an array of an item's metadata",
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { metadata: { list: [1, js('hole')] } })] },
    issues: [json('items.0.metadata.list.1', 'undefined')],
  },
  {
    rules: 'F7.2-1',
    name: 'an own toJSON',
    rule: 'FORMAT 7.2',
    ctx: {
      items: [
        item('a', {
          content: { toJSON: js('function') },
          metadata: { d: { toJSON: js('function'), b: 1 } },
        }),
      ],
    },
    issues: [json('items.0.content.toJSON', 'function'), json('items.0.metadata.d.toJSON', 'function')],
  },
  {
    name: 'a thenable inside content is an object with a function',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { content: { x: js('thenable') } })] },
    issues: [json('items.0.content.x.then', 'function')],
  },
];
