// The package in the runtimes that are no browser, and in what tests are run with.
//
// Why: each of them resolves, loads and compiles in its own way. How: real ones, from npm; each runs all checks of
// `consumer/checks.js`, and says nothing else.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertHolds, consumer, NAME, numberOfChecks, run, tool } from './support/host.js';

const require = createRequire(import.meta.url);
const node = process.execPath;

describe('Node', () => {
  test('by import', () => assertHolds(node, ['main.js']));
  test('by require', () => assertHolds(node, ['main.cjs']));
  test('in a worker thread', () => assertHolds(node, ['thread.js']));
  test('in a context of node:vm, whichever realm WebAssembly and the values are of', () =>
    assertHolds(node, ['vm.cjs']));
  test('without a permission', () => {
    const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
    const permissions = [flag, `--allow-fs-read=${join(consumer, '/')}*`, '--no-warnings'];
    return assertHolds(node, [...permissions, 'main.js']);
  });
  test('where code must not be made of strings', () =>
    assertHolds(node, ['--disallow-code-generation-from-strings', 'main.js']));
});

// Both ends of what `engines` says, beside the version that runs the tests; npm has them for this platform alone.
const skip = `${process.platform}-${process.arch}` !== 'linux-x64' && 'no such package for this platform';
for (const version of ['oldest', 'newest']) {
  describe(`Node, the ${version}`, { skip }, () => {
    const program = tool(`node-${version}/bin/node`);
    test('by import', () => assertHolds(program, ['main.js']));
    test('by require', () => assertHolds(program, ['main.cjs']));
    test('in a worker thread', () => assertHolds(program, ['thread.js']));
    test('in a context of node:vm', () => assertHolds(program, ['vm.cjs']));
    // As V8 has it by a flag, and other engines on their way: nothing is put onto a frozen object, private fields neither.
    test('where private fields need an extensible object', {
      skip: version === 'oldest' && 'no such flag',
    }, async () => {
      const flag = '--js-nonextensible-applies-to-private';
      const source = 'class A { constructor(o) { return o; } } class B extends A { #p = 1; } new B(Object.freeze({}));';
      await assert.rejects(run(program, [flag, '--eval', source]), /is not extensible/);
      await assertHolds(program, [flag, 'main.js']);
      await assertHolds(program, [flag, 'main.cjs']);
    });
  });
}

test('Node with less address space than WebAssembly reserves says what helps', {
  skip: process.platform !== 'linux',
}, async () => {
  const source = `const { digest } = require('${NAME}');
    try { console.log(digest({})); } catch ({ message }) { console.log(message); }`;
  const say = (flags) => run('sh', ['-c', 'ulimit -v 4000000; exec "$@"', 'sh', node, ...flags, '--eval', source]);
  assert.match(
    await say([]),
    /^INTERNAL_ERROR: WebAssembly could not be started\. .*\(ulimit -v\), or node --disable-wasm-trap-handler$/m,
  );
  assert.match(await say(['--disable-wasm-trap-handler']), /^sha256:/);
});

test('an error that nobody catches is printed in two kilobytes', async () => {
  const call = `.snapshotPack({ packKey: 1 }, { actor: 'admin' })`;
  for (const [type, source] of [
    ['commonjs', `require('${NAME}')${call}`],
    ['module', `import * as api from '${NAME}'; api${call}`],
  ]) {
    const program = [`--input-type=${type}`, '--eval', source];
    const { message } = await run(node, program).catch((error) => error);
    const printed = message.slice(message.indexOf(':\n') + 2);
    assert.match(printed, /VALIDATION_FAILED: packKey: Invalid input: expected string, received number/);
    assert(printed.length <= 2048, `${printed.length} characters:\n${printed}`);
  }
});

describe('Bun', () => {
  const bun = require.resolve(
    `@oven/bun-${process.platform}-${{ arm64: 'aarch64' }[process.arch] ?? process.arch}/bin/bun`,
  );
  test('by import', () => assertHolds(bun, ['main.js']));
  test('by require', () => assertHolds(bun, ['main.cjs']));
  test('bundled by itself', async () => {
    await run(bun, ['build', 'main.js', '--outfile=out/bun.js', '--target=bun'], { quiet: true });
    await assertHolds(bun, ['out/bun.js']);
  });
});

describe('Deno', () => {
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const deno = require.resolve(`@deno/${process.platform}-${process.arch}${libc}/deno`);
  // There is no prompt for permissions; nor does it ask anybody whether it is the newest.
  const env = { DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(consumer, '../deno'), DENO_NO_PROMPT: '1' };
  test('by import', () => assertHolds(deno, ['run', 'main.js'], { env }));
  // To `require` is to read files, wherever they are from.
  test('by require', () => assertHolds(deno, ['run', '--allow-read=.', 'main.cjs'], { env }));
});

describe('test runners, which have realms of their own', () => {
  const jest = async (environment, { env: own, ...others } = {}) => {
    const env = { CHECKS: String(await numberOfChecks()), ...own };
    const config = {
      rootDir: consumer,
      testMatch: ['**/jest.test.cjs'],
      testEnvironment: require.resolve(environment),
      ...others,
    };
    await run(node, [tool('jest/bin/jest.js'), '--ci', '--silent', '--config', JSON.stringify(config)], {
      env,
      quiet: false,
    });
  };
  test('jest', () => jest('jest-environment-node'));
  test('jest with jsdom, as it is', () => jest('jest-environment-jsdom', { env: { JSDOM: 'bare' } }));
  test('jest with jsdom, given what browsers have', () =>
    jest('jest-environment-jsdom', { setupFiles: ['<rootDir>/jsdom-setup.cjs'] }));
  for (const pool of ['forks', 'vmThreads']) {
    test(`vitest, ${pool}`, async () => {
      const env = { CHECKS: String(await numberOfChecks()) };
      await run(node, [tool('vitest/vitest.mjs'), 'run', '--globals', '--pool', pool, 'vitest.test.js'], { env });
    });
  }
});

test('the package that is tried is the installed one', async () => {
  const source = `console.log(JSON.stringify([import.meta.resolve('${NAME}'), import.meta.resolve('./')]))`;
  const [entry, folder] = JSON.parse(await run(node, ['--input-type=module', '--eval', source]));
  assert(entry.startsWith(`${folder}node_modules/`), entry);
});
