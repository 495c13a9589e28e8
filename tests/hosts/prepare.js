// Makes the consumer in target/hosts/consumer: npm installs the packed tarball there, beside the scripts of consumer/.
// `scripts/test.sh` runs this once before the tests, which add their bundles to the folder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { buildSync } from 'esbuild';
import { consumer, here, NAME, root } from './support/host.js';

rmSync(join(root, 'target/hosts'), { recursive: true, force: true });
cpSync(join(here, 'consumer'), consumer, { recursive: true });

const packages = join(root, 'target/package');
const tarballs = readdirSync(packages).filter((name) => name.endsWith('.tgz'));
assert.equal(tarballs.length, 1, 'there is one tarball');
// The package has no dependencies, so npm needs no registry.
const flags = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
execFileSync('npm', ['install', ...flags, join(packages, tarballs[0])], { cwd: consumer, stdio: 'pipe' });

// A CommonJS dependency of the consumer that also uses the package.
const dependency = join(consumer, 'node_modules/commonjs-dependency');
mkdirSync(dependency);
writeFileSync(join(dependency, 'package.json'), '{ "name": "commonjs-dependency", "version": "1.0.0" }\n');
writeFileSync(
  join(dependency, 'index.js'),
  `const main = require('${NAME}');
const { SnapshotError } = require('${NAME}/errors');
exports.refusals = () => {
  try {
    main.snapshotPack({ packKey: 'p' }, {});
  } catch (error) {
    return [error, new SnapshotError({ ...error })];
  }
};
`,
);

// Writes the vectors as a script, which every host can read. Values that JSON cannot express are left to tests/node, and so
// are the texts of issues. Each snapshot is reduced to its hash and a digest of the rest, so that no bundler warns of a
// large consumer.
const vectors = (name) => JSON.parse(readFileSync(join(root, `tests/vectors/${name}.json`), 'utf8'));
const sha256 = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const snapshots = vectors('snapshots').map(({ name, input, ctx, expected }) => {
  const { canonicalItems, eventId, hash, index, itemTimes, record } = expected;
  const items = canonicalItems.map((json, at) => {
    return { ...JSON.parse(json), snapshotId: record.snapshotId, createdAt: itemTimes[at] };
  });
  return { name, input, ctx, hash, rest: sha256(canonicalize({ record, index, items, eventId })) };
});
const refusals = vectors('refusals')
  .filter((vector) => !JSON.stringify(vector).includes('"$js"'))
  .map(({ name, input, ctx, status, code, issues }) => ({ name, input, ctx, status, code, issues }));
assert(snapshots.length >= 95 && refusals.length >= 200, `${snapshots.length} snapshots, ${refusals.length} refusals`);
const longText = { unit: 'text \u20ac "\u{1f600}"\n', times: 50_000 };
const json = JSON.stringify(longText.unit.repeat(longText.times));
longText.digest = sha256(json);
longText.leaf = sha256(`\0{"content":${json},"itemId":"long","kind":"docblock","sourceKey":"s"}`);
// Parsed at run time, because `__proto__` in an object literal is not a member.
const text = JSON.stringify(JSON.stringify({ snapshots, refusals, longText }));
writeFileSync(join(consumer, 'vectors.js'), `export const { snapshots, refusals, longText } = JSON.parse(${text});\n`);

buildSync({
  absWorkingDir: consumer,
  entryPoints: ['checks.js'],
  outfile: join(consumer, 'checks.cjs'),
  bundle: true,
  format: 'cjs',
  platform: 'neutral',
});
