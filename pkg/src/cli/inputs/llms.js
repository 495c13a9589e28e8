// Reads `llms.txt` (https://llmstxt.org): its text, and an item for each link. Nothing is downloaded.

import { EXIT, Failure } from '../failure.js';
import { readText } from './json.js';
import { nameOf } from './lines.js';

const LINK = /^\s*[-*]\s+\[([^\]]+)\]\(([^)\s]+)\)(?::(.*))?$/;

export function llmsTxt(file) {
  const text = readText(file).replaceAll('\r\n', '\n');
  const lines = text.split('\n');
  if (!/^#\s+\S/.test(lines.find((line) => line.trim() !== '') ?? '')) {
    throw new Failure(EXIT.input, 'llms.txt begins with a title, "# Name"', { file: nameOf(file), line: 1 });
  }
  // The whole text is an item, so nothing that stands beside links is lost.
  const items = [{ itemId: 'llms.txt', kind: 'docblock', sourceKey: 'llms.txt', content: text }];
  let section;
  for (const line of lines) {
    section = /^##\s+(\S.*)/.exec(line)?.[1].trimEnd() ?? section;
    const [, title, url, notes = ''] = (section !== undefined && LINK.exec(line)) || [];
    if (url === undefined) continue;
    const content = { title, url, section, ...(notes.trim() !== '' && { notes: notes.trim() }) };
    items.push({ itemId: url, kind: 'external', sourceKey: section, content });
  }
  return items;
}
