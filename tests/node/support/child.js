// Runs a module in a process of its own, for tests that need much memory or a fresh process.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

/** Runs the module for at most ten minutes, and returns the value that it passes to `report`, which crosses as JSON. */
export async function inChild(source, ...flags) {
  const report = 'const report = (value) => console.log(JSON.stringify(value));';
  const args = [...flags, '--input-type=module', '--eval', `${report}\n${source}`];
  const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 600_000, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}
