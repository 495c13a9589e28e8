// Why: a program copied from our documents into a strict TypeScript project should compile at once. How: every program of the
// README and of docs/ is compiled unchanged, with the other files of examples/agents, under `@tsconfig/strictest`, with both compilers used for the declarations. So are
// values from schemas, databases and files (tests/types/wide), in both module formats.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { root } from './support/child.js';

const folder = join(root, 'target/programs');
const compilers = ['node_modules/typescript', 'tests/hosts/node_modules/typescript5'];
const PROGRAM = /^```(?:m?js|javascript|m?ts|typescript)\n(?:\/\/ (\S+)\.m?[jt]s\n)?(.*?)^```$/gms;

/** Programs for a page. */
const COMPONENT = /^```tsx\n(.*?)^```$/gms;

const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
/** Returns document, name and code of each program; programs without a name are numbered. */
const programs = documents
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...readFileSync(join(root, name), 'utf8').matchAll(PROGRAM)].map(([, own, code], at) => {
      return { document: name, name: own ?? `${at + 1}`, code };
    }),
  );

/** Programs import each other by their names. */
const asModules = (code) => code.replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.mts'");

const STRICTEST = {
  extends: '@tsconfig/strictest/tsconfig.json',
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2023'],
    types: ['node'],
    noEmit: true,
    allowImportingTsExtensions: true,
    // Types that hosts use beside the package.
    paths: { '@electric-sql/pglite': [join(root, 'tests/hosts/node_modules/@electric-sql/pglite/dist/index.d.ts')] },
    skipLibCheck: true,
  },
  include: ['**/*.mts', '**/*.cts'],
};

const PAGE = {
  ...STRICTEST,
  compilerOptions: { ...STRICTEST.compilerOptions, lib: ['es2023', 'dom', 'dom.iterable'], jsx: 'react-jsx' },
  include: ['page/*.tsx', 'page/*.d.ts'],
};

/** Returns the compiler's output for a project in the folder. */
function compile(compiler, project) {
  const file = join(folder, `${project}.json`);
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, compiler, 'bin/tsc'), '--project', file], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

before(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const { document, name, code } of programs) {
    const place = join(folder, document.replace(/\.md$/, ''));
    mkdirSync(place, { recursive: true });
    // Makes a program without imports a module, too, so that its names are its own.
    writeFileSync(join(place, `${name}.mts`), `${asModules(code)}export {};\n`);
    // What readers have themselves.
    copyFileSync(join(root, 'tests/types/host/host.d.ts'), join(place, 'host.d.mts'));
  }
  // The examples for agents that docs/AGENTS.md does not show, and the packages of all of them.
  const agents = join(root, 'examples/agents');
  symlinkSync(join(agents, 'node_modules'), join(folder, 'docs/AGENTS/node_modules'));
  for (const file of readdirSync(agents).filter((name) => name.endsWith('.ts'))) {
    const place = join(folder, 'docs/AGENTS', file.replace(/ts$/, 'mts'));
    if (!existsSync(place)) writeFileSync(place, asModules(readFileSync(join(agents, file), 'utf8')));
  }
  // Programs for a page, with the types of React.
  const page = join(folder, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'package.json'), JSON.stringify({ type: 'module' }));
  symlinkSync(join(root, 'tests/studio/node_modules'), join(page, 'node_modules'));
  // As a bundler's types do.
  writeFileSync(join(page, 'styles.d.ts'), "declare module '*.css';\n");
  for (const [at, [, code]] of [...readFileSync(join(root, 'docs/STUDIO.md'), 'utf8').matchAll(COMPONENT)].entries()) {
    writeFileSync(join(page, `${at + 1}.tsx`), code);
  }
  writeFileSync(join(folder, 'page.json'), JSON.stringify(PAGE));
  mkdirSync(join(folder, 'wide'));
  for (const kind of ['mts', 'cts']) {
    copyFileSync(join(root, 'tests/types/wide/wide.ts'), join(folder, `wide/wide.${kind}`));
  }
  const bundler = { ...STRICTEST.compilerOptions, module: 'esnext', moduleResolution: 'bundler' };
  writeFileSync(join(folder, 'node.json'), JSON.stringify(STRICTEST));
  writeFileSync(
    join(folder, 'bundler.json'),
    JSON.stringify({ ...STRICTEST, compilerOptions: bundler, include: ['**/*.mts'] }),
  );
});

test('finds programs in the README and in docs/AUDIT.md, and for pages in docs/STUDIO.md', () => {
  assert(existsSync(join(folder, 'page/2.tsx')));
  for (const name of ['README.md', 'docs/AUDIT.md']) {
    assert(
      programs.some(({ document }) => document === name),
      name,
    );
  }
});

test('finds no program in a language that is not compiled', () => {
  const known = ['', 'diff', 'html', 'js', 'json', 'jsonc', 'rust', 'sh', 'sql', 'text', 'toml', 'ts', 'tsx', 'yaml'];
  for (const name of documents.filter((one) => one.endsWith('.md'))) {
    let isInside = false;
    for (const [, language] of readFileSync(join(root, name), 'utf8').matchAll(/^```(.*)$/gm)) {
      if (!isInside) assert(known.includes(language), `${name}: ${language}`);
      isInside = !isInside;
    }
  }
});

for (const compiler of compilers) {
  describe(compiler, () => {
    for (const project of ['node', 'bundler', 'page']) {
      test(`compiles every program and every real value, with ${project}`, () => {
        assert(existsSync(join(root, compiler)), 'set up by `make setup-tests`');
        assert.equal(compile(compiler, project), '');
      });
    }

    test('refuses a wrong program', () => {
      writeFileSync(
        join(folder, 'wrong.mts'),
        "import { digest } from '@lssm-tech/lib.context-snapshot';\ndigest();\n",
      );
      writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ ...STRICTEST, include: ['wrong.mts'] }));
      try {
        assert.match(compile(compiler, 'wrong'), /error TS2554/);
      } finally {
        rmSync(join(folder, 'wrong.mts'));
      }
    });
  });
}

/** Members that may be absent but not undefined: trusted values fail closed (ERRORS 8.1). */
const NEVER_UNDEFINED = ['expect'];

test('every optional member may be undefined, in every declaration', async () => {
  const { default: ts } = await import(new URL('../hosts/node_modules/typescript5/lib/typescript.js', import.meta.url));
  let optional = 0;
  const visit = (node) => {
    if (ts.isPropertySignature(node) && node.questionToken && !NEVER_UNDEFINED.includes(node.name.getText())) {
      optional++;
      const types = ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
      assert.match(types.at(-1).getText(), /^(undefined|never)$/, node.getText());
    }
    ts.forEachChild(node, visit);
  };
  for (const name of ['index', 'verify']) {
    const text = readFileSync(join(root, `pkg/src/${name}.d.ts`), 'utf8');
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  }
  assert(optional > 80, `${optional}`);
});

// F0-2, E4.2-1, E4.2-2
test('members of the context that may be null are absent if they are null or undefined', () => {
  const types = readFileSync(join(root, 'pkg/src/index.d.ts'), 'utf8');
  const [, members] = /^export interface SnapshotContext \{\n(.*?)^\}/ms.exec(types);
  const optional = [...members.matchAll(/^ {2}(\w+)\?: (.*);$/gm)];
  assert(optional.length >= 14);
  const pack = { packKey: 'a', version: '1', title: '' };
  for (const [, member, type] of optional) {
    assert.match(type, /\| null \| undefined$/, member);
    for (const value of [null, undefined]) {
      // Without an actor nobody is admitted, so the other members are tested with an admin.
      const call = () => snapshotPack({ packKey: 'a' }, { actor: 'admin', pack, items: [], [member]: value });
      if (member === 'actor') assert.throws(call, { code: 'UNAUTHENTICATED' });
      else
        assert.deepEqual(Object.keys(call().record.metadata.$snapshot).sort(), ['actor', 'grant', 'manifest', 'seal']);
    }
  }
});
