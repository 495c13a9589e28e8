// Why: the demo is the first thing that people see. How: it runs as in `make demo`, and fails by itself if a command does not end as
// expected. This test checks that it shows the results, and that it leaves no files.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the demo locks, compares, verifies twice, notices tampering, refuses a user, and leaves no files', () => {
  const program = fileURLToPath(new URL('../../examples/demo.mjs', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  try {
    const env = { ...process.env, TMPDIR: folder, TEMP: folder };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', env });
    assert.equal(status, 0, stderr);
    const [, items] = /^locked repository\.context@\S+: ([\d,]+) items/m.exec(stdout) ?? [];
    assert.ok(Number(items?.replace(',', '')) > 500, stdout);
    assert.match(stdout, /^M docs\/AGENTS\.md\nR docs\/COMPARE\.md -> docs\/ALTERNATIVES\.md$/m);
    assert.match(stdout, /^ {2}\{\+Ask before you delete anything\.\+\}$/m);
    assert.match(stdout, /^verified: .* items$/m);
    assert.match(stdout, /^ok {5}trusted hash .*\nverified$/m);
    assert.match(stdout, /^holds: "contracts\/contract\.json" is in the snapshot/m);
    assert.match(stdout, /^not verified\n {2}contracts\/contract\.json: .* changed/m);
    assert.match(stdout, /^consistent, not anchored: /m);
    assert.match(stdout, /^WRONG {2}trusted hash .*\nNOT verified$/m);
    assert.match(stdout, /"key": "context\.snapshot\.created"/);
    assert.match(stdout, /^403 FORBIDDEN: /m);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
