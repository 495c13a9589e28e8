// Tables in Markdown for pull requests.

/** Puts text of strangers into a code span, so that it cannot become a link, HTML or another cell. */
export function code(text) {
  const plain = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu, '\ufffd');
  const longest = Math.max(0, ...(plain.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = plain.startsWith('`') || plain.endsWith('`') || plain === '' ? ' ' : '';
  return `${fence}${pad}${plain}${pad}${fence}`.replaceAll('|', '\\|');
}

/** Returns a table; cells of the last column are code. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const body = rows.map((cells) => line(cells.map((cell, at) => (at === cells.length - 1 ? code(cell) : cell))));
  return [line(head), line(head.map(() => '---')), ...body].join('\n');
}
