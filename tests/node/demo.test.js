// Why: the demo is the first thing that people see. How: it runs as in `make demo`, and fails by itself if a command does not end as
// expected. This test checks that it shows the results, and docs/DEMO.md all of them, and that it leaves no files.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Replaces what differs from run to run, or with each change of the documents that the demo locks. */
const lasting = (text) =>
  text
    .replace(/sha256:[0-9a-f]+/g, 'sha256:…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/\b[\d.]+ (s|MB)\b/g, '… $1')
    .replace(/\b[\d,]+ items/g, '… items')
    .replace(/^(ok {5}(?:itemCount|number of items) +)\d+$/gm, '$1…')
    .replace(/ has \d+ bytes; (.*) \d+$/gm, ' has … bytes; $1 …');

test('the demo locks, compares, verifies twice, notices tampering, refuses a user, and leaves no files', () => {
  const program = fileURLToPath(new URL('../../examples/demo.mjs', import.meta.url));
  const document = readFileSync(new URL('../../docs/DEMO.md', import.meta.url), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  const settings = `${folder}.gitconfig`;
  try {
    writeFileSync(settings, '[user]\n\temail = ops@example.com\n');
    const env = { ...process.env, TMPDIR: folder, TEMP: folder, GIT_CONFIG_GLOBAL: settings };
    // Both streams in the order of a terminal.
    const args = ['-c', 'exec "$0" "$1" 2>&1', process.execPath, program];
    const { status, stdout } = spawnSync('sh', args, { encoding: 'utf8', env });
    assert.equal(status, 0, stdout);
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
    const [, shown] = /^```text\n(.*?)^```$/ms.exec(document);
    assert.equal(lasting(stdout.trimStart()), lasting(shown));
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(settings, { force: true });
  }
});
