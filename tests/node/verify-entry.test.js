// Checks the entry without WebAssembly by itself.
//
// Why: it serves places where the main entry cannot run. So it must be small, need neither WebAssembly nor code generation, and
// give the same answers.
//
// How: random values, compared with a canonicalizer by other authors and with the main entry; all vectors; then processes
// without WebAssembly, with code generation forbidden, or with prototypes patched after loading.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as main from '@lssm-tech/lib.context-snapshot';
import * as imported from '@lssm-tech/lib.context-snapshot/verify';
import canonicalizeOfOthers from 'canonicalize';
import fc from 'fast-check';
import { inChild, root } from './support/child.js';
import { assertProblem, thrownBy } from './support/expect.js';
import { proofs } from './support/tampering.js';
import { decode } from './support/values.js';

const NAME = '@lssm-tech/lib.context-snapshot/verify';
const required = createRequire(import.meta.url)(NAME);
const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const snapshots = read('snapshots');
const refusals = read('refusals');
const sha256 = (text) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

describe('the file', () => {
  const file = (name) => readFileSync(`${root}node_modules/@lssm-tech/lib.context-snapshot/dist/${name}`, 'utf8');

  test('needs no WebAssembly, generates no code, imports nothing', () => {
    for (const name of ['verify.js', 'verify.cjs']) {
      for (const word of [
        /WebAssembly/,
        /\beval\b/,
        /Function\(/,
        /\brequire\(/,
        /\bimport\b/,
        /\bprocess\b/,
        /\bBuffer\b/,
      ]) {
        // jest with jsdom has no TextEncoder in its realm, but Node.js has one.
        assert.doesNotMatch(file(name).replace('globalThis.process.getBuiltinModule("node:util")', ''), word);
      }
    }
  });

  test('exports the same by import and by require', () => {
    const names = ['SnapshotError', 'canonicalize', 'digest'];
    for (const what of ['Absence', 'Chain', 'Item', 'Snapshot']) names.push(`verify${what}`);
    assert.deepEqual(Object.keys(imported).sort(), names);
    assert.deepEqual(
      Object.keys(required)
        .filter((name) => name !== '__esModule')
        .sort(),
      names,
    );
  });
});

for (const [system, api] of Object.entries({ imported, required })) {
  const { canonicalize, digest, verifySnapshot } = api;

  describe(`canonical JSON, ${system}`, () => {
    test('is written like by another library, for any JSON value', async () => {
      const value = fc.oneof(
        fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }),
        fc.jsonValue({ stringUnit: 'grapheme-composite' }),
        fc.object({
          key: fc.string({ unit: 'binary', maxLength: 80 }),
          values: [fc.double({ noDefaultInfinity: true, noNaN: true }), fc.string({ unit: 'binary', maxLength: 40 })],
          withNullPrototype: true,
          maxKeys: 20,
        }),
      );
      await fc.assert(
        fc.asyncProperty(value, async (given) => {
          const json = await canonicalize(given);
          assert.equal(json, canonicalizeOfOthers(given));
          assert.equal(await digest(given), sha256(json));
        }),
        { numRuns: 3000, seed: 8785 },
      );
    });

    test('treats values that are not JSON, and those that only resemble it, like the main entry', async () => {
      const odd = fc.anything({
        ...{ maxDepth: 4, withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withSet: true },
        ...{
          withNullPrototype: true,
          withObjectString: true,
          withSparseArray: true,
          withTypedArray: true,
          withUnicodeString: true,
        },
      });
      const halves = fc
        .array(fc.constantFrom('a', '\ud800', '\udc00', '"', '\u0001', 'é', '', '\u{1F600}'))
        .map((all) => all.join(''));
      const value = fc.oneof(
        odd,
        fc.dictionary(halves, fc.oneof(halves, odd)),
        fc.array(fc.dictionary(halves, halves)),
      );
      await fc.assert(
        fc.asyncProperty(value, async (given) => {
          let expected;
          try {
            expected = main.canonicalize(given);
          } catch (error) {
            assert(error instanceof main.SnapshotError);
            const own = await rejection(canonicalize(given));
            assert.deepEqual({ ...own }, { ...error });
            assert.equal(own.message, error.message);
            return;
          }
          assert.equal(await canonicalize(given), expected);
        }),
        { numRuns: 5000, seed: 4 },
      );
    });

    test('is refused with the problem of ERRORS.md', async () => {
      for (const [value, issues] of [
        [undefined, [['', 'invalid_type', 'Invalid input: expected JSON value, received undefined']]],
        [
          { a: [1n, 'b\udc00'] },
          [
            ['a.0', 'invalid_type', 'Invalid input: expected JSON value, received bigint'],
            ['a.1', 'invalid_format', 'Invalid string: unpaired surrogate at index 1'],
          ],
        ],
      ]) {
        const outcome = issues.map(([path, code, message]) => ({ path, code, message }));
        for (const run of [canonicalize, digest]) {
          assertProblem(
            await rejection(run(value)),
            { code: 'VALIDATION_FAILED', issues: outcome, operation: false },
            api,
          );
        }
      }
    });

    test('refuses metadata and content that the vectors refuse', async () => {
      let count = 0;
      for (const { input, ctx } of refusals) {
        for (const [which, place] of [
          [(given) => given.input?.metadata, 'metadata'],
          ...(Array.isArray(ctx?.items) ? ctx.items : []).map((_, at) => [
            (given) => given.ctx.items[at]?.content,
            'content',
          ]),
        ]) {
          const make = () => which({ input: decode(input), ctx: decode(ctx) });
          let expected;
          try {
            expected = main.canonicalize(make());
          } catch (error) {
            const own = await rejection(canonicalize(make()));
            assert.deepEqual({ ...own }, { ...error }, place);
            count++;
            continue;
          }
          assert.equal(await canonicalize(make()), expected);
        }
      }
      assert(count > 200);
    });
  });

  describe(`verifies snapshots of the main entry, ${system}`, () => {
    for (const { name, input, ctx, expected } of snapshots) {
      test(name, async () => {
        const { record, items, index, manifest, output } = main.snapshotPack(input, ctx);
        const { seal } = record.metadata.$snapshot;
        const good = async (parts, anchor = 'none') =>
          assert.deepEqual(await verifySnapshot(parts), { valid: true, issues: [], anchor });
        await good({ record, items });
        await good({ record, items, index, pack: ctx.pack, expect: { hash: output.hash, seal } }, 'seal');
        assert.equal(await digest(manifest), expected.hash);
        assert.equal(await canonicalize(manifest), expected.canonicalManifest);

        // As a database returns it: through JSON, with null for absent members, in another order, with row ids.
        const stored = JSON.parse(JSON.stringify({ record, items, pack: ctx.pack }));
        Object.assign(stored.record, { createdBy: record.createdBy ?? null, id: 1 });
        for (const item of stored.items) {
          for (const column of ['sourceVersion', 'textContent', 'metadata']) item[column] ??= null;
          item.itemId = `${record.snapshotId}:${item.itemId}`;
          item.position = 7;
        }
        for (const column of ['description', 'owners', 'tags', 'sources']) stored.pack[column] ??= null;
        stored.items.reverse();
        const { createdAt } = record;
        for (const time of [createdAt, new Date(createdAt), createdAt.replace('T', ' ').replace('Z', '+00')]) {
          stored.record.createdAt = time;
          await good({ ...stored, rowIds: true });
          await good({ ...stored, rowIds: true, index });
        }
        // It is invalid without its last item, or with another hash.
        if (items.length > 0) assert.equal((await verifySnapshot({ record, items: items.slice(1) })).valid, false);
        assert.equal((await verifySnapshot({ record, items, expect: { hash: seal } })).valid, false);
      });
    }
  });
}

describe('in a process of its own', { concurrency: 2 }, () => {
  const first = snapshots.find(({ expected }) => expected.index.length > 2);
  const { record, items, index } = main.snapshotPack(first.input, first.ctx);
  const [{ item, proof, hash }] = proofs(5, [2]);
  const data = JSON.stringify({ record, items, index, item, proof, hash });
  const prelude = `
    const data = ${data};
    const { record, items, index, item, proof, hash } = data;
    const check = async (api) => [
      (await api.verifySnapshot({ record, items })).valid,
      (await api.verifySnapshot({ record, items, index })).valid,
      (await api.verifySnapshot({ record, items: items.map((one) => JSON.stringify(one, null, 1)) })).valid,
      (await api.verifySnapshot({ record, items: [new Uint8Array([0xff])] })).issues[0].message,
      (await api.verifySnapshot({ record, items: items.slice(1), index })).issues.length,
      (await api.verifyChain([record])).valid,
      await api.verifyItem(item, proof, hash),
      await api.verifyItem(items[0], proof, hash),
      await api.canonicalize({ b: 1, a: ['é'] }),
      await api.digest([]),
    ];`;
  const notText = 'Invalid JSON: expected a value, found bytes that are not UTF-8 (line 1, column 1)';
  const answers = [true, true, true, notText, 1, true, true, false, '{"a":["é"],"b":1}', sha256('[]')];

  test('works without WebAssembly, Buffer and process, and without code generation', async () => {
    const found = await inChild(
      `${prelude}
      const log = console.log;
      for (const name of ['WebAssembly', 'Buffer', 'process']) delete globalThis[name];
      const api = await import('${NAME}');
      report([typeof WebAssembly, await check(api)]);`,
      '--disallow-code-generation-from-strings',
    );
    assert.deepEqual(found, ['undefined', answers]);
  });

  // E2-2
  test('works without Web Crypto', async () => {
    const found = await inChild(`${prelude}
      Object.defineProperty(globalThis, 'crypto', { value: undefined });
      const { canonicalize, digest, verifySnapshot, verifyItem, SnapshotError } = await import('${NAME}');
      const codes = [];
      for (const run of [() => digest(1), () => verifySnapshot({ record, items }), () => verifyItem(item, proof, hash)]) {
        await run().catch((error) => codes.push([error instanceof SnapshotError, error.code, error.status, error.name]));
      }
      report([await canonicalize([1]), codes]);`);
    assert.deepEqual(found, ['[1]', Array(3).fill([true, 'INTERNAL_ERROR', 500, 'SnapshotError'])]);
  });

  test('works with prototypes that are patched after it was loaded', async () => {
    const found = await inChild(`${prelude}
      import { writeSync } from 'node:fs';
      const write = (text) => writeSync(1, text);
      const api = await import('${NAME}');
      const bad = () => { throw new Error('patched'); };
      const text = data.items.map((one, at) => {
        const json = JSON.stringify(one, null, 1).replace('{', '{"__proto__":[-0.5e1,"\\\\u00e9\\\\n",{"a":{}}],"mistake":1,');
        return at === 0 ? json : new TextEncoder().encode(json);
      });
      const lists = [data.items, [record], data.items.slice(1), text];
      const iterators = lists.map((list) => Array.prototype[Symbol.iterator].bind(list));
      const own = (at) => ({ [Symbol.iterator]: iterators[at] });
      const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
      // Node's Web Crypto does not need any of these once it is loaded; nor does code loaded before.
      await api.digest(1);
      const names = ['valid', 'issues', 'path', 'digest', 'required', 'itemId', 'seal', 'expect', ...'abcdefghijklmnopqrstuvwxyz'];
      for (const object of [String, RegExp, Map, Date, TextEncoder, TextDecoder, Uint8Array, Number].map((type) => type.prototype)
        .concat([JSON, Math, Reflect, crypto.subtle])) {
        for (const name of getOwnPropertyNames(object)) {
          const { configurable, value } = getOwnPropertyDescriptor(object, name);
          if (name !== 'constructor' && configurable && typeof value === 'function') object[name] = bad;
        }
      }
      for (const name of [0, 1, 2]) defineProperty(Array.prototype, name, { set: bad, get: bad, configurable: true });
      const { call, bind, apply } = Function.prototype;
      Function.prototype.call = Function.prototype.bind = Function.prototype.apply = bad;
      for (const name of ['push', 'sort', 'map', 'join', 'slice', 'forEach', 'splice', Symbol.iterator]) Array.prototype[name] = bad;
      for (let at = 0; at < names.length; at++) {
        defineProperty(Object.prototype, names[at], { __proto__: null, set: bad, get: bad, configurable: true });
      }
      const a = (await api.verifySnapshot({ __proto__: null, record, items: own(0) })).valid;
      const b = (await api.verifySnapshot({ __proto__: null, record, items: own(0), index })).valid;
      const c = (await api.verifySnapshot({ __proto__: null, record, items: own(2), index })).valid;
      const d = (await api.verifyChain(own(1))).valid;
      const e = await api.verifyItem(item, proof, hash);
      const f = (await api.canonicalize({ b: 1, a: ['é'] })) === '{"a":["é"],"b":1}';
      const g = (await api.verifySnapshot({ __proto__: null, record, items: own(3), index })).valid;
      const outcome = '[' + a + ',' + b + ',' + c + ',' + d + ',' + e + ',' + f + ',' + g + ']';
      for (let at = 0; at < names.length; at++) delete Object.prototype[names[at]];
      delete Array.prototype[0];
      delete Array.prototype[1];
      delete Array.prototype[2];
      Function.prototype.call = call;
      Function.prototype.bind = bind;
      Function.prototype.apply = apply;
      write(outcome);
      `);
    assert.deepEqual(found, [true, true, false, true, true, true, true]);
  });

  const tooBig = (path) => [{ path, code: 'too_big', message: 'Too big: expected at most 268435456 canonical bytes' }];
  const values = `
    import { canonicalize, verifySnapshot } from '${NAME}';
    const issues = (value) => canonicalize(value).then(({ length }) => length, (error) => error.issues ?? String(error));
    const doubled = (leaf, step, times = 60) => { let value = leaf; while (times-- > 0) value = step(value); return value; };`;
  for (const [what, value] of Object.entries({
    objects: "doubled(0, (value) => ({ ['b'.repeat(30)]: value, ['a'.repeat(30)]: value }))",
    text: "doubled('x'.repeat(1000), (value) => [value, value])",
    'deep arrays': "doubled(doubled('x'.repeat(4000), (value) => [value], 930), (value) => [value, value])",
  })) {
    test(`refuses ${what} that double 60 times`, async (t) => {
      const [outcome, seconds, megabytes] = await inChild(`${values}
        const start = Date.now();
        const outcome = await issues(${value});
        report([outcome, (Date.now() - start) / 1000, process.memoryUsage().rss / 2 ** 20]);`);
      assert.deepEqual(outcome, tooBig(''));
      t.diagnostic(`${seconds} s, ${Math.round(megabytes)} MB`);
      assert(megabytes < 3000, `${megabytes} MB`);
    });
  }

  test('accepts documents of 268,435,456 bytes, and refuses one more', async () => {
    const found = await inChild(`${values}
      const LIMIT = 268435456;
      const item = { itemId: 'a', kind: 'k', sourceKey: 's', content: 'x'.repeat(LIMIT) };
      const { issues: outcome } = await verifySnapshot({ record: { metadata: { a: 'x'.repeat(LIMIT) }, packKey: 5 }, items: [5, item], index: [] });
      report([
        await issues('x'.repeat(LIMIT - 2)), await issues('x'.repeat(LIMIT - 1)), await issues('\\u20ac'.repeat(LIMIT / 3)),
        await issues('\\u0001'.repeat(LIMIT / 4)), await issues(['x'.repeat(LIMIT - 4)]), await issues(['x'.repeat(LIMIT - 3)]),
        await issues({ a: 'x'.repeat(LIMIT - 8) }), await issues({ a: 'x'.repeat(LIMIT - 7) }), outcome,
      ]);`);
    const limit = 268435456;
    assert.deepEqual(found, [
      ...[limit, tooBig(''), tooBig(''), tooBig(''), limit, tooBig(''), limit, tooBig('')],
      [
        ...tooBig('record.metadata'),
        { path: 'items.0', code: 'invalid_type', message: 'Invalid input: expected object, received number' },
        ...tooBig('items.1').map((issue) => ({ ...issue, itemId: 'a' })),
      ],
    ]);
  });
});

test('throws its own class', async () => {
  const [own, other] = [await rejection(imported.canonicalize()), thrownBy(() => main.canonicalize())];
  assert(own instanceof imported.SnapshotError && !(own instanceof main.SnapshotError));
  assert.deepEqual({ ...own }, { ...other });
});

// E8-2
test('is not valid if a comparison is forgotten, even if no issue was found', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, 'pkg/src/verify'), join(folder, 'verify'), { recursive: true });
  cpSync(join(root, 'src/wasm/js/json-text.js'), join(folder, 'verify/json-text.js'));
  const imports = { '#json-text': './verify/json-text.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports }));
  const source = readFileSync(join(root, 'pkg/src/verify.js'), 'utf8');
  const pack = { packKey: 'p', version: '1', title: '' };
  const { record, index } = main.snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [] });
  const answers = async (name, forgotten) => {
    assert(source.includes(forgotten), forgotten);
    writeFileSync(join(folder, name), source.replace(forgotten, ''));
    const { verifySnapshot, verifyChain } = await import(pathToFileURL(join(folder, name)));
    return [await verifySnapshot({ record, index, items: [] }), await verifyChain([record])].map(
      ({ valid, issues }) => [valid, ...issues],
    );
  };
  const gap = (what) => [false, { path: '', code: 'mismatch', message: `Not verified: the ${what} was not compared` }];
  assert.deepEqual(await answers('all.js', ''), [[true], [true]]);
  assert.deepEqual(await answers('record.js', 'evidence.record = found.isVerified_;'), [gap('snapshot'), [true]]);
  assert.deepEqual(await answers('index.js', 'evidence.index = isValid ='), [gap('snapshot'), [true]]);
  assert.deepEqual(await answers('sources.js', 'evidence.sources = true;'), [gap('snapshot'), [true]]);
  assert.deepEqual(await answers('records.js', 'evidence.records = whole === length;'), [[true], gap('chain')]);
  assert.deepEqual(await answers('links.js', 'evidence.links = linked === last;'), [[true], gap('chain')]);
});
