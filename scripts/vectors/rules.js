// The ids of the rules that cases test, for the manifest.
//
// How: a mark in a list, `cites('<id>, <id>')`, is about the cases that follow it, up to the next mark or to a case that names
// its own in a member `rules`; `cites()` ends it, too. A case without any follows from its section alone.

/** The member of a finished case that holds its ids. It is a symbol, so that the case is written without it. */
export const RULES = Symbol('rules');

class Mark {
  constructor(rules) {
    this.rules = rules;
  }
}
/** Makes a mark in a list of cases. */
export const cites = (rules) => new Mark(rules);

/** Gives each case of a list the rules of the mark before it, unless it has its own, and removes the marks. */
export function ruled(list) {
  let rules;
  return list.filter((one) => {
    const isMark = one instanceof Mark;
    if (isMark || one.rules !== undefined) rules = isMark ? one.rules : undefined;
    else one.rules = rules;
    return !isMark;
  });
}

/** Lists the ids of a finished case. */
export const idsOf = ({ [RULES]: rules }) => rules?.split(', ') ?? [];
