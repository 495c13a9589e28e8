// Patterns of `include` and `exclude` (FOLDER 2.2).
//
// Why not a library: the same pattern must take the same files on every machine and in every language, and libraries differ in corners that
// no page describes (quotes, parentheses, `**` inside of a name). How: alternatives are expanded, and what is left becomes a regular
// expression, name by name. What has no meaning is refused, so nobody relies on it.

/** Most patterns that the alternatives of one may give. */
const MOST = 1024;

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

/** Returns the patterns without alternatives that a pattern stands for. */
function expanded(pattern) {
  const done = [];
  const open = [pattern];
  while (open.length > 0) {
    const text = open.pop();
    const group = firstGroup(text);
    if (group === undefined) done.push(text);
    else {
      const [before, parts, after] = group;
      if (parts.length === 1)
        throw new Error(`{${parts[0]}} has one alternative; write {a,b}, or [{] for the character`);
      for (const part of parts) open.push(before + part + after);
    }
    if (done.length + open.length > MOST) throw new Error(`A pattern has at most ${MOST} alternatives`);
  }
  return done;
}

const literal = (character) => character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
const member = (character) => character.replace(/[\\^\]-]/, '\\$&');

/** Returns the expression of a class: `text` is what stands between its brackets. */
function classSource(text) {
  const isNegated = text[0] === '!' || text[0] === '^';
  const characters = [...(isNegated ? text.slice(1) : text)];
  let members = '';
  for (let at = 0; at < characters.length; at++) {
    const from = characters[at];
    const isRange = characters[at + 1] === '-' && at + 2 < characters.length;
    if (isRange) at += 2;
    const to = characters[at];
    if (to.codePointAt(0) < from.codePointAt(0)) throw new Error(`The range ${from}-${to} is empty`);
    members += `${member(from)}-${member(to)}`;
  }
  return isNegated ? `[^/${members}]` : `(?!/)[${members}]`;
}

const WILD = { '*': '[^/]*', '?': '[^/]' };

/** Returns the expression of one name. @param seesDot if a wildcard at its beginning takes a dot */
function nameSource(name, seesDot) {
  if (name.includes('**')) throw new Error('** is a name of its own, as in docs/**/*.md; inside of a name write *');
  // A name has at least one character.
  let source = !seesDot && '*?['.includes(name[0]) ? '(?=[^/])(?!\\.)' : '(?=[^/])';
  for (let at = 0; at < name.length; at++) {
    if (name[at] === '[') {
      const end = classEnd(name, at);
      source += classSource(name.slice(at + 1, end));
      at = end;
    } else source += WILD[name[at]] ?? literal(name[at]);
  }
  return source;
}

/** Returns the expression of a pattern without alternatives. */
function pathSource(pattern, seesDot) {
  const names = pattern.split('/');
  const some = seesDot ? '[^/]+' : '(?!\\.)[^/]+';
  const parts = names.map((name, at) => {
    const isLast = at === names.length - 1;
    if (name === '**') return isLast ? `${some}(?:/${some})*` : `(?:${some}/)*`;
    return nameSource(name, seesDot) + (isLast ? '' : '/');
  });
  return parts.join('');
}

/** Returns patterns of the folders in which a pattern may take a file. */
function beginnings(pattern) {
  const names = pattern.split('/');
  const folders = names.slice(1).map((_, at) => names.slice(0, at + 1).join('/'));
  return names.at(-1) === '**' ? [...folders, pattern] : folders;
}

/** Returns one expression for patterns without alternatives; without any, it matches nothing. */
const compiled = (patterns, seesDot) =>
  patterns.length === 0
    ? /(?!)/
    : new RegExp(`^(?:${patterns.map((one) => pathSource(one, seesDot)).join('|')})$`, 'su');

const NAMES = /^(?:\.\.?)?$/;

/**
 * Reads a pattern. Throws an `Error` that says what is wrong with it.
 *
 * @param seesDot true if wildcards take a dot at the beginning of a name
 * @returns `matches(path)`; `reaches(path)`: if it can take a path below a folder; `covers(path)`: if it takes all of them
 */
export function readPattern(text, seesDot) {
  if (text.startsWith('!')) throw new Error('A pattern cannot be negated; use "exclude"');
  if (text.includes('\\')) throw new Error('A pattern has / between names, and no \\; write [*] for the character *');
  const patterns = expanded(text);
  for (const pattern of patterns) {
    if (pattern.startsWith('/')) throw new Error('A pattern is relative to the folder, without / at the beginning');
    if (pattern.endsWith('/'))
      throw new Error('A pattern matches files; for all files of a folder write ** after the /');
    if (pattern.split('/').some((name) => NAMES.test(name)))
      throw new Error('A name in a pattern must not be empty, nor be . or ..');
  }
  const whole = compiled(patterns, seesDot);
  const above = compiled(patterns.flatMap(beginnings), seesDot);
  const covered = patterns.filter((one) => one.endsWith('/**')).map((one) => one.slice(0, -'/**'.length));
  const folders = compiled(covered, seesDot);
  return {
    matches: (path) => whole.test(path),
    reaches: (path) => above.test(path),
    covers: (path) => folders.test(path),
  };
}
