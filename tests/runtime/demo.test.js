// Why: people copy what the demo of a host does. How: it runs as in `make demo-host`, in a Node.js with node:sqlite, and fails by itself if
// a result is not as expected. This test checks that it shows the results, and takes less than ten seconds of the processor.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('../../', import.meta.url));

test('the demo shows create, retry, conflict, refusal, event, and tampering', () => {
  const node = execFileSync('scripts/store-node.sh', { cwd, encoding: 'utf8' }).trim();
  const env = { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };
  const report = 'process.on("exit", () => process._rawDebug(process.cpuUsage().user / 1e6));';
  const args = ['--import', `data:text/javascript,${encodeURIComponent(report)}`, 'examples/host/demo.mjs'];
  const { status, stdout: shown, stderr } = spawnSync(node, args, { cwd, env, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert(Number(stderr) < 10, `${stderr} seconds`);
  for (const line of [
    /^ {2}pack +shop\.docs 1\.10\.0, /m,
    /^ {2}hash +sha256:[0-9a-f]{64}$/m,
    /^ {2}result +the same, .* loaded once$/m,
    /^ {2}409 +CONFLICT: /m,
    /^ {2}args +\{"snapshotId":".*","hash":"sha256:/m,
    /^ {2}403 +FORBIDDEN: /m,
    /^ {2}401 +UNAUTHENTICATED: /m,
    /^ {2}event +context\.snapshot\.created, /m,
    /^ {2}verified +made by ops-1 at /m,
    /^ {2}refused +by the database/m,
    /^ {2}NOT valid +Mismatch: /m,
    /^ {2}items\.\d +Item opening changed: /m,
    /^ {2}the run +is refused: 412 PRECONDITION_FAILED$/m,
  ]) {
    assert.match(shown, line);
  }
});
