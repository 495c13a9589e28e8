// ERRORS 3 and 5: how many issues are listed, and which stage reports first.

import { duplicate, empty, halfPair, listed, noItem, noTime, wrong } from '../messages.js';
import { item, PACK, times } from '../parts.js';
import { cites } from '../rules.js';
import { js } from './values.js';

const repeat = (count, value) => js('repeat', { times: count, value });
const nans = (count) => ({ list: repeat(count, js('NaN')) });
const inList = (path, count) => times(count, (at) => wrong(`${path}.list.${at}`, 'JSON value', 'NaN'));
const asked = (metadata, packKey = 'shop.handbook') => ({ packKey, metadata });
const wrongItems = (count) => times(count, (at) => wrong(`items.${at}`, 'object', 'number'));
const wrongUser = wrong('userId', 'string', 'number');
const required = { kind: 'schema', key: 'z', required: true };
const limit = (name, rest) => ({ name, rule: 'ERRORS 5', ...rest });
const stage = (name, rest) => ({ name, rule: 'ERRORS 3', ...rest });
/** Makes items with wrong values: `counts` in each item, of which `reported` are listed. */
const values = (name, counts, reported) =>
  limit(name, {
    ctx: {
      items: counts.map((count, at) => item('ab'[at], { sourceKey: 'wiki/a', content: nans(count) })),
    },
    issues: listed(reported.flatMap((count, at) => inList(`items.${at}.content`, count))),
  });

export default [
  cites('E4-16, E5-4, E5-6'),
  limit('more than 100 required sources', {
    code: 'PRECONDITION_FAILED',
    ctx: { pack: { ...PACK, sources: repeat(101, required) } },
    issues: listed(times(101, (at) => noItem(`pack.sources.${at}`, 'schema z'))),
  }),
  cites('E4-16, E5-6'),
  values('100 issues in one value', [100], [100]),
  values('101 issues in one value', [101], [101]),
  values('a million issues in one value', [1_000_000], [101]),
  values('100 issues in several items', [60, 40], [60, 40]),
  values('101 issues in several items', [60, 41], [60, 41]),
  limit('100 wrong items', { ctx: { items: repeat(100, 5) }, issues: wrongItems(100) }),
  limit('101 wrong items', { ctx: { items: repeat(101, 5) }, issues: listed(wrongItems(101)) }),
  limit('101 duplicates', {
    ctx: { items: repeat(102, item('a')) },
    issues: listed(times(101, (at) => duplicate(`items.${at + 1}.itemId`, 'items.0'))),
  }),
  limit('101 issues in the input', {
    input: asked(nans(100), ''),
    ctx: { userId: 5 },
    issues: listed([empty('packKey'), ...inList('metadata', 100)]),
  }),
  limit('100 issues in the input, one in the context', {
    input: asked(nans(100)),
    ctx: { userId: 5 },
    issues: listed([...inList('metadata', 100), wrongUser]),
  }),
  limit('99 issues in the input, one in the context', {
    input: asked(nans(99)),
    ctx: { userId: 5 },
    issues: [...inList('metadata', 99), wrongUser],
  }),
  limit('101 issues in the pack', {
    ctx: { pack: { ...PACK, owners: repeat(60, 5), tags: repeat(60, 5) } },
    issues: listed(
      ['owners', 'tags'].flatMap((name) => times(60, (at) => wrong(`pack.${name}.${at}`, 'string', 'number'))),
    ),
  }),
  limit('101 unpaired surrogates', {
    input: asked({ list: repeat(101, '\ud800') }),
    issues: listed(times(101, (at) => halfPair(`metadata.list.${at}`, 0))),
  }),
  limit('100 unpaired surrogates, then another issue', {
    input: asked({ list: repeat(100, '\ud800'), z: js('NaN') }),
    issues: listed([
      ...times(100, (at) => halfPair(`metadata.list.${at}`, 0)),
      wrong('metadata.z', 'JSON value', 'NaN'),
    ]),
  }),
  cites('E3-1, E3-7'),
  stage('an anonymous caller before everything else', {
    code: 'UNAUTHENTICATED',
    input: { packKey: '' },
    ctx: { actor: 'anonymous', now: 'x', pack: null, items: 5 },
    issues: [],
  }),
  cites('F13-7'),
  { name: 'no context', rule: 'FORMAT 13', code: 'UNAUTHENTICATED', input: null, ctx: null, issues: [] },
  cites('E3-1, E3-7'),
  stage('a user without the role before everything else', {
    code: 'FORBIDDEN',
    input: { packKey: '' },
    ctx: { actor: 'user', now: 'x', pack: null, items: 5 },
    issues: [],
  }),
  cites('E3-2, E3-7'),
  stage('a wrong input before a missing pack', {
    input: { packKey: '' },
    ctx: { pack: null, items: [5] },
    issues: [empty('packKey')],
  }),
  stage('a wrong time before a missing pack', {
    ctx: { now: 'x', pack: null, items: [5] },
    issues: [noTime('now')],
  }),
  cites('E3-3, E3-7'),
  stage('a missing pack before its items', {
    code: 'NOT_FOUND',
    ctx: { pack: null, items: [5] },
    issues: [],
  }),
  cites('E3-4, E3-7'),
  ...[
    ['a wrong pack before its items', [5]],
    ['a wrong pack before items that cannot be iterated', 5],
  ].map(([name, items]) =>
    stage(name, { ctx: { pack: { ...PACK, title: 5 }, items }, issues: [wrong('pack.title', 'string', 'number')] }),
  ),
  cites('E3-5, E3-7'),
  stage('wrong items before required sources', {
    ctx: { pack: { ...PACK, sources: [required] }, items: [5] },
    issues: [wrong('items.0', 'object', 'number')],
  }),
  stage('duplicates before required sources', {
    ctx: { pack: { ...PACK, sources: [required] }, items: [item('a'), item('a')] },
    issues: [duplicate('items.1.itemId', 'items.0')],
  }),
  cites('E3-6'),
  stage('required sources last', {
    code: 'PRECONDITION_FAILED',
    ctx: { pack: { ...PACK, sources: [required] } },
    issues: [noItem('pack.sources.0', 'schema z')],
  }),
];
