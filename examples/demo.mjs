// `make demo`: shows the main job on real input, because one look says more than a page of text.
//
// How: it collects the context an agent would need to work on this repository: documents as doc blocks, contract and manifests
// as contracts, READMEs and declarations of dependencies as external documents and schemas. It takes a snapshot as an admin,
// stores it in target/demo as a host would, and has it checked by a program that shares no code with the package. Then it
// changes one byte, and asks for a snapshot as a user who is not an admin.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  contract,
  proveItem,
  SnapshotError,
  snapshotPack,
  summarizeSnapshot,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'target/demo');

const styled = process.stdout.isTTY && !process.env.NO_COLOR;
const style = (code) => (text) => (styled ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green, red, cyan] = [1, 2, 32, 31, 36].map(style);
const heading = (text) => console.log(`\n${bold(text)}\n`);
const row = (label, value, paint = (text) => text) => console.log(`  ${paint(label.padEnd(12))}${value}`);
const size = (bytes) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`);

// --- The pack, from real files ---

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}
const read = (path) => readFileSync(path, 'utf8');
const named = (path) => relative(root, path).split(sep).join('/');

/** Yields a document as items, one for each section. */
function* sections(path) {
  const parts = read(path).split(/^(?=##? )/m);
  for (const [number, text] of parts.entries()) {
    const [, title = 'Beginning'] = /^##? (.*)/.exec(text) ?? [];
    yield {
      itemId: `${named(path)}#${number}`,
      kind: 'docblock',
      sourceKey: named(path),
      content: text,
      metadata: { title },
    };
  }
}

function* gather() {
  for (const path of [join(root, 'README.md'), ...files(join(root, 'docs'))]) {
    if (path.endsWith('.md')) yield* sections(path);
  }
  yield {
    itemId: contract.key,
    kind: 'contract',
    sourceKey: contract.key,
    sourceVersion: contract.version,
    content: contract,
  };
  for (const path of ['package.json', 'pkg/package.json'].map((name) => join(root, name))) {
    yield { itemId: named(path), kind: 'contract', sourceKey: named(path), content: JSON.parse(read(path)) };
  }
  for (const path of files(join(root, 'node_modules'))) {
    const name = named(path);
    if (name.endsWith('/package.json')) {
      const content = JSON.parse(read(path));
      yield {
        itemId: name,
        kind: 'contract',
        sourceKey: content.name ?? name,
        sourceVersion: content.version,
        content,
      };
    } else if (/\/readme[^/]*$/i.test(name)) {
      yield { itemId: name, kind: 'external', sourceKey: name, content: read(path) };
    } else if (name.endsWith('.d.ts')) {
      yield { itemId: name, kind: 'schema', sourceKey: name, content: read(path) };
    }
  }
}

const items = [...gather()];
const pack = {
  packKey: 'repository.context',
  version: JSON.parse(read(join(root, 'pkg/package.json'))).version,
  title: 'Context for an agent that works on this repository',
  owners: ['platform.context'],
  tags: ['demo'],
  sources: [
    { kind: 'docblock', key: 'docs/FORMAT.md', required: true },
    { kind: 'contract', key: contract.key, version: contract.version, required: true },
  ],
};

// --- The snapshot ---

const input = { packKey: pack.packKey, reason: 'make demo', requestedBy: 'a curious reader' };
const ctx = { actor: 'admin', userId: 'ops-1', traceId: 'demo-1', pack, items };
const started = performance.now();
const snapshot = snapshotPack(input, ctx);
const first = performance.now() - started;
const again = performance.now();
snapshotPack(input, ctx);
const second = performance.now() - again;
const { record, manifest, event } = snapshot;

heading(`${pack.title}  ${dim(`${pack.packKey}@${pack.version}`)}`);
const kinds = new Map();
for (const item of items) {
  const { count = 0, length = 0 } = kinds.get(item.kind) ?? {};
  const text = typeof item.content === 'string' ? item.content : JSON.stringify(item.content);
  kinds.set(item.kind, { count: count + 1, length: length + Buffer.byteLength(text) });
}
const largest = Math.max(...[...kinds.values()].map(({ length }) => length));
for (const [kind, { count, length }] of [...kinds].sort()) {
  const bar = '█'.repeat(Math.max(1, Math.round((30 * length) / largest)));
  console.log(`  ${kind.padEnd(10)}${String(count).padStart(6)} items ${size(length).padStart(10)}  ${cyan(bar)}`);
}

heading('Snapshot');
row('id', record.snapshotId);
row('hash', `${green(record.hash)}  ${dim('covers the content')}`);
row('seal', `${green(record.metadata.$snapshot.seal)}  ${dim('also who, when, why')}`);
row('items root', `${manifest.itemsRoot}`);
row('made', `${record.createdAt} by ${record.createdBy} (${record.metadata.$snapshot.actor}), for: ${input.reason}`);
row('took', `${first.toFixed(0)} ms; ${second.toFixed(0)} ms once warm, for ${record.itemCount} items`);

heading(`Event  ${dim('for the host to emit')}`);
console.log(JSON.stringify(event, null, 2).replace(/^/gm, '  '));

// --- Stored, and checked by an independent program ---

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const pretty = (value) => `${JSON.stringify(value, null, 2)}\n`;
writeFileSync(join(out, 'record.json'), pretty(record));
writeFileSync(join(out, 'manifest.json'), pretty(manifest));
writeFileSync(join(out, 'event.json'), pretty(event));
const lines = snapshot.items.map((item) => JSON.stringify(item));
writeFileSync(join(out, 'items.jsonl'), `${lines.join('\n')}\n`);

const verify = (folder, shown) => {
  const program = join(root, 'examples/independent-verify.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, folder, '--expect-hash', record.hash], {
    encoding: 'utf8',
  });
  const report = stdout.split('\n').filter(shown).join('\n');
  const colored = report.replace(/\bNOT verified|\bWRONG\b/g, red).replace(/^verified/gm, green);
  console.log((colored + stderr).trimEnd().replace(/^/gm, '  '));
  return status;
};
heading(
  `Stored in target/demo, and recomputed by examples/independent-verify.mjs  ${dim('(node:crypto, docs/FORMAT.md)')}`,
);
const honest = verify(out, () => true);

const tampered = join(out, 'tampered');
const names = ['record.json', 'manifest.json', 'event.json', 'items.jsonl'];
for (const name of names) cpSync(join(out, name), join(tampered, name));
const victim = lines.findIndex((line) => line.includes('"itemId":"docs/FORMAT.md#1"'));
lines[victim] = lines[victim].replace('"content":"##', '"content":"#!');
writeFileSync(join(tampered, 'items.jsonl'), `${lines.join('\n')}\n`);
heading(
  `One byte of one item changed  ${dim(`(${snapshot.items[victim].itemId}; failed checks in target/demo/tampered)`)}`,
);
const caught = verify(tampered, (line) => !line.startsWith('ok'));

// With an index, the package names the changed item. A proof checks one item without the others.
const parts = {
  record,
  items: lines.map((line) => JSON.parse(line)),
  index: snapshot.index,
  expect: { hash: record.hash },
};
const { valid, issues } = verifySnapshot(parts);
for (const { path, message } of issues) row(path, red(message.replaceAll(/([0-9a-f]{16})[0-9a-f]{48}/g, '$1…')));
const proof = proveItem(snapshot, snapshot.items[victim].itemId);
const { manifest: _, ...withoutManifest } = proof;
const holds = [snapshot.items[victim], parts.items[victim]].map((item) => verifyItem(item, proof, record.hash));
const proven = `${proof.path.length} digests, ${size(JSON.stringify(withoutManifest).length)} in addition to the manifest`;
row('proof', `${proven}: ${holds[0]} for the item, ${holds[1]} for the changed one`);

writeFileSync(join(out, 'summary.md'), summarizeSnapshot(snapshot));
heading(`For people: target/demo/summary.md  ${dim('(first lines)')}`);
console.log(summarizeSnapshot({ record }).split('\n').slice(0, 10).join('\n').replace(/^/gm, '  '));

heading('A user who is not an admin asks for a snapshot');
let refused = false;
try {
  snapshotPack(input, { ...ctx, actor: 'user', roles: ['editor'] });
} catch (error) {
  if (!(error instanceof SnapshotError)) throw error;
  refused = error.status === 403;
  row(String(error.status), `${error.code}: ${error.detail}`, red);
}
console.log();

// Tests run the demo, too, so it fails if it did not show what it claims.
if (honest !== 0 || caught !== 1 || !refused || valid || !holds[0] || holds[1]) {
  console.error('The demo did not show what it should.');
  process.exit(1);
}
