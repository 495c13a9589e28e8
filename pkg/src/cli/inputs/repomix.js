// Reads what repomix writes: files of a repository, packed into one JSON or XML file.
//
// How: its JSON has `files`, an object from path to text. Its XML does not escape the texts, so an entry ends where the next one begins, or
// the list ends. A path that is there twice means that a text had such an end in it, and is refused like any other duplicate.

import { EXIT, Failure } from '../failure.js';
import { readBytes, readObject } from './json.js';
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

const BLOCK = /^<files>\n([\s\S]*)^<\/files>$/m;
const ENTRY = /^<file path="([^"\n]+)">\n([\s\S]*?)\n<\/file>\n(?=\s*(?:<file path="|$(?![\s\S])))/gm;

export function repomixXml(file) {
  const text = readBytes(file).toString('utf8').replaceAll('\r\n', '\n');
  const block = BLOCK.exec(text)?.[1];
  const entries = block === undefined ? [] : [...block.matchAll(ENTRY)];
  const length = entries.reduce((sum, [whole]) => sum + whole.trim().length, 0);
  // All of the block must be entries, besides blank lines and the remark at its beginning.
  const rest = block?.replace(ENTRY, '').trim() ?? '';
  if (length === 0 || rest.includes('<file ')) {
    throw new Failure(EXIT.input, 'This is not XML of repomix: it needs <files> with entries <file path="…">', {
      file: nameOf(file),
    });
  }
  return entries.map(([, path, content]) => itemOf(path, content));
}
