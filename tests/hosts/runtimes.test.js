// Runs the package in runtimes other than browsers, and in test runners.
//
// Why: each resolves, loads and compiles in its own way. How: the real ones, from npm, run all checks of
// `consumer/checks.js` and must print nothing else.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { transformAsync } from '@babel/core';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import webpack from 'webpack';
import { assertHolds, consumer, installed, NAME, numberOfChecks, run, tool } from './support/host.js';

const require = createRequire(import.meta.url);
const node = process.execPath;

/** Runs the handlers of `./runtime` in a program, and asserts what they did. */
async function assertHandles(program, args, options) {
  assert.deepEqual(JSON.parse(await run(program, args, options)), {
    hash: snapshotPack(
      { packKey: 'p' },
      { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items: ['a', 'b'].map(itemOf) },
    ).output.hash,
    itemCount: 2,
    code: 'UNAUTHENTICATED',
  });
}
const itemOf = (itemId) => ({ itemId, kind: 'k', sourceKey: 's', content: itemId });

describe('Node', () => {
  test('binds the operation to a host, by import and by require', async () => {
    await assertHandles(node, ['runtime.js']);
    await assertHandles(node, ['runtime.cjs']);
  });
  test('runs by import', () => assertHolds(node, ['main.js']));
  test('runs by require', () => assertHolds(node, ['main.cjs']));
  test('runs in a worker thread', () => assertHolds(node, ['thread.js']));
  test('runs in a context of node:vm, with WebAssembly and values of either realm', () =>
    assertHolds(node, ['vm.cjs']));
  test('runs without any permission', () => {
    const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
    const permissions = [flag, `--allow-fs-read=${join(consumer, '/')}*`, '--no-warnings'];
    return assertHolds(node, [...permissions, 'main.js']);
  });
  test('runs if code generation from strings is disabled', () =>
    assertHolds(node, ['--disallow-code-generation-from-strings', 'main.js']));
});

// The oldest and the newest version that `engines` allows, from npm, for this platform only.
const skip = `${process.platform}-${process.arch}` !== 'linux-x64' && 'no such package for this platform';
for (const version of ['oldest', 'newest']) {
  describe(`Node ${version}`, { skip }, () => {
    const program = tool(`node-${version}/bin/node`);
    test('binds the operation to a host, by import and by require', async () => {
      await assertHandles(program, ['runtime.js']);
      await assertHandles(program, ['runtime.cjs']);
    });
    test('runs by import', () => assertHolds(program, ['main.js']));
    test('runs by require', () => assertHolds(program, ['main.cjs']));
    test('runs in a worker thread', () => assertHolds(program, ['thread.js']));
    test('runs in a context of node:vm', () => assertHolds(program, ['vm.cjs']));
    // V8 has this behind a flag, other engines are about to: a frozen object accepts no private fields.
    test('runs if private fields need an extensible object', {
      skip: version === 'oldest' && 'no such flag',
    }, async () => {
      const flag = '--js-nonextensible-applies-to-private';
      const source = 'class A { constructor(o) { return o; } } class B extends A { #p = 1; } new B(Object.freeze({}));';
      await assert.rejects(run(program, [flag, '--eval', source]), /is not extensible/);
      await assertHolds(program, [flag, 'main.js']);
      await assertHolds(program, [flag, 'main.cjs']);
    });
    // V8 of the newest confuses names with escapes in `JSON.parse`.
    for (const [what, file, pattern] of [
      ['refuses signed payloads in which a name occurs twice', 'envelope.test.js', 'are refused: '],
      ['verifies without the package what the texts of items say', 'independent-verify.test.js', 'another escape'],
    ]) {
      test(what, { skip: version === 'oldest' && 'no such tests' }, () =>
        run(program, [`--test-name-pattern=${pattern}`, join(import.meta.dirname, '../node', file)], {
          env: { NODE_TEST_CONTEXT: '' },
        }),
      );
    }
  });
}

test('Node explains what to do if there is less address space than WebAssembly reserves', {
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

test('an uncaught error prints at most two kilobytes', async () => {
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
  test('runs by import', () => assertHolds(bun, ['main.js']));
  test('runs by require', () => assertHolds(bun, ['main.cjs']));
  test('binds the operation to a host, by import, by require and in a bundle', async () => {
    await assertHandles(bun, ['runtime.js']);
    await assertHandles(bun, ['runtime.cjs']);
    await run(bun, ['build', 'runtime.js', '--outfile=out/bun-runtime.js', '--target=bun'], { quiet: true });
    await assertHandles(bun, ['out/bun-runtime.js']);
  });
  test('runs in a bundle made by Bun', async () => {
    await run(bun, ['build', 'main.js', '--outfile=out/bun.js', '--target=bun'], { quiet: true });
    await assertHolds(bun, ['out/bun.js']);
  });
});

describe('Deno', () => {
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const deno = require.resolve(`@deno/${process.platform}-${process.arch}${libc}/deno`);
  // Deno must not prompt for permissions or look for updates.
  const env = { DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(consumer, '../deno'), DENO_NO_PROMPT: '1' };
  test('runs by import', () => assertHolds(deno, ['run', 'main.js'], { env }));
  test('binds the operation to a host, by import and by require', async () => {
    await assertHandles(deno, ['run', 'runtime.js'], { env });
    await assertHandles(deno, ['run', '--allow-read=.', 'runtime.cjs'], { env });
  });
  // `require` needs permission to read files.
  test('runs by require', () => assertHolds(deno, ['run', '--allow-read=.', 'main.cjs'], { env }));
});

describe('test runners with realms of their own', () => {
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
  test('jest runs it', () => jest('jest-environment-node'));
  test('jest runs it with jsdom', () => jest('jest-environment-jsdom', { env: { JSDOM: 'bare' } }));
  test('jest runs it with jsdom and the globals of browsers', () =>
    jest('jest-environment-jsdom', { setupFiles: ['<rootDir>/jsdom-setup.cjs'] }));
  for (const pool of ['forks', 'vmThreads']) {
    test(`vitest runs it in ${pool}`, async () => {
      const env = { CHECKS: String(await numberOfChecks()) };
      await run(node, [tool('vitest/vitest.mjs'), 'run', '--globals', '--pool', pool, 'vitest.test.js'], { env });
    });
  }
});

test('QuickJS, without WebAssembly and TextDecoder, imports everything, and a call says what is missing', async () => {
  const { getQuickJS } = await import('quickjs-emscripten');
  const context = (await getQuickJS()).newContext();
  context.runtime.setModuleLoader(
    (file) => readFileSync(file, 'utf8'),
    (_, name) => join(installed, 'dist', `${name}.js`),
  );
  const source = `import * as api from 'index';
    import { SnapshotError } from 'errors';
    import { contract } from 'contract';
    import { canonicalize } from 'verify';
    globalThis.canonical = await canonicalize({ b: 1, a: '\u20ac' });
    globalThis.outcome = { decoder: typeof TextDecoder, encoder: typeof TextEncoder, key: contract.key };
    try { api.digest({}); } catch (error) { outcome.known = error instanceof SnapshotError; outcome.message = error.message; }
    outcome.canonical = canonical;`;
  const evaluated = context.evalCode(source, 'main.js', { type: 'module' });
  context.unwrapResult(evaluated).dispose();
  context.unwrapResult(context.runtime.executePendingJobs());
  const { message, ...rest } = context.dump(context.getProp(context.global, 'outcome'));
  assert.deepEqual(rest, {
    ...{ decoder: 'undefined', encoder: 'undefined', key: 'context.pack.snapshot', known: true },
    canonical: '{"a":"\u20ac","b":1}',
  });
  assert.match(
    message,
    /^INTERNAL_ERROR: WebAssembly could not be started\. This host has no WebAssembly\. Required: /,
  );
});

describe('classes compiled to functions by Babel, as in Metro and older bundles', () => {
  for (const loose of [false, true]) {
    test(loose ? 'loosely' : 'as the language has it', async () => {
      const cwd = join(consumer, `../babel-${loose ? 'loose' : 'strict'}`);
      cpSync(consumer, cwd, { recursive: true, filter: (path) => !path.endsWith('/out') });
      const presets = [[require.resolve('@babel/preset-env'), { loose, targets: 'ie 11', modules: false }]];
      for (const entry of ['index', 'verify', 'errors', 'contract']) {
        const file = join(cwd, 'node_modules', NAME, `dist/${entry}.cjs`);
        const options = { babelrc: false, configFile: false, compact: true, sourceType: 'script', presets };
        const { code } = await transformAsync(readFileSync(file, 'utf8'), options);
        assert(!/\bclass (\w+ )?(extends|\{)/.test(code), `${entry} has no class left`);
        writeFileSync(file, code);
      }
      await assertHolds(node, ['main.cjs'], { cwd });
    });
  }
});

describe('tools that ignore `exports`', () => {
  test('TypeScript finds the declarations in its old resolution mode', async () => {
    const names = ['', '/verify', '/errors', '/contract', '/runtime', '/postgres', '/sqlite'];
    const lines = names.map((name, at) => `import * as api${at} from '${NAME}${name}';\nvoid api${at};\n`);
    // The error shows that the declarations were found.
    lines.push(
      'export const error: api2.SnapshotError = 1;\nexport const { key } = api3.contract;\napi1.verifyChain(1);\n',
    );
    writeFileSync(join(consumer, 'old.ts'), lines.join(''));
    const flags = '--module commonjs --moduleResolution node10 --target es2022 --strict --skipDefaultLibCheck --noEmit';
    const tsc = run(node, [tool('typescript5/bin/tsc'), ...flags.split(' '), 'old.ts']);
    const { message } = await tsc.catch((error) => error);
    assert.deepEqual(message.match(/\bTS\d+: .*'/g), [
      "TS2322: Type 'number' is not assignable to type 'SnapshotError'",
      `TS2345: Argument of type 'number' is not assignable to parameter of type 'Iterable<Stored<SnapshotRecord>>'`,
    ]);
  });
  test('webpack finds the package without `exports`', async () => {
    const output = { path: join(consumer, 'out/no-exports'), filename: 'main.cjs' };
    const resolve = { exportsFields: [], mainFields: ['main'] };
    const stats = await new Promise((done, fail) => {
      const options = { mode: 'none', target: 'node', context: consumer, entry: './main.cjs', output, resolve };
      webpack(options, (error, stats) => (error ? fail(error) : done(stats)));
    });
    assert.deepEqual(stats.toJson({ all: false, errors: true }).errors, []);
    await assertHolds(node, ['out/no-exports/main.cjs']);
  });
});

test('the tests use the installed package', async () => {
  const source = `console.log(JSON.stringify([import.meta.resolve('${NAME}'), import.meta.resolve('./')]))`;
  const [entry, folder] = JSON.parse(await run(node, ['--input-type=module', '--eval', source]));
  assert(entry.startsWith(`${folder}node_modules/`), entry);
});
