// `make demo`: shows the main job on real input, because one look says more than a page of text.
//
// How: the context that an agent needs to work on this repository is copied to a temporary folder, which is removed at the end: documents, the
// contract, and declarations of the package and its peers. Then commands run there, in a shell, as they are printed. The second part
// calls the library, for what a host does in code. If a command does not end as it should, the demo fails, because tests run it, too.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'context-demo-'));
const home = join(folder, 'context');

const styled = process.stdout.isTTY && !process.env.NO_COLOR;
const style = (code) => (text) => (styled ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, cyan] = [1, 2, 36].map(style);
const heading = (text) => console.log(`\n${bold(text)}\n`);

/** Packages that this one works with. */
const PEERS = ['drizzle-orm', 'kysely', 'zod', '@types/node', '@types/pg'];

function copyContext() {
  mkdirSync(join(home, 'contracts'), { recursive: true });
  for (const name of ['README.md', 'CHANGELOG.md']) copyFileSync(join(root, name), join(home, name));
  cpSync(join(root, 'docs'), join(home, 'docs'), { recursive: true });
  copyFileSync(join(root, 'src/contract.json'), join(home, 'contracts/contract.json'));
  for (const from of ['pkg/src', ...PEERS.map((name) => `node_modules/${name}`)]) {
    for (const entry of readdirSync(join(root, from), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.d.ts')) continue;
      const file = join(entry.parentPath ?? entry.path, entry.name);
      const copy = join(home, 'types', file.slice(root.length + 1).replaceAll('node_modules', 'peers'));
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(file, copy);
    }
  }
  copyFileSync(join(root, 'examples/independent-verify.mjs'), join(folder, 'independent-verify.mjs'));
  const config = {
    ...{ folder: 'context-folder/v1', packKey: 'repository.context', version: '0.1.0' },
    title: 'Context for an agent that works on this repository',
  };
  const include = [
    { files: '**/*.md', kind: 'docblock' },
    { files: 'contracts/*.json', kind: 'contract', as: 'json' },
    { files: 'types/**', kind: 'schema' },
  ];
  const row = (value) => JSON.stringify(value, null, 1).replace(/\n */g, ' ');
  const members = Object.entries(config).map(([name, value]) => `  "${name}": ${JSON.stringify(value)},\n`);
  const rules = include.map((rule) => `    ${row(rule)}`).join(',\n');
  writeFileSync(join(home, 'context-pack.json'), `{\n${members.join('')}  "include": [\n${rules}\n  ]\n}\n`);
}

// `context-snapshot`, as npm puts it on the path.
const bin = join(folder, 'bin');
mkdirSync(bin);
const command = join(root, 'node_modules/@lssm-tech/lib.context-snapshot/dist/cli.js');
writeFileSync(join(bin, 'context-snapshot'), `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`, {
  mode: 0o755,
});
const env = { ...process.env, PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}` };

/** Runs a line in a shell, as it is printed. */
function $(line, exit = 0) {
  console.log(`${cyan('$')} ${bold(line)}`);
  const start = performance.now();
  const { status } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { cwd: home, env, stdio: 'inherit' });
  if (line.startsWith('context-snapshot')) {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(dim(`  (${status === 0 ? '' : `exit ${status}, `}${seconds} s)`));
  }
  if (status !== exit) throw new Error(`The demo did not show what it should: exit ${status}, not ${exit}`);
}

/** Keeps the hash of the present lock, as somebody would who copies it. */
function keepHash() {
  const { hash } = JSON.parse(readFileSync(join(home, 'context.lock.json'), 'utf8')).record;
  console.log(`${cyan('$')} ${bold(`HASH=${hash}`)}`);
  env.HASH = hash;
}

function commands() {
  heading('1. Lock what an agent works from: documents, contract and types of this project');
  $('cat context-pack.json');
  $('context-snapshot lock');

  heading('2. See what changed, and lock it again after a review');
  $("printf '\\nAsk before you delete anything.\\n' >> docs/AGENTS.md");
  $('mv docs/COMPARE.md docs/ALTERNATIVES.md');
  $('context-snapshot status', 1);
  $('context-snapshot diff --words');
  $("context-snapshot lock --reason 'Deleting needs a question'");
  $('context-snapshot log');

  heading('3. Verify it: with a hash kept elsewhere, and by a program without the package');
  keepHash();
  $('context-snapshot verify --expect-hash "$HASH"');
  $('node ../independent-verify.mjs . --expect-hash "$HASH" | cut -c -78');
  $('context-snapshot prove contracts/contract.json > ../proof.json');
  $('context-snapshot check-proof ../proof.json --expect-hash "$HASH"');

  heading('4. Somebody tampers with the contract, and locks that, too');
  $(`perl -pi -e 's/"auth": "admin"/"auth": "anonymous"/' contracts/contract.json`);
  $('context-snapshot verify --expect-hash "$HASH"', 1);
  $('context-snapshot lock');
  $('context-snapshot verify');
  $('context-snapshot verify --expect-hash "$HASH"', 1);
  $('node ../independent-verify.mjs . --expect-hash "$HASH" | grep -v ^ok | cut -c -78', 1);
  $('context-snapshot lock --actor user', 3);
}

/** What a host does in code. It is printed as it stands here. */
function code() {
  const pack = { packKey: 'shop.docs', version: '7', title: 'Shop' };
  const items = [{ itemId: 'refunds', kind: 'docblock', sourceKey: 'faq/refunds', content: 'Within 14 days.' }];
  const input = { packKey: 'shop.docs', reason: 'run 7' };
  const { event } = snapshotPack(input, { actor: 'admin', userId: 'ops-1', traceId: 'trace-7', pack, items });
  console.log(JSON.stringify(event, null, 2));
  try {
    snapshotPack(input, { actor: 'user', roles: ['editor'], pack, items });
  } catch (error) {
    console.log(`${error.status} ${error.code}: ${error.detail}`);
  }
}

try {
  copyContext();
  commands();
  heading('5. The same in code, for a host: the event to emit, and who may not');
  const [, ...body] = code.toString().split('\n');
  console.log(`${body.slice(0, -1).join('\n').replace(/^ {2}/gm, '')}\n`);
  code();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
