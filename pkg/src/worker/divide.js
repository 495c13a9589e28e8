// Divides text into the texts of items: JSON lines, a JSON array, or an object with a member `items`.
//
// Why not `JSON.parse`: the library reads each item strictly, from its own text, so a mistake in one item leaves the others as they are. How:
// only strings and brackets are looked at. The library decides whether each piece is JSON; if the text cannot be divided, it
// reports what is wrong with the whole text, with line and column.

import { canonicalizeJson } from '@lssm-tech/lib.context-snapshot';
import { parsedItem } from './parsed.js';

const STRUCTURE = /["[\]{}]/g;
const SCALAR = /[^\s,\]}]*/y;
const BLANKS = /[ \t\r\n]*/y;

/** Returns the items of a text as `{ texts, document }`: an iterable of texts, and the other members if it is an object with items. */
export function divide(text) {
  const start = skip(text, 0);
  const first = text[start];
  if (first === undefined) return { texts: [] };
  if (first === '[') return { texts: elements(text, start, (end) => assertEnd(text, end)) };
  if (first !== '{') refuse(text);
  return isOfLines(text, start) ? { texts: lines(text) } : object(text, start);
}

/** True if the first line is a whole object, and other lines follow. */
function isOfLines(text, start) {
  const newline = text.indexOf('\n', start);
  if (newline < 0 || skip(text, newline) === text.length) return false;
  const line = text.slice(start, newline);
  const end = endOf(line, 0);
  return end !== undefined && skip(line, end) === line.length;
}

function* lines(text) {
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(from, end);
    if (/[^ \t\r]/.test(line)) yield line;
    from = end + 1;
  }
}

/** Yields the elements of the array at `start`, and then calls `done` with its end. */
function* elements(text, start, done) {
  let at = skip(text, start + 1);
  if (text[at] === ']') return done(at + 1);
  for (;;) {
    const end = endOf(text, at) ?? refuse(text);
    yield text.slice(at, end);
    at = skip(text, end);
    if (text[at] === ']') return done(at + 1);
    if (text[at] !== ',') refuse(text);
    at = skip(text, at + 1);
  }
}

/** Removes the members that are null from canonical JSON: those that a store returns for absent ones. A text that is not an object stays as it is. */
export function withoutNulls(text) {
  if (text[0] !== '{') return text;
  const kept = [];
  members(text, 0, (from, value, to) => {
    if (text.slice(value, to) !== 'null') kept.push(text.slice(from, to));
  });
  return `{${kept.join(',')}}`;
}

/** Divides an object: an item, or a document that may have items. */
function object(text, start) {
  const others = [];
  let items;
  let isItem = false;
  const end = members(text, start, (from, value, to, name) => {
    const isItems = name === 'items' && text[value] === '[' && items === undefined;
    if (isItems) items = value;
    // In the place of the items, so that a second member of the name is refused as everywhere.
    others.push(isItems ? '"items":0' : text.slice(from, to));
    if (name === 'itemId') isItem = true;
  });
  assertEnd(text, end);
  if (items === undefined && isItem) return { texts: [text] };
  let document;
  try {
    document = parsedItem(`{"itemId":"-","kind":"-","sourceKey":"-","content":{${others.join(',')}}}`).content;
  } catch {
    refuse(text);
  }
  if (items === undefined) return { texts: [], document };
  const { items: _, ...rest } = document;
  return { texts: elements(text, items, () => {}), document: rest };
}

/** Calls `each` with where a member of the object at `start` begins, where its value does, where it ends, and its name. Returns where the object ends. */
function members(text, start, each) {
  let at = skip(text, start + 1);
  while (text[at] !== '}') {
    const nameEnd = text[at] === '"' ? endOf(text, at) : undefined;
    const colon = nameEnd === undefined ? refuse(text) : skip(text, nameEnd);
    if (text[colon] !== ':') refuse(text);
    const value = skip(text, colon + 1);
    const end = endOf(text, value) ?? refuse(text);
    each(at, value, end, nameOf(text.slice(at, nameEnd)));
    at = skip(text, end);
    if (text[at] === ',' && text[skip(text, at + 1)] === '"') at = skip(text, at + 1);
    else if (text[at] !== '}') refuse(text);
  }
  return at + 1;
}

/** Returns a name without its quotes and escapes. */
function nameOf(text) {
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch {
    // The library says what is wrong with it.
    return text;
  }
}

/** Returns where the value that begins at `at` ends, or undefined if it does not. */
function endOf(text, at) {
  const first = text[at];
  if (first === '"') return endOfString(text, at);
  if (first !== '{' && first !== '[') {
    SCALAR.lastIndex = at;
    SCALAR.test(text);
    return SCALAR.lastIndex > at ? SCALAR.lastIndex : undefined;
  }
  let depth = 0;
  for (STRUCTURE.lastIndex = at; ; ) {
    const found = STRUCTURE.exec(text);
    if (found === null) return undefined;
    const [mark] = found;
    if (mark === '"') {
      const end = endOfString(text, found.index);
      if (end === undefined) return undefined;
      STRUCTURE.lastIndex = end;
    } else if (mark === '{' || mark === '[') depth++;
    else if (--depth === 0) return found.index + 1;
  }
}

function endOfString(text, start) {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return undefined;
    let before = at;
    while (text[before - 1] === '\\') before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
}

function skip(text, at) {
  BLANKS.lastIndex = at;
  BLANKS.test(text);
  return BLANKS.lastIndex;
}

function assertEnd(text, at) {
  if (skip(text, at) < text.length) refuse(text);
}

/** Throws the library's error about the text, or that it has no items. */
function refuse(text) {
  canonicalizeJson(text);
  throw new TypeError(
    'This is not a list of items: expected JSON lines, a JSON array, or an object with a member items',
  );
}
