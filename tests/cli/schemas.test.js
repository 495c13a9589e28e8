// Validates what the command writes against the schemas of the package: each line of `--json`, the config of `init`, the lock.
//
// How: every verb runs in a case that succeeds and in one that does not. A schema that no line was held against fails the last test, and so
// does a verb that was not run.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { LOCK, newFolder, run, start } from './support/command.js';

const require = createRequire(import.meta.url);
const schemaOf = (name) => require(`@lssm-tech/lib.context-snapshot/schemas/${name}.json`);
const ajv = new Ajv.default({ strict: true, strictTypes: true, strictRequired: true, allErrors: true });
const schema = schemaOf('cli');
ajv.addSchema(schema, 'cli');
const line = ajv.getSchema('cli');
const ofType = Object.fromEntries(Object.keys(schema.$defs).map((type) => [type, ajv.getSchema(`cli#/$defs/${type}`)]));
const config = ajv.compile(schemaOf('context-pack'));
const lock = ajv.compile(schemaOf('context-lock'));

const seenTypes = new Set();
const seenVerbs = new Set();
let folder;

function write(files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Runs a verb with `--json`, checks each line, and returns the lines. */
function json(code, verb, ...args) {
  const { code: actual, out, err } = run([verb, ...args, '--json', '--quiet'], { cwd: folder });
  assert.equal(actual, code, `${verb}: ${out}${err}`);
  return linesOf(verb, out);
}

/** Checks each line that a verb has written, and returns the lines. */
function linesOf(verb, out) {
  assert(out.endsWith('\n'));
  seenVerbs.add(verb);
  return out
    .slice(0, -1)
    .split('\n')
    .map((text) => {
      const value = JSON.parse(text);
      assert(Object.hasOwn(ofType, value.type), value.type);
      // The schema of the type names what is wrong; that of the line must agree.
      assert(ofType[value.type](value), `${verb}: ${JSON.stringify(ofType[value.type].errors)} in ${text}`);
      assert(line(value), text);
      assert(!line({ ...value, other: 1 }), 'a member that is not described is refused');
      seenTypes.add(value.type);
      return value;
    });
}

const valid = (validate, file) => {
  const value = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  assert(validate(value), JSON.stringify(validate.errors));
  return value;
};

describe('each line of --json matches its schema', () => {
  before(() => {
    folder = newFolder();
    write({ '.contextignore': 'copy/\nout/\n/pack.json\nproof.json\nenvelope.json\n' });
    write({ 'a.md': 'a\n', 'b.md': 'b\n', 'c.schema.json': { type: 'object' }, 'd.png': 'x\0', 'e.yaml': 'e: 1\n' });
  });

  test('init, and the config that it writes', () => {
    const [{ include }] = json(0, 'init');
    assert.deepEqual(valid(config, 'context-pack.json').include, include);
  });

  test('lock, and the lock that it writes', () => {
    assert.equal(json(0, 'lock', '--dry-run', '--user', 'u')[0].status, 'dry-run');
    assert.equal(json(0, 'lock', '--user', 'u')[0].status, 'locked');
    assert.equal(json(0, 'lock', '--user', 'u')[0].status, 'unchanged');
    valid(lock, LOCK);
  });

  test('status, diff and lock again, after each kind of change', () => {
    json(0, 'status');
    json(0, 'diff');
    renameSync(join(folder, 'b.md'), join(folder, 'moved.md'));
    renameSync(join(folder, 'e.yaml'), join(folder, '.hidden'));
    write({
      'a.md': 'A\n',
      'new.md': '',
      'context-pack.json': readFileSync(join(folder, 'context-pack.json'), 'utf8')
        .replace('"tags": []', '"tags": ["x"]')
        .replace('"files": "**/*.{json', '"optional": true, "files": "**/*.{json'),
    });
    valid(config, 'context-pack.json');
    const changes = json(1, 'status');
    assert.deepEqual(
      changes
        .map(({ change }) => change)
        .filter(Boolean)
        .sort(),
      ['A', 'D', 'M', 'R'],
    );
    assert.deepEqual(changes.at(-1).pack, ['tags']);
    json(1, 'diff', '--exit-code');
    json(1, 'diff', '--exit-code', '--words');
    json(1, 'status', '--tokens');
    json(1, 'diff', '--exit-code', '--tokens');
    json(0, 'lock', '--dry-run', '--tokens');
    json(0, 'preview', '--tokens');
    json(0, 'show', '--tokens');
    json(0, 'show', 'a.md', '--tokens');
    assert(json(0, 'preview')[0].changes.changed.length > 0);
    assert.equal(json(0, 'lock', '--reason', 'why', '--idem-key', 'k')[0].status, 'locked');
    valid(lock, LOCK);
  });

  test('log, verify and show', () => {
    const [{ reason, parent, hash, seal }] = json(0, 'log');
    assert.equal(reason, 'why');
    assert.notEqual(parent, null);
    json(1, 'log', '--expect-seal', hash);
    assert.equal(json(0, 'verify')[0].anchor, 'none');
    assert.equal(json(0, 'verify', '--expect-hash', hash)[0].anchor, 'hash');
    assert.equal(json(0, 'verify', '--expect-seal', seal)[0].anchor, 'seal');
    assert(json(1, 'verify', '--expect-hash', seal)[0].issues.length > 0);
    json(0, 'show');
    json(0, 'show', 'a.md');
    json(0, 'show', 'c.schema.json');
    json(0, 'show', 'd.png');
    write({ 'new.md': 'changed' });
    assert(json(1, 'verify', '--expect-seal', seal)[0].issues.length > 0);
    write({ 'new.md': '' });
  });

  test('log of a chain whose beginning is not here', () => {
    const copy = join(folder, 'copy');
    write({ 'copy/x.md': 'x' });
    json(0, 'lock', 'copy', '--parent', `sha256:${'0'.repeat(64)}`);
    assert.equal(json(0, 'log', copy).at(-1).missingParent, `sha256:${'0'.repeat(64)}`);
  });

  test('create, and what verify, show, diff and preview say of it', () => {
    const item = { itemId: 'i', kind: 'docblock', sourceKey: 's', content: 'x', metadata: { n: 1 } };
    write({ 'pack.json': { packKey: 'p', version: '', title: '' }, 'items.jsonl': `${JSON.stringify(item)}\n` });
    write({ 'bad.jsonl': `${JSON.stringify({ ...item, content: 1 })}\n${JSON.stringify({ ...item, kind: '' })}\n` });
    json(0, 'create', '--pack', 'pack.json', 'items.jsonl');
    const [{ hash }] = json(0, 'create', '--pack', 'pack.json', 'items.jsonl', '--out', 'out', '--reason', 'r');
    json(0, 'verify', 'out', '--expect-hash', hash);
    json(0, 'show', 'out');
    json(0, 'show', 'out', 'i');
    json(0, 'diff', 'out', LOCK);
    json(0, 'preview', 'items.jsonl', '--pack', 'pack.json');
    assert(json(1, 'preview', 'bad.jsonl', '--pack', 'pack.json')[0].problems.length > 1);
  });

  test('prove and check-proof', () => {
    const [{ hash, seal }] = json(0, 'log');
    const [{ type: _, ...proof }] = json(0, 'prove', 'a.md');
    write({ 'proof.json': proof });
    json(0, 'check-proof', 'proof.json', '--expect-hash', hash);
    assert(json(1, 'check-proof', 'proof.json', '--expect-hash', seal)[0].issues.length > 0);
    const [{ type: __, ...absent }] = json(0, 'prove', 'aa.md', '--absent');
    write({ 'proof.json': absent });
    json(0, 'check-proof', 'proof.json', '--expect-hash', hash, '--absent', 'aa.md');
    json(0, 'prove', 'aa.md', '--absent', '--without-items');
  });

  test('attest and check-attestation', () => {
    for (const name of ['mine', 'other']) {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      write({ [`${name}.pem`]: privateKey.export({ type: 'pkcs8', format: 'pem' }) });
      write({ [`${name}.pub`]: publicKey.export({ type: 'spki', format: 'pem' }) });
    }
    const [{ envelope }] = json(0, 'attest', '--key', 'mine.pem', '--keyid', 'k');
    write({ 'envelope.json': envelope });
    json(0, 'check-attestation', 'envelope.json', '--key', 'mine.pub');
    json(1, 'check-attestation', 'envelope.json', '--key', 'other.pub');
    assert.equal(json(0, 'verify', '--attestation', 'envelope.json', '--key', 'mine.pub')[0].signed, true);
  });

  test('studio', async () => {
    const { child, ended } = start(['studio', '--json', '--quiet'], { cwd: folder });
    child.stdout.once('data', () => child.kill('SIGINT'));
    const { code, out } = await ended;
    assert.equal(code, 0);
    assert.match(linesOf('studio', out)[0].address, /^http:/);
  });

  test('hash and canonicalize', () => {
    json(0, 'hash', 'pack.json');
    assert.equal(json(0, 'canonicalize', 'pack.json')[0].canonical, '{"packKey":"p","title":"","version":""}');
  });

  after(() => {
    assert.deepEqual([...seenTypes].sort(), Object.keys(schema.$defs).sort());
    const verbs = [...run(['--help']).out.matchAll(/^ {2}([a-z-]+) .*\S$/gm)].map(([, verb]) => verb);
    // What these write is for people and shells, so they have no --json.
    for (const verb of verbs.filter((name) => !['help', 'completion', 'context-snapshot'].includes(name)))
      assert(seenVerbs.has(verb), `no test runs ${verb} --json`);
  });
});

describe('the schemas', () => {
  test('of the config has the address that init writes, and is at that place in the package', () => {
    const { $id } = schemaOf('context-pack');
    assert.match($id, /\/@lssm-tech\/lib\.context-snapshot\/schemas\/context-pack\.json$/);
    folder = newFolder();
    write({ 'a.md': 'a' });
    json(0, 'init');
    assert.equal(valid(config, 'context-pack.json').$schema, $id);
  });

  test('of the config agrees with the command about mistakes', () => {
    const good = {
      folder: 'context-folder/v1',
      packKey: 'p',
      version: '1',
      title: '',
      include: [{ files: '*.md', kind: 'k' }],
    };
    const [rule] = good.include;
    const mistakes = [
      ...['folder', 'packKey', 'version', 'title', 'include'].map((name) => ({ [name]: undefined })),
      ...[{ packKey: '' }, { version: 1 }, { owners: [''] }, { tags: 'x' }, { description: null }, { other: 1 }],
      ...[{ eol: 'crlf' }, { binary: true }, { exclude: ['/a'] }, { exclude: 'a' }, { include: [] }, { include: {} }],
      ...[
        { files: '' },
        { files: '!a' },
        { files: 'a\\b' },
        { kind: '' },
        { as: 'yaml' },
        { optional: 1 },
        { x: 1 },
      ].map((change) => ({ include: [{ ...rule, ...change }] })),
    ];
    folder = newFolder();
    write({ 'a.md': 'a', 'context-pack.json': good });
    assert(config(good), JSON.stringify(config.errors));
    assert.equal(run(['lock', '--dry-run'], { cwd: folder }).code, 0);
    for (const mistake of mistakes) {
      const value = JSON.parse(JSON.stringify({ ...good, ...mistake }));
      write({ 'context-pack.json': value });
      assert(!config(value), JSON.stringify(mistake));
      const { code, err } = run(['lock', '--dry-run'], { cwd: folder });
      assert.equal(code, 4, `${JSON.stringify(mistake)} ${err}`);
      assert.match(err, /context-pack\.json:\d+:\d+: /);
    }
  });
});
