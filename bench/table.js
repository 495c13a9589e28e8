// Writes rows as a table for people: columns are as wide as their longest cell.

export function table(rows) {
  const columns = Object.keys(rows[0]);
  const widths = columns.map((name) => Math.max(name.length, ...rows.map((row) => row[name].length)));
  const line = (cells) => `  ${cells.map((cell, at) => cell.padEnd(widths[at])).join('  ')}`.trimEnd();
  return [columns, ...rows.map(Object.values)].map(line).join('\n');
}
