// FORMAT 9.2: an unpaired surrogate in each string and name.

import { halfPair, wrong } from '../messages.js';
import { item } from '../parts.js';
import { js } from './values.js';

/** Positions of the unpaired surrogate in the string, by the name of the case. */
const HALVES = {
  'a first half alone': ['\ud800', 0],
  'a second half alone': ['\udc00', 0],
  'at the end': ['abc\udbff', 3],
  'swapped halves': ['a\udc00\ud800', 1],
  'before a pair': ['\ud800😀', 0],
  'after a pair': ['😀\ude00', 2],
  'far inside': [`${'x'.repeat(20)}\ud912yyyyy`, 20],
  'after escaped characters': ['"\\\n€\udfff!', 4],
};
const OF_CONTEXT = 'userId tenantId organizationId workspaceId channel traceId idemKey snapshotId'.split(' ');
const asked = (metadata) => ({ packKey: 'shop.handbook', metadata });

export default [
  ...Object.entries(HALVES).flatMap(([name, [text, at]]) => [
    {
      rules: 'F9.2-5, E4-6',
      name: `unpaired surrogate: ${name}`,
      rule: 'FORMAT 9.2',
      input: asked({ s: text }),
      ctx: { items: [] },
      issues: [halfPair('metadata.s', at)],
    },
    {
      rules: 'F9.2-5, E4-6',
      name: `unpaired surrogate in content: ${name}`,
      rule: 'FORMAT 9.2',
      ctx: { items: [item('a', { content: text })] },
      issues: [halfPair('items.0.content', at)],
    },
  ]),
  {
    rules: 'F9.2-5',
    name: 'unpaired surrogates in every string of an item',
    rule: 'FORMAT 9.2',
    ctx: {
      items: [
        {
          ...{ itemId: 'a\ud800', kind: '\udc00', sourceKey: 'k\ud801', sourceVersion: '\ud802' },
          ...{ content: { a: ['\ud803'] }, textContent: 'tt\ud804', metadata: { m: '\ud805' } },
        },
      ],
    },
    issues: [
      halfPair('items.0.itemId', 1),
      halfPair('items.0.kind', 0),
      halfPair('items.0.sourceKey', 1),
      halfPair('items.0.sourceVersion', 0),
      halfPair('items.0.content.a.0', 0),
      halfPair('items.0.textContent', 2),
      halfPair('items.0.metadata.m', 0),
    ],
  },
  {
    rules: 'E6-2',
    name: 'unpaired surrogates in names',
    rule: 'ERRORS 6',
    ctx: { items: [item('a', { content: { 'n\ud800': 1, ok: { '\udc00x': 2 } }, metadata: { 'ab\ud83d': 3 } })] },
    issues: [
      halfPair('items.0.content.n\ufffd', 1),
      halfPair('items.0.content.ok.\ufffdx', 0),
      halfPair('items.0.metadata.ab\ufffd', 2),
    ],
  },
  {
    name: "unpaired surrogates in names of the input's metadata, one of them with a wrong value",
    rule: 'ERRORS 6',
    input: asked({ '\udfff': js('NaN'), b: { '\ud800': '\ud800' } }),
    issues: [
      halfPair('metadata.\ufffd', 0),
      wrong('metadata.\ufffd', 'JSON value', 'NaN'),
      halfPair('metadata.b.\ufffd', 0),
      halfPair('metadata.b.\ufffd', 0),
    ],
  },
  {
    name: 'an unpaired surrogate in a long name',
    rule: 'ERRORS 6.2',
    input: asked(js('members', { entries: [[js('text', { unit: 'n\ud800', times: 40 }), 1]] })),
    issues: [halfPair(`metadata.${'n\ufffd'.repeat(40)}`, 1)],
  },
  {
    name: 'unpaired surrogates in every string of the input',
    rule: 'FORMAT 9.2',
    input: { packKey: 'shop.handbook', packVersion: '\ud800', reason: 'r\udc00', requestedBy: '\udc00' },
    issues: [halfPair('packVersion', 0), halfPair('reason', 1), halfPair('requestedBy', 0)],
  },
  {
    name: 'unpaired surrogates in every string of the context',
    rule: 'FORMAT 9.2',
    ctx: Object.fromEntries(OF_CONTEXT.map((name) => [name, `${name}\ud800`])),
    issues: OF_CONTEXT.map((name) => halfPair(name, name.length)),
  },
  {
    name: 'unpaired surrogates in every string of the pack',
    rule: 'FORMAT 9.2',
    ctx: {
      pack: {
        ...{ packKey: 'shop.handbook', version: '3.2', title: 't\ud800', description: '\ud800' },
        ...{ owners: ['o', '\ud800'], tags: ['\udc00'] },
        sources: [{ kind: 'k\ud800', key: '\ud800', version: '\ud800', description: 'dd\ud800' }],
      },
    },
    issues: [
      halfPair('pack.title', 1),
      halfPair('pack.description', 0),
      halfPair('pack.owners.1', 0),
      halfPair('pack.tags.0', 0),
      halfPair('pack.sources.0.kind', 1),
      halfPair('pack.sources.0.key', 0),
      halfPair('pack.sources.0.version', 0),
      halfPair('pack.sources.0.description', 2),
    ],
  },
  {
    name: "an unpaired surrogate in the input's packKey",
    rule: 'FORMAT 9.2',
    input: { packKey: 'k\ud800' },
    issues: [halfPair('packKey', 1)],
  },
  {
    name: "unpaired surrogates in the pack's packKey and version",
    rule: 'FORMAT 13',
    ctx: { pack: { packKey: '\ud800', version: '\ud800', title: 'Shop handbook' } },
    issues: [halfPair('pack.packKey', 0), halfPair('pack.version', 0)],
  },
];
