// Runs linters of packages, and compares the README's sizes with those of the build.
//
// How: publint and "are the types wrong?" check the packed tarball. Their findings are listed here and explained in
// docs/PACKAGING.md.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { publint } from 'publint';
import { measured, tableIn } from '../../scripts/sizes.js';
import { NAME, root, tool } from './support/host.js';

const packages = join(root, 'target/package');
const tarball = join(
  packages,
  readdirSync(packages).find((name) => name.endsWith('.tgz')),
);

test('publint finds nothing', async () => {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const pack = { tarball: buffer.slice(byteOffset, byteOffset + byteLength) };
  const { messages } = await publint({ pack, strict: true });
  assert.deepEqual(messages, []);
});

test('"are the types wrong?" only reports that a .wasm, a stylesheet and the script of a worker have no types', () => {
  // Writes to a file, because the tool exits with 1 if it finds anything, before a pipe has been read to its end.
  const file = join(root, 'target/hosts/types.json');
  const output = openSync(file, 'w');
  spawnSync(process.execPath, [tool('@arethetypeswrong/cli/dist/index.js'), tarball, '--format', 'json'], {
    stdio: ['ignore', output, 'inherit'],
  });
  closeSync(output);
  const { analysis } = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(analysis.packageName, NAME);
  assert.deepEqual(Object.keys(analysis.entrypoints), [
    ...['.', './verify', './errors', './contract', './runtime', './postgres', './sqlite', './drizzle', './kysely'],
    ...['./worker', './react', './react/style.css', './preview-worker.js'],
    ...['./context_snapshot.wasm', './schemas/*.json', './package.json'],
  ]);
  const found = analysis.problems.map(({ kind, entrypoint, resolutionKind }) => {
    return `${entrypoint}, ${resolutionKind}: ${kind}`;
  });
  const unresolved = ['./context_snapshot.wasm', './react/style.css'].flatMap((file) =>
    ['node10', 'node16-cjs', 'node16-esm', 'bundler'].map((how) => `${file}, ${how}: NoResolution`),
  );
  // The script of the worker is an entry for bundlers, and exports nothing.
  const script = [
    ...['node10: NoResolution', 'node16-cjs: CJSResolvesToESM', 'node16-cjs: UntypedResolution'],
    ...['node16-esm: UntypedResolution', 'bundler: UntypedResolution'],
  ].map((what) => `./preview-worker.js, ${what}`);
  assert.deepEqual(found.sort(), [...unresolved, ...script].sort());
});

test('the README shows the sizes of the build, within 4 percent', () => {
  const documented = tableIn(readFileSync(join(root, 'README.md'), 'utf8'));
  const built = measured();
  assert.deepEqual(Object.keys(documented), Object.keys(built));
  for (const [file, sizes] of Object.entries(built)) {
    for (const [position, size] of sizes.entries()) {
      const off = Math.abs(documented[file][position] / size - 1);
      assert(
        off < 0.04,
        `${file}: ${documented[file][position]} in the README, ${size} built; run node scripts/sizes.js`,
      );
    }
  }
});
