// Runs every command of docs/CLI.md, in its order, and compares what it prints.
//
// How: the `sh` blocks become one script for bash, so variables and the working folder last. Each command has its output, both streams
// together, and its exit code in a file of its own. A `text` block after a block is what its commands print; `…` stands for anything on a
// line. A command with the comment `# Ctrl-C` is interrupted. The `run` steps of the `yaml` blocks follow, with the variables of a runner. The package is found as npm installs it.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENV, newFolder } from './support/command.js';

const NAME = '@lssm-tech/lib.context-snapshot';
const installed = realpathSync(fileURLToPath(new URL(`../../node_modules/${NAME}`, import.meta.url)));
const text = readFileSync(new URL('../../docs/CLI.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, body]) => ({ language, body }));

/** Splits a block into commands: lines, with the lines of a here document. */
function commandsOf(body) {
  const commands = [];
  let end;
  for (const line of body.trimEnd().split('\n')) {
    if (end === undefined) commands.push(line);
    else commands[commands.length - 1] += `\n${line}`;
    if (end === line) end = undefined;
    else end ??= /<<'(\w+)'/.exec(line)?.[1];
  }
  return commands.map((command) => ({ command, code: Number(/ # exit (\d)$/.exec(command)?.[1] ?? 0) }));
}

/** Writes a command that runs until Ctrl-C: it gets the signal once it has written something. */
const untilInterrupted = (command, out) => `${command.replace(/ # Ctrl-C$/, '')} &
  until [ -s ${out} ]; do sleep 0.1; done; sleep 0.5; kill -INT $!; wait $!`;

/** Returns the scripts of the `run` steps of a block of YAML. */
function stepsOf(body) {
  return [...body.matchAll(/^( +)run: (?:\|\n((?:\1 +.*\n)+)|(.*)\n)/gm)].map(([, , many, one]) =>
    (many ?? one).replace(/^ +/gm, '').trimEnd(),
  );
}

const shells = [];
for (const [at, { language, body }] of blocks.entries()) {
  if (language !== 'sh') continue;
  const next = blocks[at + 1];
  shells.push({ commands: commandsOf(body), expected: next?.language === 'text' ? next.body : undefined });
}
const steps = blocks.filter(({ language }) => language === 'yaml').flatMap(({ body }) => stepsOf(body));

let folder;
const output = (at) => readFileSync(join(folder, `${at}.out`), 'utf8');

before(() => {
  folder = newFolder();
  for (const name of ['bin', 'home', 'work/node_modules/@lssm-tech', 'work/node_modules/.bin'])
    mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(installed, join(folder, 'work/node_modules', NAME));
  // npm makes the script of a `bin` executable when it installs a package; the one here was only unpacked.
  const command = `#!/bin/sh\nexec "${process.execPath}" "${join(installed, 'dist/cli.js')}" "$@"\n`;
  for (const name of ['bin', 'work/node_modules/.bin'])
    writeFileSync(join(folder, name, 'context-snapshot'), command, { mode: 0o755 });
  const all = [...shells.flatMap(({ commands }) => commands), ...steps.map((command) => ({ command, code: 0 }))];
  // Braces, and not a subshell, so that variables last.
  const script = all.map(({ command }, at) => {
    const out = `${folder}/${at}.out`;
    const written = command.endsWith(' # Ctrl-C') ? untilInterrupted(command, out) : command;
    return `{ ${written}\n} > ${out} 2>&1; echo $? > ${folder}/${at}.code\n`;
  });
  writeFileSync(join(folder, 'script.sh'), script.join(''));
  const { status, stderr } = spawnSync('bash', [join(folder, 'script.sh')], {
    cwd: join(folder, 'work'),
    encoding: 'utf8',
    env: {
      ...ENV,
      PATH: `${join(folder, 'bin')}:${ENV.PATH}`,
      HOME: join(folder, 'home'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      RUNNER_TEMP: folder,
      RELEASE_KEY: execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' }).trimEnd(),
      APPROVED_HASH: approvedHash(),
    },
  });
  assert.equal(status, 0, stderr);
});

/** The hash that section 3 prints, as somebody would keep it. */
function approvedHash() {
  const [, hash] = /^verified: .*\n {2}hash (sha256:[0-9a-f]{64})$/m.exec(text) ?? [];
  assert(hash, 'the page shows a hash that is verified');
  return hash;
}

let number = 0;
for (const { commands, expected } of shells) {
  const first = number;
  number += commands.length;
  test(`docs/CLI.md: ${commands.at(-1).command.split('\n')[0]}`, () => {
    for (const [at, { command, code }] of commands.entries()) {
      const actual = Number(readFileSync(join(folder, `${first + at}.code`), 'utf8'));
      assert.equal(actual, code, `${command}\n${output(first + at)}`);
    }
    if (expected === undefined) return;
    const printed = commands
      .map((_, at) => output(first + at))
      .join('')
      .replace(/\n?$/, '\n');
    const form = expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '[^\\n]*');
    // Spaces at the end of a line do not show.
    const plain = (lines) => lines.replace(/[ \t]+$/gm, '');
    if (!new RegExp(`^${plain(form)}$`).test(plain(printed))) assert.equal(printed, expected);
  });
}

for (const [at, step] of steps.entries()) {
  test(`docs/CLI.md: the step ${step.split('\n')[0]}`, () => {
    assert.equal(readFileSync(join(folder, `${number + at}.code`), 'utf8'), '0\n', output(number + at));
  });
}

test('the step for the summary writes it, and the key of the signing step is removed', () => {
  assert.match(readFileSync(join(folder, 'summary.md'), 'utf8'), /^\*\*Context lock:\*\* unchanged$/m);
  assert(!existsSync(join(folder, 'release.pem')));
});

test('the page shows every verb of the command', () => {
  const { stdout } = spawnSync(process.execPath, [join(installed, 'dist/cli.js'), '--help'], { encoding: 'utf8' });
  const verbs = [...stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, verb]) => verb);
  assert(verbs.length > 10);
  for (const verb of verbs) assert.match(text, new RegExp(`context-snapshot ${verb}\\b`), verb);
});
