// Checks the package as users get it: the tarball, installed by npm outside of this repository.
//
// Why: a package may work in the folder where it was built, although files are missing or paths lead out of it.
//
// How: a consumer in target/consumer, without a network, which only knows the package's name.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { before, describe, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './support/child.js';

const NAME = '@lssm-tech/lib.context-snapshot';
/** The entries beside the main one. */
const ENTRIES = [
  'verify',
  'errors',
  'contract',
  'runtime',
  'postgres',
  'sqlite',
  'drizzle',
  'kysely',
  'worker',
  'react',
];
const packages = join(root, 'target/package');
const consumer = join(root, 'target/consumer');
const installed = join(consumer, 'node_modules', NAME);
const [first] = JSON.parse(readFileSync(new URL('../vectors/snapshots.json', import.meta.url), 'utf8')).slice(1);

const tarballs = () => readdirSync(packages).filter((name) => name.endsWith('.tgz'));
const tarball = () => join(packages, tarballs()[0]);
const manifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

/** Runs a script of the consumer, and parses its output as JSON. */
function consume(file, source) {
  writeFileSync(join(consumer, file), source);
  return JSON.parse(execFileSync(process.execPath, [file], { cwd: consumer, encoding: 'utf8' }));
}

before(() => {
  rmSync(consumer, { recursive: true, force: true });
  mkdirSync(consumer, { recursive: true });
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "version": "1.0.0", "private": true }\n');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball()], { cwd: consumer, stdio: 'pipe' });
});

describe('the tarball', () => {
  test('is the only one', () => assert.equal(tarballs().length, 1));

  test('has exactly these files', () => {
    const files = execFileSync('tar', ['-tzf', tarball()], { encoding: 'utf8' }).trim().split('\n').sort();
    assert.deepEqual(
      files,
      [
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'THIRD-PARTY.md', 'package.json'],
        ...readdirSync(join(root, 'docs'))
          .filter((name) => name.endsWith('.md'))
          .map((name) => `docs/${name}`),
        'examples/independent-verify.mjs',
        'man/context-snapshot.1',
        ...['absence-proof', 'envelope', 'index-entry', 'item', 'pack', 'proof', 'record', 'statement'].map(
          (name) => `schemas/${name}.json`,
        ),
        ...['cli', 'context-lock', 'context-pack'].map((name) => `schemas/${name}.json`),
        'dist/cli.js',
        // Scripts of the verbs: their names end with a hash of the content.
        ...files
          .filter((name) => /^package\/dist\/cli\/[a-z-]+-[A-Z0-9]{8}\.js$/.test(name))
          .map((name) => name.slice(8)),
        // The page: so do the names of its scripts.
        ...['index.html', 'icon.svg'].map((name) => `dist/studio/${name}`),
        ...files
          .filter((name) => /^package\/dist\/studio\/assets\/[a-z-]+-[\w-]{8}\.(js|css)$/.test(name))
          .map((name) => name.slice(8)),
        ...['context_snapshot.wasm', 'esm/index.js', 'esm/package.json', 'index.d.cts', 'index.d.ts'].map(
          (name) => `dist/${name}`,
        ),
        ...['dist/preview-worker.js', 'react/style.css'],
        ...['edge-light.js', 'index.cjs', 'index.js', 'node.cjs', 'node.js', 'workerd.js'].map(
          (name) => `dist/${name}`,
        ),
        ...ENTRIES.flatMap((name) => [
          ...['cjs', 'd.cts', 'd.ts', 'js'].map((kind) => `dist/${name}.${kind}`),
          `${name}/package.json`,
        ]),
      ]
        .map((name) => `package/${name}`)
        .sort(),
    );
  });

  test('has no empty file, and does not name the place where it was built', () => {
    const inFolder = (folder) => readdirSync(join(installed, folder)).map((name) => `${folder}/${name}`);
    for (const name of [
      ...['README.md', 'LICENSE', 'CHANGELOG.md', 'THIRD-PARTY.md'],
      ...['docs', 'examples', 'man', 'schemas'].flatMap(inFolder),
      ...readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(installed, join(entry.parentPath ?? entry.path, entry.name))),
    ]) {
      const content = readFileSync(join(installed, name));
      assert(content.length > 0, `${name} is empty`);
      assert(!content.includes(root), `${name} names ${root}`);
    }
  });

  // docs/PACKAGING.md (Size) says what each step of the build and each function costs.
  test('stays within its size budgets', () => {
    // Each budget is the size that was reached plus about 1 %, because another compiler makes another module.
    const most = {
      'context_snapshot.wasm': { raw: 180_500, brotli: 67_600 },
      'index.js': { raw: 244_500, brotli: 80_600 },
      'verify.js': { raw: 25_800, brotli: 11_150 },
      'errors.js': { raw: 3_000, brotli: 1_200 },
      'workerd.js': { raw: 55_800, brotli: 19_350 },
      'runtime.js': { raw: 33_300, brotli: 11_450 },
      'drizzle.js': { raw: 11_300, brotli: 3_240 },
      'kysely.js': { raw: 7_700, brotli: 2_400 },
      'worker.js': { raw: 4_720, brotli: 2_060 },
      'preview-worker.js': { raw: 12_240, brotli: 4_670 },
      'react.js': { raw: 16_020, brotli: 6_030 },
      'cli.js': { raw: 60_000, brotli: 18_000 },
    };
    for (const [file, { raw, brotli }] of Object.entries(most)) {
      const bytes = readFileSync(join(installed, 'dist', file));
      const compressed = brotliCompressSync(bytes).length;
      assert(bytes.length <= raw, `${file}: ${bytes.length} bytes`);
      assert(compressed <= brotli, `${file}: ${compressed} bytes with brotli`);
    }
  });

  test('has a page that stays within its size budget', () => {
    const folder = join(installed, 'dist/studio');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name)));
    const sum = (sizes) => sizes.reduce((one, other) => one + other, 0);
    const raw = sum(files.map(({ length }) => length));
    const brotli = sum(files.map((bytes) => brotliCompressSync(bytes).length));
    assert(files.length > 10 && raw <= 690_000, `${raw} bytes`);
    assert(brotli <= 250_000, `${brotli} bytes with brotli`);
  });

  test('describes itself in package.json', () => {
    const { name, version, license, engines, exports, types, type, sideEffects, ...others } = manifest();
    assert.equal(name, NAME);
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.equal(license, 'MIT');
    assert.equal(engines.node, '>=20');
    assert.equal(type, 'module');
    assert.deepEqual(sideEffects, ['./react/style.css']);
    assert.equal(types, './dist/index.d.ts');
    assert.equal(others.dependencies, undefined);
    assert.equal(others.scripts, undefined);
    // Every peer is optional: nothing is installed for it.
    const { peerDependencies: peers, peerDependenciesMeta } = others;
    assert.deepEqual(Object.keys(peers).sort(), [
      ...['@opentelemetry/api', 'drizzle-orm', 'gpt-tokenizer', 'kysely', 'react'],
    ]);
    assert.deepEqual(Object.keys(peers), Object.keys(peerDependenciesMeta));
    for (const { optional } of Object.values(peerDependenciesMeta)) assert.equal(optional, true);
    assert.equal(exports['./package.json'], './package.json');
    assert.equal(exports['./context_snapshot.wasm'], './dist/context_snapshot.wasm');
    assert.equal(exports['./react/style.css'], './react/style.css');
    assert.equal(exports['./preview-worker.js'], './dist/preview-worker.js');
    assert.equal(exports['./schemas/*.json'], './schemas/*.json');
    // The types come first, because the first matching condition is used.
    assert.deepEqual(Object.keys(exports['.']), ['edge-light', 'workerd', 'module', 'node', 'import', 'require']);
    const { node, ...direct } = exports['.'];
    const conditions = [...Object.values(direct), node.import, node.require];
    for (const name of ENTRIES.map((name) => `./${name}`)) {
      // Bundlers get the same script by `import` and by `require`.
      assert.deepEqual(Object.keys(exports[name]), ['module', 'import', 'require']);
      conditions.push(...Object.values(exports[name]));
      const folder = JSON.parse(readFileSync(join(installed, name, 'package.json'), 'utf8'));
      const { module, require } = exports[name];
      assert.deepEqual(folder, {
        main: `.${require.default}`,
        module: `.${module.default}`,
        types: `.${require.types}`,
      });
    }
    for (const condition of conditions) {
      assert.deepEqual(Object.keys(condition), ['types', 'default']);
      for (const file of Object.values(condition)) assert(readFileSync(join(installed, file)).length > 0, file);
    }
  });
});

describe('the command', () => {
  const bin = join(consumer, 'node_modules/.bin/context-snapshot');

  test('is installed by npm, and runs', () => {
    writeFileSync(join(consumer, 'a.md'), 'a');
    const version = execFileSync(bin, ['--version'], { encoding: 'utf8' });
    assert.equal(version, `${manifest().version}\n`);
    const [line] = execFileSync(bin, ['hash', '-', '--json'], { input: '{}', encoding: 'utf8' }).trimEnd().split('\n');
    assert.equal(JSON.parse(line).type, 'hash');
  });

  test('brings no other package', () => {
    const list = execFileSync('npm', ['ls', '--all', '--omit=dev', '--parseable'], { cwd: consumer, encoding: 'utf8' });
    assert.deepEqual(list.trimEnd().split('\n').slice(1), [installed]);
  });
});

describe('the consumer', () => {
  const call = `snapshotPack(${JSON.stringify(first.input)}, ${JSON.stringify(first.ctx)}).output.hash`;

  test('imports it without an init call', () => {
    assert.equal(
      consume('a.mjs', `import { snapshotPack } from '${NAME}';\nconsole.log(JSON.stringify(${call}));`),
      first.expected.hash,
    );
  });

  test('requires it', () => {
    assert.equal(
      consume('a.cjs', `const { snapshotPack } = require('${NAME}');\nconsole.log(JSON.stringify(${call}));`),
      first.expected.hash,
    );
  });

  test('imports and requires it, and gets one instance', () => {
    const { names, same, caught, instances } = consume(
      'both.mjs',
      `import { createRequire } from 'node:module';
      let instances = 0;
      const { Instance } = WebAssembly;
      WebAssembly.Instance = class extends Instance { constructor(...args) { super(...args); instances++; } };
      const imported = await import('${NAME}');
      const required = createRequire(import.meta.url)('${NAME}');
      const before = instances;
      let caught = false;
      try { required.canonicalize(undefined); } catch (error) { caught = error instanceof imported.SnapshotError; }
      const names = Object.keys(imported).sort();
      const same = names.every((name) => imported[name] === required[name])
        && Object.keys(required).filter((name) => name !== '__esModule').length === names.length;
      console.log(JSON.stringify({ names, same, caught, instances: [before, instances] }));`,
    );
    assert(names.includes('snapshotPack') && names.includes('SnapshotError') && names.includes('contract'));
    assert(!names.includes('default'));
    assert(same);
    assert(caught);
    // Nothing is compiled before the first call, so an unused import costs nothing.
    assert.deepEqual(instances, [0, 1]);
  });

  // The entries for hosts import the main entry by the name of the package, from inside of it.
  test('gets one class of errors from the main entry and the entries for hosts, by import and by require', () => {
    const found = consume(
      'entries.mjs',
      `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const caught = async (call) => {
        try { await call(); } catch (error) { return error; }
      };
      const { SnapshotError } = await import('${NAME}');
      const found = {};
      for (const load of [(name) => import(name), require]) {
        const { authorizeSnapshot } = await load('${NAME}/runtime');
        const error = await caught(() => authorizeSnapshot({ packKey: 'p' }, {}));
        (found.runtime ??= []).push(error instanceof SnapshotError && error.code);
        for (const [name, Class] of [['postgres', 'PostgresSnapshotStore'], ['sqlite', 'SqliteSnapshotStore']]) {
          const { [Class]: Store } = await load('${NAME}/' + name);
          (found[name] ??= []).push(typeof Store.open);
        }
      }
      console.log(JSON.stringify(found));`,
    );
    assert.deepEqual(found, {
      runtime: ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
      postgres: ['function', 'function'],
      sqlite: ['function', 'function'],
    });
  });

  test('bundles the main entry once, beside the entries for hosts', async () => {
    const contents = `import { SnapshotError } from '${NAME}';
      import { authorizeSnapshot } from '${NAME}/runtime';
      import * as postgres from '${NAME}/postgres';
      import * as sqlite from '${NAME}/sqlite';
      let same = false;
      try { authorizeSnapshot({ packKey: 'p' }, {}); } catch (error) { same = error instanceof SnapshotError; }
      console.log(JSON.stringify({ same, stores: [postgres, sqlite].map((one) => Object.keys(one).length > 0) }));`;
    for (const platform of ['node', 'browser']) {
      const outfile = join(consumer, `bundled-${platform}.mjs`);
      const stdin = { contents, resolveDir: consumer };
      const { metafile } = await build({
        ...{ stdin, outfile, platform, format: 'esm', bundle: true, metafile: true, logLevel: 'silent' },
        external: ['node:*'],
      });
      const scripts = Object.keys(metafile.inputs).filter(
        (file) => /\/index\.c?js$/.test(file) && !file.includes('esm'),
      );
      assert.equal(scripts.length, 1, `${platform}: ${scripts}`);
      const output = execFileSync(process.execPath, [outfile], { encoding: 'utf8' });
      assert.deepEqual(JSON.parse(output), { same: true, stores: [true, true] });
    }
  });

  test('resolves the module and the manifest by name', () => {
    const [compiled, version] = consume(
      'files.cjs',
      `const bytes = require('node:fs').readFileSync(require.resolve('${NAME}/context_snapshot.wasm'));
      console.log(JSON.stringify([WebAssembly.validate(bytes), require('${NAME}/package.json').version]));`,
    );
    assert.deepEqual([compiled, version], [true, manifest().version]);
  });

  test('resolves the schemas, and runs the verifier that needs no package', () => {
    const [record, { status, stderr }] = consume(
      'schemas.cjs',
      `const { join } = require('node:path');
      const { spawnSync } = require('node:child_process');
      const folder = require.resolve('${NAME}/package.json').slice(0, -'package.json'.length);
      const { status, stderr } = spawnSync(process.execPath, [join(folder, 'examples/independent-verify.mjs'), 'none']);
      console.log(JSON.stringify([require('${NAME}/schemas/record.json').title, { status, stderr: String(stderr) }]));`,
    );
    assert.equal(record, 'SnapshotRecord');
    assert.notEqual(status, 0);
    assert.doesNotMatch(stderr, /MODULE_NOT_FOUND|SyntaxError/);
  });

  test('finds no address that the owner has not chosen yet (RELEASING.md, step 1)', () => {
    const { homepage, bugs, repository } = manifest();
    assert.deepEqual([homepage, bugs, repository], [undefined, undefined, undefined]);
    const [, first] = readFileSync(join(root, 'RELEASING.md'), 'utf8')
      .split(/^## /m)
      .find((one) => one.startsWith('Steps'))
      .split(/^\d+\. /m);
    for (const name of ['homepage', 'bugs', 'repository']) assert(first.includes(`\`${name}\``), name);
  });

  test('cannot reach anything that is not exported', () => {
    const code = consume(
      'inside.cjs',
      `let code; try { require('${NAME}/dist/index.cjs'); } catch (error) { code = error.code; } console.log(JSON.stringify(code));`,
    );
    assert.equal(code, 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
