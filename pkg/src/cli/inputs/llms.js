// Reads `llms.txt` (https://llmstxt.org): the words at its beginning, and an item for each link. Nothing is downloaded.

import { isUtf8 } from 'node:buffer';
import { EXIT, Failure } from '../failure.js';
import { readBytes } from './json.js';
import { nameOf } from './lines.js';

const LINK = /^\s*[-*]\s+\[([^\]]+)\]\(([^)\s]+)\)(?::\s*(.*))?\s*$/;

export function llmsTxt(file) {
  const bytes = readBytes(file);
  if (!isUtf8(bytes)) throw new Failure(EXIT.input, 'llms.txt is text in UTF-8', { file: nameOf(file) });
  const lines = bytes
    .toString()
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  const [, title] = /^#\s+(.+)$/.exec(lines.find((line) => line.trim() !== '') ?? '') ?? [];
  if (title === undefined)
    throw new Failure(EXIT.input, 'llms.txt begins with a title, "# Name"', { file: nameOf(file), line: 1 });
  const words = [];
  const items = [];
  let section;
  for (const line of lines) {
    const [, heading] = /^##\s+(.+?)\s*$/.exec(line) ?? [];
    if (heading !== undefined) section = heading;
    const [, name, url, notes] = (section !== undefined && LINK.exec(line)) || [];
    if (url !== undefined) {
      const content = { title: name, url, section, ...(notes ? { notes } : {}) };
      items.push({ itemId: url, kind: 'external', sourceKey: section, content });
    } else if (section === undefined) words.push(line);
  }
  const introduction = {
    itemId: 'llms.txt',
    kind: 'docblock',
    sourceKey: 'llms.txt',
    content: words.join('\n').trim(),
  };
  return [introduction, ...items];
}
