// Runs a module in a process of its own: for what needs much memory, or a process that nothing has happened in yet.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

/** What the module passes to `report`, once, as JSON. It has two minutes. */
export async function inChild(source, ...flags) {
  const report = 'const report = (value) => console.log(JSON.stringify(value));';
  const args = [...flags, '--input-type=module', '--eval', `${report}\n${source}`];
  const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 120_000, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}
