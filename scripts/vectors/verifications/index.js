// `verifications.json`: issues in the parts of a stored snapshot.
//
// Most cases give the issues by hand, and ./model.js computes them, too. Both must agree. Members are in canonical order, as
// a parser that sorts them would return them.

import { isDeepStrictEqual } from 'node:util';
import canonicalize from 'canonicalize';
import { RULES, ruled } from '../rules.js';
import * as comparisons from './comparisons.js';
import * as event from './event.js';
import * as good from './good.js';
import * as indexAndTrust from './index-and-trust.js';
import * as items from './items.js';
import * as limits from './limits.js';
import { verify } from './model.js';
import * as record from './record.js';
import * as replaced from './replaced.js';
import * as rootAndSources from './root-and-sources.js';

function finished({ name, rules, parts: changed, issues }, rule) {
  const parts = JSON.parse(canonicalize(changed));
  const expected = verify(parts);
  if (issues !== undefined && !isDeepStrictEqual(expected.issues, issues)) {
    const [computed, stated] = [expected.issues, issues].map((list) => JSON.stringify(list, null, 1));
    throw new Error(`${name}: the model finds\n${computed}\nbut the case states\n${stated}`);
  }
  return { name, rule, [RULES]: rules, parts, expected };
}

const themes = [good, record, comparisons, indexAndTrust, items, rootAndSources, event, limits, replaced];
export const verifications = themes.flatMap(({ rule, default: cases }) =>
  ruled(cases).map((one) => finished(one, rule)),
);
