// Patterns of `include` and `exclude` (FOLDER 2.2).
//
// Why not a library: the same pattern must take the same files on every machine and in every language, and libraries differ in corners that
// no page describes (quotes, parentheses, `**` inside of a name). How: alternatives are expanded, and what is left becomes a regular
// expression, name by name. What has no meaning is refused, so nobody relies on it.

/** Most patterns that the alternatives of one may give. */
const MOST = 1024;
/** Most that all patterns of a config may give, and most UTF-16 units of these. */
const MOST_OF_ALL = 4096;
const MOST_UNITS = 250_000;

// D2.2-4
/** Returns where the `]` of a class is, whose `[` is at `open`. */
function classEnd(text, open) {
  let at = open + 1;
  if (text[at] === '!' || text[at] === '^') at++;
  // A ] at the beginning is a member.
  const end = text.indexOf(']', at + 1);
  if (end < 0) throw new Error('A [ has no ] after it; write [[] for the character');
  return end;
}

/** Splits `{a,b}` into the text before it, the alternatives, and the text after it; undefined if there is none. */
function firstGroup(text) {
  let open = -1;
  let depth = 0;
  let from = 0;
  const parts = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '[') at = classEnd(text, at);
    else if (character === '{') {
      if (depth++ === 0) {
        open = at;
        from = at + 1;
      }
    } else if (character === '}') {
      if (depth-- === 0) throw new Error('A } has no { before it; write [}] for the character');
      if (depth === 0) {
        parts.push(text.slice(from, at));
        return [text.slice(0, open), parts, text.slice(at + 1)];
      }
    } else if (character === ',' && depth === 1) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  if (depth > 0) throw new Error('A { has no } after it; write [{] for the character');
  return undefined;
}

/**
 * Returns the patterns without alternatives that a pattern stands for.
 *
 * @param total `{ patterns, units }` of those before it, to which its own are added: a small config could stand for gigabytes otherwise
 */
// D2.2-2
function expanded(pattern, total) {
  const done = [];
  const open = [pattern];
  const assertFew = (units) => {
    if (total.patterns + done.length <= MOST_OF_ALL && units <= MOST_UNITS) return;
    throw new Error('All patterns together stand for at most 4,096, with 250,000 characters');
  };
  // Each character is in one of them, except for the marks of the alternatives, which are few.
  assertFew(pattern.length - 4 * MOST);
  while (open.length > 0) {
    const text = open.pop();
    const group = firstGroup(text);
    if (group === undefined) {
      done.push(text);
      total.units += text.length;
      assertFew(total.units);
    } else {
      const [before, parts, after] = group;
      if (parts.length === 1)
        throw new Error(`{${parts[0]}} has one alternative; write {a,b}, or [{] for the character`);
      for (const part of parts) open.push(before + part + after);
    }
    if (done.length + open.length > MOST) throw new Error(`A pattern has at most ${MOST} alternatives`);
  }
  total.patterns += done.length;
  return done;
}

/** Any characters of a name. */
const STAR = Symbol('*');
/** Any names, one after the other. */
const NAMES = Symbol('**');

/** Returns a function that says if a character is in a class: `text` is what stands between its brackets. */
function classOf(text) {
  const isNegated = text[0] === '!' || text[0] === '^';
  const characters = [...(isNegated ? text.slice(1) : text)];
  const ranges = [];
  for (let at = 0; at < characters.length; at++) {
    const from = characters[at];
    const isRange = characters[at + 1] === '-' && at + 2 < characters.length;
    if (isRange) at += 2;
    const to = characters[at];
    const range = [from.codePointAt(0), to.codePointAt(0)];
    if (range[1] < range[0]) throw new Error(`The range ${from}-${to} is empty`);
    ranges.push(range);
  }
  return (character) => {
    const code = character.codePointAt(0);
    return ranges.some(([from, to]) => code >= from && code <= to) !== isNegated;
  };
}

// D2.2-3
/** Reads the pattern of one name: a list of `STAR`, and of functions that say if a character fits. */
function nameParts(name) {
  if (name.includes('**')) throw new Error('** is a name of its own, as in docs/**/*.md; inside of a name write *');
  const parts = [];
  for (let at = 0; at < name.length; at++) {
    if (name[at] === '[') {
      const end = classEnd(name, at);
      parts.push(classOf(name.slice(at + 1, end)));
      at = end;
    } else if (name[at] === '*') parts.push(STAR);
    else if (name[at] === '?') parts.push(() => true);
    else {
      const wanted = String.fromCodePoint(name.codePointAt(at));
      at += wanted.length - 1;
      parts.push((character) => character === wanted);
    }
  }
  return parts;
}

/** Returns true if a name fits. Only the last `*` ever takes more: what fits behind it also fits behind the ones before. */
function fits(parts, name) {
  const characters = [...name];
  let part = 0;
  let at = 0;
  let star = -1;
  let taken = 0;
  while (at < characters.length) {
    if (parts[part] === STAR) {
      star = part++;
      taken = at;
    } else if (part < parts.length && parts[part](characters[at])) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++taken;
    } else return false;
  }
  while (parts[part] === STAR) part++;
  return part === parts.length;
}

/**
 * Reads a pattern without alternatives. Returns a function that takes the names of a path and returns `isWhole`, if the pattern matches it,
 * and `isBeginning`, if it may match a path below.
 */
function readPath(pattern, seesDot) {
  const parts = pattern.split('/').map((name) => {
    if (name === '**') return NAMES;
    // D2.2-5
    const isWild = !seesDot && '*?['.includes(name[0]);
    const own = nameParts(name);
    return (given) => !(isWild && given[0] === '.') && fits(own, given);
  });
  const last = parts.length - 1;
  const mayTake = (name) => seesDot || name[0] !== '.';
  // The parts that may come next; `**` may also take nothing, except at the end.
  const begin = (states, part) => {
    states.add(part);
    if (parts[part] === NAMES && part < last) begin(states, part + 1);
  };
  return (names) => {
    let states = new Set();
    begin(states, 0);
    for (const name of names) {
      const next = new Set();
      for (const part of states) {
        if (parts[part] === NAMES) {
          if (!mayTake(name)) continue;
          begin(next, part);
          if (part === last) next.add(parts.length);
        } else if (part < parts.length && parts[part](name)) begin(next, part + 1);
      }
      states = next;
    }
    const isWhole = states.delete(parts.length);
    return { isWhole, isBeginning: states.size > 0 };
  };
}

const NO_NAMES = /^(?:\.\.?)?$/;

/**
 * Reads a pattern. Throws an `Error` that says what is wrong with it.
 *
 * @param seesDot true if wildcards take a dot at the beginning of a name
 * @param total counts what all patterns of a config stand for
 * @returns `matches(path)`; `reaches(path)`: if it can take a path below a folder; `covers(path)`: if it takes all of them
 */
export function readPattern(text, seesDot, total = { patterns: 0, units: 0 }) {
  // D2.2-6
  if (text.startsWith('!')) throw new Error('A pattern cannot be negated; use "exclude"');
  if (text.includes('\\')) throw new Error('A pattern has / between names, and no \\; write [*] for the character *');
  const patterns = expanded(text, total);
  for (const pattern of patterns) {
    if (pattern.startsWith('/')) throw new Error('A pattern is relative to the folder, without / at the beginning');
    if (pattern.endsWith('/'))
      throw new Error('A pattern matches files; for all files of a folder write ** after the /');
    if (pattern.split('/').some((name) => NO_NAMES.test(name)))
      throw new Error('A name in a pattern must not be empty, nor be . or ..');
  }
  const readers = patterns.map((pattern) => readPath(pattern, seesDot));
  const covering = patterns
    .filter((pattern) => pattern.endsWith('/**'))
    .map((pattern) => readPath(pattern.slice(0, -'/**'.length), seesDot));
  return {
    // D2.2-1
    matches: (path) => some(readers, path, 'isWhole'),
    reaches: (path) => some(readers, path, 'isBeginning'),
    covers: (path) => some(covering, path, 'isWhole'),
  };
}

function some(readers, path, what) {
  const names = path.split('/');
  return readers.some((read) => read(names)[what]);
}
