// Tests the worker in Chromium, under a strict Content-Security-Policy: results are those of the main entry, calls can be stopped, and
// hostile text is refused in words.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import {
  diffSnapshots,
  digestItem,
  explainItem,
  previewPack,
  proveItem,
  snapshotPack,
  verifyAbsence,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import { INPUT, itemsText, PACK, plainPage, START, studio, TRUSTED } from './support/page.js';

const COUNT = 50_000;
const TEXT = itemsText(COUNT, 100);
const LINES = TEXT.split('\n');
const MISSING = '/not-there.js';
let host;
let tab;

/** A worker whose engine confuses a name with an escape, as some versions of V8 do. */
const CONFUSED = `import '/node_modules/@lssm-tech/lib.context-snapshot/dist/preview-worker.js';
const { parse } = JSON;
JSON.parse = (text) => parse(text.replace('"\\\\"":', '"\\\\\\\\":'));
`;

before(async () => {
  host = await studio(
    {
      '/plain': plainPage(),
      '/trusted': plainPage(TRUSTED),
      '/confused.js': { body: CONFUSED, headers: { 'content-type': 'text/javascript' } },
    },
    MISSING,
  );
  tab = await host.open('/plain');
  await tab.evaluate(START);
  await tab.evaluate((constants) => Object.assign(globalThis, constants), { INPUT, PACK });
});
after(() => host?.close());

/** Runs a function in the page, with its globals and an argument. */
const inPage = (work, argument) => tab.evaluate(`(${work})(globalThis, ${JSON.stringify(argument)})`);

/** Leaves out members that are undefined: messages keep them, JSON does not. */
const plain = (value) => JSON.parse(JSON.stringify(value));
const withoutIndex = ({ index, ...preview }) => plain(preview);

test('an item is what its text says, even if the engine confuses its names', async () => {
  const text = `{"itemId":"a","kind":"k","sourceKey":"s","content":{"":0,${JSON.stringify('"')}:0}}`;
  const found = await inPage(async ({ start, INPUT, PACK }, text) => {
    const worker = start({ worker: '/confused.js' });
    const list = await worker.read(text);
    const { hash, manifest } = await list.preview(INPUT, { actor: 'user', pack: PACK });
    const { rows } = await list.rows();
    const { proof } = await list.prove(rows[0].row, manifest);
    const { json } = await list.text(rows[0].row);
    worker.close();
    return { hash, digest: rows[0].digest, proof, json };
  }, text);
  assert.equal(found.hash, previewPack(INPUT, { actor: 'user', pack: PACK, items: [text] }).hash);
  assert.equal(found.digest, digestItem(text).digest);
  assert.deepEqual(explainItem(text, found.proof, found.hash).issues, []);
  assert.equal(found.json, digestItem(text).json);
});

test('items and records of a store are what their text says, even if the engine confuses their names', async () => {
  const names = (last) => `{"":0,${JSON.stringify(last)}:0}`;
  const item = (last) => `{"itemId":"a","kind":"k","sourceKey":"s","sourceVersion":null,"content":${names(last)}}`;
  const { record } = snapshotPack(INPUT, {
    actor: 'admin',
    pack: { ...PACK, sources: [] },
    items: [item('\\').replace('"sourceVersion":null,', '')],
  });
  const found = await inPage(
    async ({ start }, { items, parts, names }) => {
      const worker = start({ worker: '/confused.js' });
      const verdicts = [];
      for (const text of items) {
        const list = await worker.read(text, { stored: true });
        verdicts.push((await list.verify(parts)).valid);
      }
      const { document } = await worker.read(`{"record":${names},"items":[]}`);
      worker.close();
      return { verdicts, names: Object.keys(document.record) };
    },
    {
      items: [item('\\'), item('"')],
      parts: { record, expect: { hash: record.hash } },
      names: names('"'),
    },
  );
  assert.deepEqual(found, { verdicts: [true, false], names: ['', '"'] });
});

describe('a pack of 50,000 items', () => {
  let list;
  before(async () => {
    list = await inPage(async ({ worker }, text) => {
      const steps = [];
      globalThis.list = await worker.read(new Blob([text]), { onProgress: (progress) => steps.push(progress) });
      return { count: globalThis.list.count, invalid: globalThis.list.invalid, steps };
    }, TEXT);
  });

  test('is read with progress', () => {
    assert.equal(list.count, COUNT);
    assert.equal(list.invalid, 0);
    for (const step of ['read', 'hash']) {
      const dones = list.steps.filter((progress) => progress.step === step);
      assert(dones.length >= 1, step);
      assert.deepEqual(
        dones.map(({ done }) => done),
        dones.map(({ done }) => done).sort((left, right) => left - right),
      );
      assert.equal(dones.at(-1).done, dones.at(-1).total);
    }
  });

  test('has the preview of the main entry', async () => {
    const found = await inPage(({ list }) => list.preview(INPUT, { actor: 'user', pack: PACK }));
    const expected = previewPack(INPUT, { actor: 'user', pack: PACK, items: LINES });
    const { itemCount, sources, ...preview } = plain(found);
    assert.deepEqual(preview, withoutIndex(expected));
    assert.equal(itemCount, COUNT);
    const sum = (member) => sources.reduce((total, source) => total + source[member], 0);
    assert.equal(sum('items'), COUNT);
    assert.equal(sum('bytes'), expected.bytes);
    assert.equal(sources.filter(({ sourceKey }) => sourceKey === 'source-0').length, 6);
  });

  test('has rows by page: sorted, filtered and searched', async () => {
    const ask = (query) => inPage(({ list }, query) => list.rows(query), query);
    const all = LINES.map((line) => ({ ...digestItem(line), ...JSON.parse(line) }));
    const first = await ask({});
    assert.equal(first.total, COUNT);
    assert.equal(first.rows.length, 100);
    const { itemId, kind, sourceKey, sourceVersion, digest, json } = all[0];
    const bytes = Buffer.byteLength(json);
    assert.deepEqual(plain(first.rows[0]), {
      row: 0,
      position: 0,
      itemId,
      kind,
      sourceKey,
      sourceVersion,
      bytes,
      digest,
    });
    const byId = [...all].sort((left, right) => (left.itemId < right.itemId ? -1 : 1)).map((item) => item.itemId);
    const late = await ask({ sort: 'itemId', from: 49_990 });
    assert.deepEqual(
      late.rows.map((row) => row.itemId),
      byId.slice(49_990),
    );
    const down = await ask({ sort: 'itemId', descending: true, count: 3 });
    assert.deepEqual(
      down.rows.map((row) => row.itemId),
      byId.slice(-3).reverse(),
    );
    const digests = await ask({ sort: 'digest', count: 1 });
    assert.equal(digests.rows[0].digest, all.map((item) => item.digest).sort()[0]);
    const found = await ask({ search: 'GUIDES/4999', kind: 'docblock' });
    assert.deepEqual(
      found.rows.map((row) => row.itemId),
      all.filter((item) => item.itemId.includes('guides/4999') && item.kind === 'docblock').map((item) => item.itemId),
    );
    assert.equal(
      (await ask({ sourceKey: 'source-3' })).total,
      all.filter((item) => item.sourceKey === 'source-3').length,
    );
    assert.equal((await ask({ problems: true })).total, 0);
    assert.equal((await ask({ count: 5000 })).rows.length, 1000);
    await assert.rejects(ask({ sort: 'colour' }), /RangeError: Rows cannot be sorted by colour/);
  });

  test('is known after an edit, which takes a fraction of the time of a first preview', async (t) => {
    const changed = JSON.stringify({ ...JSON.parse(LINES[7]), content: 'edited' });
    const extra = JSON.stringify({ ...JSON.parse(LINES[7]), itemId: 'extra' });
    const found = await inPage(
      async ({ worker, list }, [changed, extra, text]) => {
        const timed = async (work) => {
          const start = performance.now();
          const result = await work();
          return { time: performance.now() - start, result };
        };
        const context = { actor: 'user', pack: PACK };
        const first = await timed(async () => (await worker.read(text)).preview(INPUT, context));
        const before = await list.preview(INPUT, context);
        const edits = [];
        // The machine may be busy with something else during one of them.
        for (let round = 0; round < 3; round++) {
          edits.push(
            await timed(async () => {
              const next = await list.edit({ put: [{ row: 7, text: changed }, { text: extra }], remove: [9] });
              const against = { manifest: before.manifest, items: list };
              return { next, preview: await next.preview(INPUT, { ...context, against }), rows: next.edited };
            }),
          );
        }
        const time = Math.min(...edits.map((one) => one.time));
        const { next, preview, rows } = edits[0].result;
        const diff = await worker.diff(
          { manifest: before.manifest, items: list },
          { manifest: preview.manifest, items: next },
        );
        const again = await list.preview(INPUT, context);
        return {
          first: first.time,
          time,
          preview,
          rows,
          diff,
          count: next.count,
          row: (await next.rows({ from: 7, count: 1 })).rows[0],
          isSame: again.hash === before.hash,
        };
      },
      [changed, extra, TEXT],
    );
    const after = LINES.map((line, at) => (at === 7 ? changed : line)).filter((_, at) => at !== 9);
    const context = { actor: 'user', pack: PACK };
    const against = previewPack(INPUT, { ...context, items: LINES });
    const expected = previewPack(INPUT, { ...context, items: [...after, extra], against });
    assert.equal(found.preview.hash, expected.hash);
    assert.deepEqual(plain(found.preview.changes), plain(expected.changes));
    assert.deepEqual(plain(found.diff), plain(diffSnapshots(against, expected)));
    assert.equal(found.count, COUNT);
    assert.equal(found.rows[0], 7);
    assert.equal(found.row.digest, digestItem(changed).digest);
    assert(found.isSame, 'the list before the edit is as it was');
    t.diagnostic(`${found.time} ms after an edit, ${found.first} ms at first`);
    assert(found.time < found.first / 2, `${found.time} ms after an edit, ${found.first} ms at first`);
  });

  test('has the proofs and the text of the main entry', async () => {
    const found = await inPage(async ({ worker, list }) => {
      const { manifest, hash } = await list.preview(INPUT, { actor: 'user', pack: PACK });
      const byId = await list.prove('guides/49', manifest);
      const { json, length } = await list.text(49);
      const start = await list.text(49, 10);
      const isProof = await worker.call('explainItem', json, byId.proof, hash);
      const row = await list.find('guides/49');
      return {
        byId,
        byRow: await list.prove(49, manifest),
        json,
        length,
        start,
        isProof,
        row,
        none: await list.find('?'),
      };
    });
    const preview = previewPack(INPUT, { actor: 'user', pack: PACK, items: LINES });
    const { json, digest } = digestItem(LINES[49]);
    const proof = proveItem(preview, 'guides/49');
    assert.deepEqual(plain(found.byId), plain({ proof, digest }));
    assert.deepEqual(found.byRow, found.byId);
    assert.equal(found.json, json);
    assert.equal(found.length, json.length);
    assert.deepEqual(found.start, { json: json.slice(0, 10), length: json.length });
    assert.deepEqual(found.isProof, plain(explainItem(json, proof, preview.hash)));
    assert.equal(found.isProof.valid, true);
    assert.equal(found.row.position, 49);
    assert.equal(found.none, null);
  });

  test('has the proof that an item is absent, with its neighbours', async () => {
    const found = await inPage(async ({ worker, list }) => {
      const { manifest, hash } = await list.preview(INPUT, { actor: 'user', pack: PACK });
      const proof = await list.proveAbsence('guides/none', manifest);
      const there = await list.proveAbsence('guides/7', manifest).catch(({ status }) => status);
      return { hash, proof, verdict: await worker.call('explainAbsence', 'guides/none', proof, hash), there };
    });
    assert.deepEqual(found.verdict, { valid: true, issues: [], anchor: 'hash' });
    assert(verifyAbsence('guides/none', found.proof, found.hash));
    assert.equal(found.there, 422);
  });

  test('becomes a snapshot that verifies, and one changed character is found', async () => {
    const now = '2026-01-02T03:04:05.000Z';
    const ctx = { actor: 'admin', userId: 'ops', pack: PACK, now, snapshotId: 'one' };
    const found = await inPage(async ({ worker, list }, ctx) => {
      const { record, event, items } = await list.snapshot(INPUT, { ...ctx, logger: () => {} });
      const text = await items.text();
      const stored = await worker.read(items, { stored: true });
      const forged = await worker.read(text.replace('0 lorem', '0 Lorem'), { stored: true });
      const expect = { hash: record.hash };
      return {
        ...{ record, event, text },
        valid: await stored.verify({ record, event, expect }),
        forged: await forged.verify({ record, expect }),
        inherited: await stored.verify(
          new (class {
            record = record;
            get expect() {
              return { hash: `sha256:${'0'.repeat(64)}` };
            }
          })(),
        ),
      };
    }, ctx);
    const snapshot = snapshotPack(INPUT, { ...ctx, items: LINES });
    assert.deepEqual(plain(found.record), plain(snapshot.record));
    assert.deepEqual(plain(found.event), plain(snapshot.event));
    assert.equal(found.text, snapshot.items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    assert.deepEqual(found.valid, { valid: true, issues: [], anchor: 'hash' });
    const items = JSON.parse(`[${found.text.replace('0 lorem', '0 Lorem').trim().replaceAll('\n', ',')}]`);
    const parts = { record: snapshot.record, expect: { hash: snapshot.record.hash } };
    assert.deepEqual(plain(found.forged), plain(verifySnapshot({ ...parts, items })));
    assert.equal(found.forged.valid, false);
    assert.deepEqual([found.inherited.valid, found.inherited.anchor], [false, 'none']);
    assert.equal(found.inherited.issues[0].path, 'expect.hash');
  });
});

test('a list that was edited has the sources of one that was read anew', async () => {
  const item = (members) => JSON.stringify({ itemId: 'i', kind: 'k', sourceKey: 'new', content: 'é', ...members });
  const puts = [
    { row: 3, text: item() },
    { row: 3, text: item({ sourceKey: 'other' }) },
    { row: 4, text: '{"itemId":"not an item"}' },
    { text: item({ itemId: 'guides/0' }) },
    { text: item({ itemId: 'last' }) },
  ];
  const found = await inPage(
    async ({ worker, INPUT, PACK }, [lines, puts]) => {
      const sources = async (list) => (await list.preview(INPUT, { actor: 'user', pack: PACK })).sources;
      let list = await worker.read(lines.join('\n'));
      const [{ row: first }] = (await list.rows()).rows;
      const edited = [await sources(list)];
      const read = [edited[0]];
      const check = async (edits) => {
        list = await list.edit(edits);
        edited.push(await sources(list));
        read.push(await sources(await worker.read(lines.join('\n'))));
      };
      for (const { row, text } of puts) {
        lines[row ?? lines.length] = text;
        await check({ put: [{ row: row && row + first, text }] });
      }
      const [last] = list.edited;
      lines = lines.slice(0, -1).toSpliced(3, 1);
      await check({ remove: [last, first + 3] });
      return { edited, read };
    },
    [LINES.slice(0, 20), puts],
  );
  assert.deepEqual(found.edited, found.read);
  // All differ but one: a duplicate does not count.
  assert.equal(new Set(found.edited.map((sources) => JSON.stringify(sources))).size, puts.length + 1);
});

describe('a verification', () => {
  test('refuses what the main entry refuses, and what would arrive as another value', async () => {
    const items = LINES.slice(0, 3);
    const { record } = snapshotPack(INPUT, { actor: 'admin', pack: PACK, items });
    const other = `sha256:${'0'.repeat(64)}`;
    const found = await inPage(
      async ({ worker }, { text, record, other }) => {
        const list = await worker.read(text, { stored: true });
        const expect = { hash: record.hash };
        const inherited = (from, own) => Object.assign(Object.create(from), own);
        const cases = {
          good: { record, expect },
          'good, items given': { record, expect, items: [] },
          'good, inherited': inherited({ expect }, { record }),
          'inherited expect': inherited({ expect: { hash: other } }, { record }),
          'inherited seal': inherited({ seal: other }, { record }),
          'inherited expected': inherited({ expected: { hash: other } }, { record }),
          'inherited index': inherited({ index: [] }, { record, expect }),
          'getter of a class': Object.assign(
            new (class {
              get index() {
                return [];
              }
            })(),
            { record, expect },
          ),
          'not enumerable': Object.defineProperty({ record, expect }, 'index', { value: [] }),
          'function as index': { record, expect, index: () => 1 },
          'function as event': { record, expect, event: () => 1 },
          'function as seal': { record, seal: () => 1 },
          'inherited in expect': { record, expect: inherited({ seal: other }, { hash: record.hash }) },
          'not enumerable in expect': {
            record,
            expect: Object.defineProperty({ hash: record.hash }, 'seal', { value: other }),
          },
          'pack of a class': {
            ...{ record, expect },
            pack: new (class {
              packKey = record.packKey;
            })(),
          },
          'inherited in expect, from a class that extends null': {
            record,
            expect: inherited(Object.assign(Object.create(null), { seal: other }), { hash: record.hash }),
          },
          'metadata of a class that extends null': {
            record: { ...record, metadata: inherited(Object.create(null), record.metadata) },
            expect,
          },
          'a Map': { record, expect: new Map([['hash', record.hash]]) },
          'a boxed text': { record: { ...record, hash: Object(record.hash) }, expect },
        };
        const verdicts = {};
        for (const [name, parts] of Object.entries(cases)) {
          const { valid } = await list.verify(parts).catch((error) => ({ valid: error.name }));
          verdicts[name] = valid;
        }
        const call = (...args) => worker.call('verifyChain', ...args).catch(({ message }) => message);
        return {
          verdicts,
          chain: await call([record], { expect: inherited({ seal: other }, {}) }),
          preview: await list
            .preview({}, { actor: 'user', pack: inherited({}, {}), decision: inherited({ effect: 'deny' }, {}) })
            .catch(({ message }) => message),
        };
      },
      { text: items.join('\n'), record, other },
    );
    for (const [name, valid] of Object.entries(found.verdicts)) {
      if (name.startsWith('good')) assert.equal(valid, true, name);
      else assert([false, 'TypeError'].includes(valid), `${name}: ${valid}`);
    }
    assert.match(found.chain, /^verifyChain\.1\.expect: an instance of a class does not arrive in the worker as it is/);
    assert.match(found.preview, /^preview\.1\.(pack|decision): an instance of a class/);
  });

  test('of one worker is not answered to another', async () => {
    const found = await inPage(async ({ start }) => {
      const worker = new Worker('/node_modules/@lssm-tech/lib.context-snapshot/dist/preview-worker.js', {
        type: 'module',
      });
      const one = start({ worker });
      const [text, isSame] = [await one.call('canonicalizeJson', '{ }'), start({ worker }) === one];
      one.close();
      return [text, isSame];
    });
    assert.deepEqual(found, ['{}', true]);
  });
});

describe('a call', () => {
  test('stops when its signal is aborted, and the next one is answered', async () => {
    const found = await inPage(async ({ worker }, text) => {
      const controller = new AbortController();
      const onProgress = ({ step }) => step === 'hash' && controller.abort(new Error('enough'));
      const stopped = await worker.read(text, { signal: controller.signal, onProgress }).catch(String);
      const before = await worker.read(text, { signal: AbortSignal.abort() }).catch(({ name }) => name);
      return { stopped, before, next: await worker.call('canonicalizeJson', '{ "b": 1, "a": 2 }') };
    }, TEXT);
    assert.deepEqual(found, { stopped: 'Error: enough', before: 'AbortError', next: '{"a":2,"b":1}' });
  });

  test('rejects with the SnapshotError of the main entry', async () => {
    const found = await inPage(async ({ worker }) => {
      const { SnapshotError } = await import('@lssm-tech/lib.context-snapshot/errors');
      const list = await worker.read('');
      const problem = (error) => ({ isOurs: error instanceof SnapshotError, ...error.toJSON() });
      return [
        await list.preview(INPUT, { pack: PACK }).catch(problem),
        await list.preview(INPUT, { actor: 'user', pack: null }).catch(problem),
        await list.preview({ packKey: '' }, { actor: 'user', pack: PACK }).catch(problem),
        await list.snapshot(INPUT, { actor: 'user', pack: PACK }).catch(problem),
        await list.preview(INPUT, { actor: 'admin', decision: { effect: 'deny' }, pack: PACK }).catch(problem),
      ];
    });
    assert.deepEqual(
      found.map(({ status }) => status),
      [401, 404, 422, 403, 403],
    );
    assert(found.every(({ isOurs }) => isOurs));
    assert.equal(found[2].issues[0].path, 'packKey');
  });

  test('is refused after close, after release and for a list of another worker', async () => {
    const found = await inPage(async ({ worker, start }) => {
      const other = start();
      const foreign = await other.read('');
      const list = await worker.read('');
      const { manifest } = await list.preview(INPUT, { actor: 'user', pack: { ...PACK, sources: [] } });
      const mixed = await worker.diff({ manifest, items: list }, { manifest, items: foreign }).catch(String);
      list.release();
      const released = await list.rows().catch(String);
      const noFunction = await worker.call('snapshotPack').catch(String);
      const pending = other.read('[]').catch(({ name }) => name);
      other.close();
      return {
        mixed,
        released,
        noFunction,
        pending: await pending,
        closed: await other.read('').catch(({ name }) => name),
      };
    });
    assert.deepEqual(found, {
      mixed: 'TypeError: items: expected a list of this worker',
      released: 'Error: The list was released, and can no longer be used',
      noFunction: 'TypeError: A worker does not call snapshotPack',
      pending: 'AbortError',
      closed: 'AbortError',
    });
  });

  test('rejects if the script is not there', async () => {
    const found = await inPage(async ({ start }, worker) => {
      const missing = start({ worker });
      return (await missing.read('').catch((error) => error)).toJSON();
    }, MISSING);
    assert.equal(found.code, 'INTERNAL_ERROR');
    assert.equal(found.detail, 'The script of the preview worker could not be loaded');
  });
});

describe('text of items', () => {
  const item = (itemId, more) => ({ itemId, kind: 'docblock', sourceKey: 's', content: '"}],[{\\', ...more });
  const three = [item('a'), item('b', { metadata: { list: [1, [2, { c: '\\"' }]] } }), item('c\u{1f600}')];
  const forms = {
    'JSON lines': three.map((one) => JSON.stringify(one)).join('\n'),
    'JSON lines with blank lines and CRLF': `\r\n${three.map((one) => JSON.stringify(one)).join('\r\n \r\n')}\r\n`,
    'a JSON array': JSON.stringify(three),
    'an indented array': ` ${JSON.stringify(three, undefined, 2)}\n`,
    'a document with items': JSON.stringify({ pack: PACK, items: three, reason: 'r' }),
    'an indented document': JSON.stringify({ pack: PACK, items: three, reason: 'r' }, undefined, 2),
  };
  const expected = three.map((one) => digestItem(one));

  for (const [name, text] of Object.entries(forms)) {
    test(`is read as ${name}, from each kind of source`, async () => {
      const found = await inPage(async ({ worker }, text) => {
        const bytes = new TextEncoder().encode(text);
        const sources = [text, bytes, new Blob([text]), new File([text], 'a.json'), new Blob([text]).stream()];
        return Promise.all(
          sources.map(async (source) => {
            const list = await worker.read(source);
            return { document: list.document, rows: (await list.rows()).rows.map(({ digest }) => digest) };
          }),
        );
      }, text);
      assert.equal(found.length, 5);
      for (const { document, rows } of found) {
        assert.deepEqual(
          rows,
          expected.map(({ digest }) => digest),
        );
        if (name.includes('document')) assert.deepEqual(document, { pack: PACK, reason: 'r' });
        else assert.equal(document, undefined);
      }
    });
  }

  test('shows that a member of a document did not come because it is long', async () => {
    const documents = await inPage(async ({ worker }) => {
      const long = 'x'.repeat(1_000_000);
      const list = await worker.read(
        JSON.stringify({ pack: { title: 'short' }, manifest: { long }, items: [], other: long }),
      );
      return [list, await list.edit({})].map(({ document }) =>
        ['pack', 'manifest', 'other'].map((name) => [name in document, document[name] ?? 'none']),
      );
    });
    const document = [
      [true, { title: 'short' }],
      [true, 'none'],
      [true, 'none'],
    ];
    assert.deepEqual(documents, [document, document]);
  });

  test('may be one item, a document without items, or nothing', async () => {
    const read = (text) =>
      inPage(async ({ worker }, text) => {
        const { count, document } = await worker.read(text);
        return { count, document };
      }, text);
    assert.equal((await read(JSON.stringify(item('a'), undefined, 2))).count, 1);
    assert.deepEqual(await read('{"record":{"hash":"x"}}'), { count: 0, document: { record: { hash: 'x' } } });
    assert.equal((await read(' \n')).count, 0);
    assert.equal((await read('[ ]')).count, 0);
  });

  test('is read strictly, also where JSON.parse and JSON.stringify lead back to the same text', async () => {
    const texts = [
      item('whole', { content: 'caf\u00e9 \u{1f600}', metadata: { b: 1, a: [true, null] } }),
      item('dropped', { createdAt: '2026-01-02T03:04:05.000Z', snapshotId: 'one', reviewed: '\u00e9' }),
      JSON.stringify(item('a string')),
      item('alone \ud800'),
      item('__proto__', { metadata: JSON.parse('{"__proto__":{"kind":"x"},"toJSON":1}') }),
      item('null', { metadata: null }),
      null,
    ].map((value) => JSON.stringify(value));
    const found = await inPage(
      ({ worker }, texts) =>
        Promise.all(
          texts.map(async (text) => {
            const list = await worker.read(`[${text}]`);
            const { itemCount, problems } = await list.preview(INPUT, {
              actor: 'user',
              pack: { ...PACK, sources: [] },
            });
            const { bytes, digest, problem } = (await list.rows()).rows[0];
            return { isItem: itemCount === 1, problems, ...(problem === undefined && { bytes, digest }) };
          }),
        ),
      texts,
    );
    const expected = texts.map((text) => {
      const { problems } = previewPack(INPUT, { actor: 'user', pack: { ...PACK, sources: [] }, items: [text] });
      if (problems.length > 0) return { isItem: false, problems };
      const { digest, json } = digestItem(text);
      return { isItem: true, problems, bytes: Buffer.byteLength(json), digest };
    });
    assert.deepEqual(plain(found), plain(expected));
    assert.deepEqual(
      found.map(({ isItem }) => isItem),
      [true, true, false, false, true, false, false],
    );
  });

  test('of an invalid item is a row with its problem, and the preview says the same', async () => {
    const bad = [
      '{"itemId":"a","itemId":"b"}',
      '{"itemId":"cut',
      '{"itemId":"n","kind":"k","sourceKey":"s","content":{"n":9007199254740993}}',
      '{"itemId":"t","kind":"k","sourceKey":"s","content":"","createdAt":"yesterday"}',
      '[1]',
      JSON.stringify(item('twice')),
      JSON.stringify({ ...item('twice'), content: 'other' }),
      '{"itemId":"nul","kind":"k","sourceKey":"s","content":"","metadata":null}',
    ];
    const found = await inPage(
      async ({ worker }, text) => {
        const list = await worker.read(text);
        const { problems } = await list.preview(INPUT, { actor: 'user', pack: { ...PACK, sources: [] } });
        const { rows } = await list.rows({ problems: true });
        return { problems, rows, invalid: list.invalid, json: await list.text(rows[1].row) };
      },
      [JSON.stringify(item('first')), ...bad].join('\n'),
    );
    const items = [JSON.stringify(item('first')), ...bad];
    const preview = previewPack(INPUT, { actor: 'user', pack: { ...PACK, sources: [] }, items });
    assert.deepEqual(plain(found.problems), plain(preview.problems));
    assert.equal(found.invalid, 6);
    assert.deepEqual(
      found.rows.map(({ position }) => position),
      [1, 2, 3, 4, 5, 7, 8],
    );
    for (const { position, problem } of found.rows) {
      assert(
        preview.problems.some(({ path }) => path.startsWith(`items.${position}`)),
        `items.${position}: ${problem}`,
      );
    }
    assert.deepEqual(found.json, { json: bad[1], length: bad[1].length });
  });

  test('of a store has null for an absent member', async () => {
    const row = {
      ...item('a'),
      sourceVersion: null,
      textContent: null,
      metadata: null,
      snapshotId: 'x',
      createdAt: null,
    };
    const found = await inPage(async ({ worker }, text) => {
      const stored = await worker.read(text, { stored: true });
      return { invalid: stored.invalid, digest: (await stored.rows()).rows[0].digest };
    }, JSON.stringify(row));
    assert.deepEqual(found, { invalid: 0, digest: digestItem(item('a')).digest });
  });

  // F7.4-2: JSON.parse takes the last of two members, so such a text is another item for whoever reads it.
  test('of a store is not valid if it has a member twice, once as null', async () => {
    const { record } = snapshotPack(INPUT, { actor: 'admin', pack: { ...PACK, sources: [] }, items: [item('a')] });
    const text = JSON.stringify(item('a'));
    const texts = [
      '"content":null}',
      '"textContent":null,"textContent":null}',
      '"x":null,"x":1}',
      '"\\ud800":null}',
    ].map((more) => `${text.slice(0, -1)},${more}`);
    const found = await inPage(
      async ({ worker }, { texts, parts }) => {
        const verdicts = [];
        for (const text of texts) verdicts.push(await (await worker.read(text, { stored: true })).verify(parts));
        return verdicts;
      },
      { texts: [text, ...texts], parts: { record, expect: { hash: record.hash } } },
    );
    const expected = [text, ...texts].map((text) =>
      verifySnapshot({ record, items: [text], expect: { hash: record.hash } }),
    );
    assert.deepEqual(
      found.map(({ valid }) => valid),
      [true, false, false, false, false],
    );
    assert.deepEqual(found, plain(expected));
  });

  for (const [text, message] of [
    ['[{"itemId":"a"', /line 1, column \d+/],
    ['[1,,2]', /line 1, column 4/],
    ['[1] 2', /line 1, column 5/],
    ['{\n"items": [1}', /line 2, column 12/],
    ['{"a":1,"a":2,"items":[]}', /Invalid|duplicate/i],
    ['hello', /line 1, column 1/],
    ['"text"', /not a list of items/],
    ['\ufeff[]', /line 1, column 1/],
  ]) {
    test(`that cannot be divided is refused in words: ${JSON.stringify(text)}`, async () => {
      const found = await inPage(({ worker }, text) => worker.read(text).catch(({ message }) => message), text);
      assert.match(String(found), message);
    });
  }

  test('with a second member items is refused as a whole, also if its name has escapes', async () => {
    for (const name of ['items', '\\u0069tems']) {
      const found = await inPage(
        async ({ worker }, text) => worker.read(text).catch(({ issues }) => issues[0].message),
        `{"items":[${LINES[0]}],"${name}":[${LINES[1]}]}`,
      );
      assert.match(found, /^Duplicate member: items \(line 1, column \d+\)$/);
      assert.equal(
        await inPage(async ({ worker }, text) => (await worker.read(text)).count, `{"${name}":[${LINES[0]}]}`),
        1,
      );
    }
  });

  test('comes in bytes: a stream of other chunks is refused', async () => {
    const found = await inPage(async ({ worker }, text) => {
      const read = (chunk) => {
        const source = new ReadableStream({
          start(controller) {
            controller.enqueue(chunk);
            controller.close();
          },
        });
        return worker.read(source).then(
          ({ count }) => count,
          ({ message }) => message,
        );
      };
      const bytes = new TextEncoder().encode(text);
      return [await read(bytes), await read(text), await read(bytes.buffer)];
    }, LINES[0]);
    const refusal = 'A stream of items must yield Uint8Array, such as that of a Blob or a Response';
    assert.deepEqual(found, [1, refusal, refusal]);
  });

  test('has its proofs also after a preview with lower limits', async () => {
    const found = await inPage(async ({ worker, INPUT, PACK }, text) => {
      const list = await worker.read(text);
      const low = await list.preview(INPUT, { actor: 'user', pack: PACK, limits: { items: 1 } });
      const { manifest } = await list.preview(INPUT, { actor: 'user', pack: PACK });
      const { rows } = await list.rows();
      return { problems: low.problems.length, position: (await list.prove(rows[1].row, manifest)).proof.leafIndex };
    }, LINES.slice(0, 3).join('\n'));
    assert.deepEqual(found, { problems: 1, position: 1 });
  });

  test('is read strictly also in members that are not hashed, whatever is beside it', async () => {
    const item = (extra) => `{"itemId":"a","kind":"k","sourceKey":"s","content":"x",${extra}}`;
    const deep = `${'['.repeat(1001)}${']'.repeat(1001)}`;
    for (const extra of ['"extra":"\\ud800"', '"\\ud800":1', '"extra":{"\\udc00":1}', `"extra":${deep}`]) {
      assert.throws(() => digestItem(item(extra)), { code: 'VALIDATION_FAILED' });
      const { invalid } = await inPage(async ({ worker }, text) => worker.read(text), item(extra));
      assert.equal(invalid, 1, extra.slice(0, 30));
    }
    const { invalid } = await inPage(
      async ({ worker }, text) => worker.read(text),
      item('"row":1,"note":"é \\ud83d\\ude00"'),
    );
    assert.equal(invalid, 0);
  });

  test('with a byte-order mark is refused, in bytes as in a string', async () => {
    const found = await inPage(async ({ worker }, text) => {
      const read = (source) => worker.read(source).catch(({ issues }) => issues[0].message);
      return [await read(text), await read(new TextEncoder().encode(text))];
    }, `\ufeff${LINES[0]}`);
    assert.match(found[0], /byte-order mark/);
    assert.equal(found[1], found[0]);
  });

  test('that is not UTF-8 is refused', async () => {
    const found = await inPage(({ worker }) =>
      worker.read(new Uint8Array([91, 34, 255, 34, 93])).catch((error) => error.toJSON()),
    );
    assert.equal(found.status, 422);
    assert.match(found.detail, /UTF-8/);
  });
});

describe('a hostile text', () => {
  test('with blank lines or kinds without end takes time in proportion', { timeout: 600_000 }, async () => {
    const found = await inPage(async ({ worker }) => {
      const lineOf = (at) => JSON.stringify({ itemId: `${at}`, kind: `k${at}`, sourceKey: 's', content: '' });
      const blank = await worker.read(`${lineOf(0)}\n${' \r\n'.repeat(2_000_000)}\t\n${lineOf(1)}\n`);
      const list = await worker.read(Array.from({ length: 200_001 }, (_, at) => lineOf(at % 200_000)).join('\n'));
      const { total, rows } = await list.rows({ problems: true });
      list.release();
      return { count: blank.count, total, problem: rows[0].problem };
    });
    assert.deepEqual(found, { count: 2, total: 1, problem: 'Duplicate itemId, which items.0 has as well' });
  });

  test('with 10 MB in one cell has short rows, and its text by piece', async () => {
    const found = await inPage(async ({ worker }) => {
      const long = '<img src=x onerror=alert(1)>\u202e'.repeat(350_000);
      const item = { itemId: long, kind: long.slice(0, 5000), sourceKey: 's', content: long };
      const list = await worker.read(JSON.stringify(item));
      const { rows } = await list.rows({ sort: 'itemId', search: 'onerror' });
      const { json, length } = await list.text(rows[0].row, 1000);
      const { manifest } = await list.preview(INPUT, { actor: 'user', pack: { ...PACK, sources: [] } });
      const { proof } = await list.prove(rows[0].row, manifest);
      return { rows, json: json.length, length, isProved: proof.itemId === long };
    });
    assert.equal(found.rows.length, 1);
    assert.equal(found.rows[0].itemId.length, 999);
    assert.equal(found.rows[0].kind.length, 999);
    assert.equal(found.json, 1000);
    assert(found.length > 20_000_000);
    assert(found.isProved);
  });

  test('with a million items is refused, and the worker lives', async () => {
    const found = await inPage(async ({ worker }) => {
      const lines = Array.from({ length: 1_000_000 }, () => '{}').join('\n');
      const refusal = await worker.read(lines).catch((error) => error.toJSON());
      return { refusal, next: (await worker.read('[]')).count };
    });
    assert.equal(found.refusal.detail, 'There are more than 250000 items');
    assert.equal(found.refusal.issues[0].code, 'too_big');
    assert.equal(found.next, 0);
  });

  test('over a limit of bytes is refused', async () => {
    const found = await inPage(async ({ worker }) => {
      const refused = (source) => worker.read(source, { maxBytes: 10 }).catch(({ detail }) => detail);
      const text = '["0123456789"]';
      return [await refused(text), await refused(new Blob([text])), await refused(new Blob([text]).stream())];
    });
    assert.deepEqual(
      found,
      Array.from({ length: 3 }, () => 'The text has more than 10 bytes'),
    );
  });

  test('over a limit that is not a number is refused, too', async () => {
    const found = await inPage(async ({ worker }) => {
      const refused = (options) => worker.read('[1,2]', options).catch(({ detail }) => detail);
      const given = [{ maxItems: 1.5 }, { maxItems: Number.NaN }, { maxItems: null }, { maxBytes: 'many' }];
      return Promise.all(given.map(refused));
    });
    assert.deepEqual(found, [
      'There are more than 1.5 items',
      'There are more than NaN items',
      'There are more than null items',
      'The text has more than many bytes',
    ]);
  });

  test('with an option that is misspelt or of another type is refused', async () => {
    const found = await inPage(async ({ worker }) => {
      const refused = (options) => worker.read('[1,2]', options).catch(({ name, message }) => `${name}: ${message}`);
      return Promise.all([{ maxItem: 1 }, { limits: {} }, { stored: 'no' }, { stored: null }].map(refused));
    });
    assert.deepEqual(found, [
      'TypeError: Unknown option: maxItem',
      'TypeError: Unknown option: limits',
      'TypeError: stored must be a boolean',
      'TypeError: stored must be a boolean',
    ]);
  });

  test('with names of Object.prototype and deep nesting is read like any other', async () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const lines = [
      '{"itemId":"__proto__","kind":"constructor","sourceKey":"toString","content":{"__proto__":{"a":1}}}',
      `{"itemId":"deep","kind":"k","sourceKey":"s","content":{"a":${deep}}}`,
    ];
    const found = await inPage(async ({ worker }, text) => {
      const list = await worker.read(text);
      const { rows } = await list.rows();
      return { rows, row: await list.find('__proto__'), json: await list.text(rows[0].row) };
    }, lines.join('\n'));
    assert.equal(found.rows[0].digest, digestItem(lines[0]).digest);
    assert.equal(found.row.position, 0);
    assert.equal(found.json.json, digestItem(lines[0]).json);
    assert.match(found.rows[1].problem, /levels/);
  });
});

test('starts under Trusted Types with a function that makes the worker', async () => {
  const trusted = await host.open('/trusted');
  const found = await trusted.evaluate(async () => {
    const { createPreviewWorker } = await import('@lssm-tech/lib.context-snapshot/worker');
    const policy = trustedTypes.createPolicy('page', { createScriptURL: (address) => address });
    const address = policy.createScriptURL('/node_modules/@lssm-tech/lib.context-snapshot/dist/preview-worker.js');
    const worker = createPreviewWorker({ worker: () => new Worker(address, { type: 'module' }) });
    return worker.call('canonicalizeJson', '[1.0]');
  });
  assert.equal(found, '[1]');
});

test('cannot start where there is no Worker, or in CommonJS, and says so', async () => {
  const { createPreviewWorker } = await import('@lssm-tech/lib.context-snapshot/worker');
  assert.throws(() => createPreviewWorker(), { name: 'TypeError', message: /runs in a browser/ });
  const commonjs = createRequire(import.meta.url)('@lssm-tech/lib.context-snapshot/worker');
  globalThis.Worker = class {};
  try {
    assert.throws(() => commonjs.createPreviewWorker(), { name: 'TypeError', message: /pass it as \{ worker \}/ });
  } finally {
    delete globalThis.Worker;
  }
});
