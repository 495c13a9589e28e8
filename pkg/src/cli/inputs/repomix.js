// Reads what repomix writes: files of a repository, packed into one JSON or XML file.
//
// How: its JSON has `files`, an object from path to text. Its XML does not escape the texts, so a text that looks like the end of an entry and the
// beginning of the next one is read as two entries. Nobody can tell them apart: prefer the JSON for files that are not your own.

import { EXIT, Failure } from '../failure.js';
import { shown } from '../shown.js';
import { readObject, readText } from './json.js';
import { nameOf } from './lines.js';

const itemOf = (path, content) => ({
  ...{ itemId: path, kind: 'external', sourceKey: path, content },
  metadata: { bytes: Buffer.byteLength(content) },
});

export function repomixJson(file) {
  const { files } = readObject(file);
  if (files === null || typeof files !== 'object' || Array.isArray(files)) {
    throw new Failure(EXIT.input, 'This is not JSON of repomix: it has no object "files"', { file: nameOf(file) });
  }
  return Object.entries(files).map(([path, content]) => {
    if (typeof content === 'string') return itemOf(path, content);
    throw new Failure(EXIT.input, 'A file of repomix is a string', { file: nameOf(file) });
  });
}

const START = /^<file path="([^"]+)">$/;
const END = '</file>';

/** Reads the entries line by line: one ends at the last `</file>` before the next begins, or before the list ends. */
export function repomixXml(file) {
  const lines = readText(file).replaceAll('\r\n', '\n').split('\n');
  const fail = (message, at) => new Failure(EXIT.input, message, { file: nameOf(file), line: at + 1 });
  const first = lines.indexOf('<files>');
  const last = lines.lastIndexOf('</files>');
  if (first < 0 || last < first) throw fail('This is not XML of repomix: it has no <files> with its </files>', 0);
  const items = [];
  let path;
  let start;
  // The last line that is not blank.
  let before;
  const finish = (at) => {
    if (path === undefined) return;
    if (lines[before] !== END) throw fail(`The file ${shown(path)} does not end with ${END}`, at);
    items.push(itemOf(path, lines.slice(start, before).join('\n')));
  };
  for (let at = first + 1; at < last; at++) {
    const found = START.exec(lines[at]);
    if (found !== null && (path === undefined || lines[before] === END)) {
      finish(at);
      path = found[1];
      start = at + 1;
    }
    if (lines[at].trim() !== '') before = at;
  }
  if (path === undefined) throw fail('This is not XML of repomix: it has no <file path="…">', first);
  finish(last);
  return items;
}
