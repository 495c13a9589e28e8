// Reads a list of paths, one a line, and the files that they name, by the rules of a folder (FOLDER 5).

import { statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { EXIT, Failure, failureOf } from '../failure.js';
import { newCounts, readItem } from '../folder/file.js';
import { readBytes } from './json.js';
import { nameOf } from './lines.js';

const RULES = { eol: 'lf', binary: 'digest' };

/** Returns an item for each path; paths are relative to the folder in which the command runs, and inside of it. */
export function pathList(file) {
  const text = readBytes(file).toString();
  const end = text.includes('\0') ? '\0' : '\n';
  const counts = newCounts();
  const items = [];
  for (const [at, name] of text.split(end).entries()) {
    if (name === '') continue;
    const place = { file: nameOf(file), line: at + 1 };
    const path = relative('.', resolve(name)).split(sep).join('/').normalize('NFC');
    if (path === '' || path.startsWith('../') || isAbsolute(path)) {
      throw new Failure(EXIT.input, 'A path must be inside of the folder in which the command runs', place);
    }
    items.push(fileItem(path, name, place, counts));
  }
  return items;
}

function fileItem(path, name, place, counts) {
  try {
    if (!statSync(name).isFile()) throw new Failure(EXIT.input, 'This path is not that of a file', place);
  } catch (error) {
    throw failureOf(error, name);
  }
  const entry = { path, file: name, rule: { as: 'text', kind: 'external' } };
  return readItem(entry, RULES, { allowsSecrets: true, counts }).json;
}
