// Makes target/hosts-all: the frameworks, installed from the lock file, with the scripts of tests/hosts/consumer and the
// packed package. Needs target/hosts/consumer (`tests/hosts/prepare.js`).

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { consumer, installed, NAME, root } from '../hosts/support/host.js';

const here = fileURLToPath(new URL('./', import.meta.url));
const all = join(root, 'target/hosts-all');
const { workspaces } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const SCRIPTS = ['package.json', 'api.cjs', 'api.js', 'checks.cjs', 'checks.js', 'server.js', 'vectors.js'];

for (const name of workspaces) {
  cpSync(join(here, name), join(all, name), { recursive: true });
  // Both versions of Next.js run the same application.
  if (name.startsWith('next-')) cpSync(join(here, 'next-app'), join(all, name), { recursive: true });
  for (const file of SCRIPTS) cpSync(join(consumer, file), join(all, name, 'consumer', file));
}
// Installs without running any install scripts.
const lock = readFileSync(join(here, 'package-lock.json'), 'utf8');
const done = join(all, 'installed');
if (!existsSync(done) || readFileSync(done, 'utf8') !== lock) {
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(here, file), join(all, file));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  execFileSync('npm', ['ci', ...flags], { cwd: all, stdio: 'inherit' });
  writeFileSync(done, lock);
}
const place = join(all, 'node_modules', NAME);
rmSync(place, { recursive: true, force: true });
cpSync(installed, place, { recursive: true });
for (const name of workspaces) {
  for (const folder of ['.next', '.nuxt', '.output', '.svelte-kit', '.open-next', '.parcel-cache', 'dist', 'out']) {
    rmSync(join(all, name, folder), { recursive: true, force: true });
  }
}
