// Measures the command against git on the same folder, and its rate for JSON lines: `MEGABYTES=2000 node bench/cli.js [--rounds N]`.
//
// Why git: it does the same job with the same means, reading each file once, hashing it and remembering its times; it is a native program.
// How: both run as processes, one after the other in each round, on 10,000 files of 4 kB; ratios are those of one round. Cold means that
// nothing is remembered (a new repository, no `.context`); the files are in the memory of the system in both cases. Writes target/bench/cli.json.

import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './measure.js';
import { onThisNode, options, root, write } from './parts.js';
import { random as randomFrom } from './random.js';

const { rounds = 7 } = options();
const megabytes = Number(process.env.MEGABYTES ?? 2000);
const FILES = 10_000;
const BYTES = 4096;
const command = join(root, 'node_modules/@lssm-tech/lib.context-snapshot/dist/cli.js');
const folder = join(tmpdir(), `context-snapshot-bench-${process.pid}`);
const docs = join(folder, 'docs');

/** Runs a process and returns its milliseconds. */
function timed(file, args, { cwd = docs, isSame = true } = {}) {
  const start = performance.now();
  const { status, stderr, error } = spawnSync(file, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const time = performance.now() - start;
  if (error !== undefined || (isSame && status !== 0))
    throw error ?? new Error(`${file} ${args} ends with ${status}: ${stderr}`);
  return time;
}
const ours = (...args) => timed(process.execPath, [command, ...args]);
const git = (...args) => timed('git', args);

function makeFiles() {
  const random = randomFrom(1);
  const words = Array.from({ length: 2000 }, () => Math.floor(random() * 36 ** 6).toString(36));
  // Long ago, so that both believe the times of the files.
  const past = new Date(Date.now() - 60_000);
  for (let at = 0; at < FILES; at++) {
    const place = join(docs, String(Math.floor(at / 100)));
    if (at % 100 === 0) mkdirSync(place, { recursive: true });
    let text = '';
    while (text.length < BYTES) text += `${words[Math.floor(random() * words.length)]}${random() < 0.1 ? '\n' : ' '}`;
    const file = join(place, `${at}.md`);
    writeFileSync(file, text.slice(0, BYTES));
    utimesSync(file, past, past);
  }
}

const times = {};
const put = (name, time) => {
  times[name] ??= [];
  times[name].push(time);
};
const forget = () => {
  for (const name of ['.git', '.context', 'context.lock.json'])
    rmSync(join(docs, name), { recursive: true, force: true });
};

function round() {
  forget();
  put('lock, cold', ours('lock', '--user', 'bench'));
  execFileSync('git', ['init', '-q'], { cwd: docs });
  // Neither shall see what the other made.
  writeFileSync(join(docs, '.git/info/exclude'), '.context\ncontext.lock.json\n');
  put('git add and write-tree, cold', git('add', '-A') + git('write-tree'));
  put('lock, warm', ours('lock', '--user', 'bench'));
  put('git add and write-tree, warm', git('add', '-A') + git('write-tree'));
  put('status', ours('status'));
  put('git status', git('status', '--short'));
  writeFileSync(join(folder, 'empty.mjs'), '');
  put('nothing', timed(process.execPath, [join(folder, 'empty.mjs')]));
  put('--help', ours('--help'));
}

/** Creates a snapshot of JSON lines; returns megabytes per second and the largest memory of the process in megabytes. */
function lines() {
  const file = join(folder, 'items.jsonl');
  const descriptor = openSync(file, 'w');
  const text = 'the agent reads a contract of the shop before it answers '.repeat(18);
  let written = 0;
  for (let at = 0; written < megabytes * 1e6; ) {
    let piece = '';
    for (; piece.length < 1 << 20; at++) {
      piece += `{"content":"${text}${at}","itemId":"item-${at}","kind":"docblock","sourceKey":"docs/${at % 1000}"}\n`;
    }
    written += writeSync(descriptor, piece);
  }
  closeSync(descriptor);
  writeFileSync(join(folder, 'pack.json'), '{"packKey":"bench","version":"1","title":""}');
  const peak = join(folder, 'peak');
  const report = `process.on('exit',()=>require('fs').writeFileSync(${JSON.stringify(peak)},String(process.resourceUsage().maxRSS)))`;
  writeFileSync(join(folder, 'peak.cjs'), report);
  const out = join(folder, 'out');
  const args = ['-r', join(folder, 'peak.cjs'), command, 'create', '--pack', join(folder, 'pack.json'), file];
  // To nowhere first: the rate of reading and hashing; then with the items written.
  const reading = timed(process.execPath, args, { cwd: folder });
  const memory = Number(readFileSync(peak, 'utf8')) / 1000;
  const writing = timed(process.execPath, [...args, '--out', out], { cwd: folder });
  return { megabytes: written / 1e6, rate: written / 1000 / reading, rateWritten: written / 1000 / writing, memory };
}

try {
  makeFiles();
  for (let at = 0; at < rounds; at++) round();
  const ratio = (one, other) => median(times[one].map((time, at) => time / times[other][at]));
  const results = {
    'lock, cold / git': ratio('lock, cold', 'git add and write-tree, cold'),
    'lock, warm / git': ratio('lock, warm', 'git add and write-tree, warm'),
    'status / git': ratio('status', 'git status'),
    'status / empty Node': ratio('status', 'nothing'),
    '--help, more than empty Node, ms': median(times['--help'].map((time, at) => time - times.nothing[at])),
  };
  console.log(`The command against git, ${FILES} files of ${BYTES} bytes; ${onThisNode()}; ${rounds} rounds\n`);
  for (const [name, list] of Object.entries(times))
    console.log(`  ${name.padEnd(34)} ${median(list).toFixed(0).padStart(6)} ms`);
  for (const [name, value] of Object.entries(results))
    console.log(`  ${name.padEnd(34)} ${value.toFixed(2).padStart(6)}`);
  const stream = lines();
  console.log(
    `\n  JSON lines, ${stream.megabytes.toFixed(0)} MB: ${stream.rate.toFixed(0)} MB/s, written ${stream.rateWritten.toFixed(0)} MB/s, at most ${stream.memory.toFixed(0)} MB of memory`,
  );
  write('cli', {
    rounds,
    milliseconds: Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)])),
    results,
    stream,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
