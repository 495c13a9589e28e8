// `refusals.json`: the errors for inputs and contexts that are refused.
//
// Each case changes a base; undefined removes a member. The expected error is written by hand for each case, with the texts of
// ../messages.js. `rule` names the section that the case follows from.

import { item, PACK } from '../parts.js';
import { RULES, ruled } from '../rules.js';
import items from './items.js';
import json from './json.js';
import numbersAndStages from './numbers-and-stages.js';
import pack from './pack.js';
import paths from './paths.js';
import request from './request.js';
import strings from './strings.js';
import times from './times.js';

/** ERRORS 2. */
const STATUS = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  PRECONDITION_FAILED: 412,
  VALIDATION_FAILED: 422,
};
const BASE = { actor: 'admin', pack: PACK, items: [item('a')] };

/** Makes the context of a case. Pack and items come last, because they are the longest. */
function contextOf(changes) {
  if (changes === null) return null;
  const { pack, items, ...rest } = { ...BASE, ...changes };
  const all = Object.entries({ ...rest, pack, items });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

const cases = [json, strings, paths, request, times, pack, items, numbersAndStages].flatMap(ruled);
export const refusals = cases.map(
  ({ name, rule, rules, input = { packKey: 'shop.handbook' }, ctx, code = 'VALIDATION_FAILED', issues }) => ({
    ...{ name, rule, [RULES]: rules, input, ctx: contextOf(ctx), status: STATUS[code], code, issues },
  }),
);
