// Makes the consumer in target/hosts/consumer: the packed tarball, installed by npm as anybody would, and the scripts
// of consumer/ beside it. `scripts/test.sh` runs it once, before the tests; they add to the folder what they bundle.

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
// It has no dependencies, so that there is nothing to ask a registry for.
const flags = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
execFileSync('npm', ['install', ...flags, join(packages, tarballs[0])], { cwd: consumer, stdio: 'pipe' });

// A dependency of the consumer's that is CommonJS and uses the package, too.
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

// Vectors as a script, which every host can read. What JSON has no word for is left to tests/node, and so is what
// exactly is wrong: of a snapshot there is the hash, and a digest of all else, so that no bundler finds the consumer
// too large.
const vectors = (name) => JSON.parse(readFileSync(join(root, `tests/vectors/${name}.json`), 'utf8'));
const sha256 = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const snapshots = vectors('snapshots').map(({ name, input, ctx, expected }) => {
  const { canonicalItems, eventId, hash, index, itemTimes, record } = expected;
  const items = canonicalItems.map((json, at) => {
    return { ...JSON.parse(json), snapshotId: record.snapshotId, createdAt: itemTimes[at] };
  });
  return { name, input, ctx, hash, rest: sha256(canonicalize({ record, index, items, eventId })) };
});
const refusals = vectors('refusals').filter((vector) => !JSON.stringify(vector).includes('"$js"'));
assert(snapshots.length >= 95 && refusals.length >= 200, `${snapshots.length} snapshots, ${refusals.length} refusals`);
const longText = { unit: 'text \u20ac "\u{1f600}"\n', times: 50_000 };
const json = JSON.stringify(longText.unit.repeat(longText.times));
longText.digest = sha256(json);
longText.leaf = sha256(`\0{"content":${json},"itemId":"long","kind":"docblock","sourceKey":"s"}`);
// Parsed where it is used: `__proto__` in a literal would be no member.
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
