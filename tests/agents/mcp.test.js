// Why: a model chooses what it asks a server for, so the server must hold against any request. How: the server of the example runs as a process
// over a file of SQLite, and the official SDK's client speaks to it. What is asked for is wrong, forbidden or tampered with.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { contract, summarizeSnapshot } from '@lssm-tech/lib.context-snapshot';
import { connect, example, items, load, newStore, pack, stored, tamper } from './support/agents.js';

const NOT_FOUND = -32002;
const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;
const other = `sha256:${'0'.repeat(64)}`;

/** Runs a test with a server and its client. */
async function withServer(env, run) {
  const server = await connect(env);
  try {
    return await run(server.client, server);
  } finally {
    await server.close();
  }
}
const adminOf = (file, more) => ({ SNAPSHOT_FILE: file, SNAPSHOT_ACTOR: 'admin', SNAPSHOT_USER: 'ops-1', ...more });
const uriOf = ({ snapshotId }, path = '') => `context-snapshot://${snapshotId}${path}`;
const readOne = async (client, uri) => (await client.readResource({ uri })).contents;
/** Calls a tool that is refused. Returns the problem. */
async function refusal(client, name, input) {
  const result = await client.callTool({ name, arguments: input });
  assert.equal(result.isError, true, JSON.stringify(result));
  assert.equal(result.structuredContent, undefined);
  return JSON.parse(result.content[0].text);
}

describe('an admin', () => {
  test('takes a snapshot, sees its preview and verifies it, by tools', async () => {
    const { file, store } = await newStore();
    await withServer(adminOf(file), async (client) => {
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        ['context.pack.snapshot', 'context.pack.preview', 'context.snapshot.verify'],
      );
      assert.deepEqual(tools[0].inputSchema, contract.schemas.input);
      assert.deepEqual(tools[0].outputSchema, contract.schemas.output);

      const preview = await client.callTool({ name: 'context.pack.preview', arguments: { packKey: pack.packKey } });
      assert.equal(preview.structuredContent.itemCount, 2);
      assert.equal((await store.listSnapshots()).total, 0);

      const input = { packKey: pack.packKey, reason: 'asked by a model' };
      // The client checks the result against the schema of the tool.
      const { structuredContent: output } = await client.callTool({ name: contract.key, arguments: input });
      assert.equal(output.hash, preview.structuredContent.hash);
      assert.equal(new Date(output.createdAt).toISOString(), output.createdAt);
      const { snapshotId, hash } = output;
      const record = await store.getSnapshot(snapshotId);
      assert.equal(record.hash, hash);
      assert.equal(record.createdBy, 'ops-1');
      assert.equal(record.metadata.$snapshot.channel, 'agent');
      assert.equal(record.metadata.$snapshot.reason, 'asked by a model');

      const verify = async (input) =>
        (await client.callTool({ name: 'context.snapshot.verify', arguments: input })).structuredContent;
      assert.deepEqual(await verify({ snapshotId, hash }), { valid: true, issues: [], anchor: 'hash' });
      assert.equal((await verify({ snapshotId })).anchor, 'none');
    });
    store.close();
  });

  test('takes snapshots at the same time', async () => {
    const { file, store } = await newStore();
    await withServer(adminOf(file), async (client) => {
      const call = { name: contract.key, arguments: { packKey: pack.packKey } };
      const results = await Promise.all(Array.from({ length: 10 }, () => client.callTool(call)));
      assert.equal(new Set(results.map(({ structuredContent }) => structuredContent.snapshotId)).size, 10);
    });
    assert.equal((await store.listSnapshots()).total, 10);
    store.close();
  });

  test('reads snapshots and items as resources, with digests that a client can compute', async () => {
    const { file, store } = await newStore();
    const { record, index } = await stored(store);
    await withServer(adminOf(file), async (client) => {
      const { resources, nextCursor } = await client.listResources();
      assert.equal(nextCursor, undefined);
      assert.deepEqual(resources, [
        {
          uri: uriOf(record),
          name: 'shop.docs 1.0.0',
          description: '2 items',
          mimeType: 'application/json',
          annotations: { lastModified: record.createdAt },
          _meta: {
            'context-snapshot/digest': record.hash,
            'context-snapshot/hash': record.hash,
            'context-snapshot/seal': record.metadata.$snapshot.seal,
          },
        },
      ]);
      const { resourceTemplates } = await client.listResourceTemplates();
      assert(
        resourceTemplates.some(
          ({ uriTemplate }) => uriTemplate === 'context-snapshot://{snapshotId}/items/{itemId}{?hash}',
        ),
      );

      const [whole] = await readOne(client, resources[0].uri);
      assert.deepEqual(whole._meta, resources[0]._meta);
      const { record: read, items: entries, next } = JSON.parse(whole.text);
      assert.deepEqual(read, JSON.parse(JSON.stringify(record)));
      assert.equal(next, undefined);
      assert.deepEqual(
        entries.map(({ itemId, digest }) => ({ itemId, digest })),
        index.map(({ itemId, digest }) => ({ itemId, digest })),
      );

      for (const { itemId, digest, uri } of entries) {
        const [item] = await readOne(client, uri);
        assert.equal(item._meta['context-snapshot/digest'], digest);
        assert.equal(item._meta['context-snapshot/hash'], record.hash);
        // The leaf hash of RFC 9162, of the text as it is.
        assert.equal(`sha256:${createHash('sha256').update(`\0${item.text}`).digest('hex')}`, digest);
        const { content } = items.find((one) => one.itemId === itemId);
        assert.deepEqual(JSON.parse(item.text).content, JSON.parse(JSON.stringify(content)));
      }

      const [{ text, mimeType }] = await readOne(client, uriOf(record, '/summary.md'));
      assert.equal(mimeType, 'text/markdown');
      assert.equal(text, summarizeSnapshot({ record, items }));
      assert.equal((await readOne(client, uriOf(record, `?hash=${encodeURIComponent(record.hash)}`))).length, 1);
      assert.equal((await readOne(client, uriOf(record, `/items/prices?hash=${record.hash}`))).length, 1);
    });
    store.close();
  });

  test('pages through snapshots, and through the index of a large one', async () => {
    const { file, store } = await newStore();
    const many = Array.from({ length: 250 }, (_, at) => ({
      ...items[1],
      itemId: `item-${String(at).padStart(3, '0')}`,
    }));
    const { record } = await stored(store, { items: many, now: '2026-01-01T00:00:00Z' });
    for (let at = 0; at < 205; at++) await stored(store, { snapshotId: `s-${at}`, now: '2026-02-01T00:00:00Z' });
    await withServer(adminOf(file), async (client) => {
      const pages = [];
      for (let cursor; ; ) {
        const page = await client.listResources(cursor === undefined ? undefined : { cursor });
        pages.push(page.resources.map(({ uri }) => uri));
        cursor = page.nextCursor;
        if (cursor === undefined) break;
      }
      assert.deepEqual(
        pages.map(({ length }) => length),
        [100, 100, 6],
      );
      assert.equal(new Set(pages.flat()).size, 206);
      assert.equal(pages.flat().at(-1), uriOf(record));

      const ids = [];
      for (let uri = uriOf(record); uri !== undefined; ) {
        const page = JSON.parse((await readOne(client, uri))[0].text);
        ids.push(page.items.map(({ itemId }) => itemId));
        uri = page.next;
      }
      assert.deepEqual(
        ids.map(({ length }) => length),
        [100, 100, 50],
      );
      assert.deepEqual(
        ids.flat(),
        many.map(({ itemId }) => itemId),
      );

      await assert.rejects(client.listResources({ cursor: 'no such snapshot' }), { code: INVALID_PARAMS });
    });
    store.close();
  });
});

describe('who the caller is', () => {
  const claims = { actor: 'admin', userId: 'root', roles: ['admin'], decision: { effect: 'allow' } };

  test('does not come from arguments: a user is refused, whatever a model says', async () => {
    const { file, store } = await newStore();
    await withServer({ SNAPSHOT_FILE: file, SNAPSHOT_ACTOR: 'user', SNAPSHOT_USER: 'u-1' }, async (client) => {
      for (const input of [{}, claims, { ctx: claims, caller: claims, _meta: claims, ...claims }]) {
        const problem = await refusal(client, contract.key, { packKey: pack.packKey, ...input });
        assert.deepEqual([problem.code, problem.status], ['FORBIDDEN', 403]);
      }
      // What a user may do.
      const preview = await client.callTool({ name: 'context.pack.preview', arguments: { packKey: pack.packKey } });
      assert.equal(preview.structuredContent.itemCount, 2);
      assert.deepEqual(await client.listResources(), { resources: [] });
    });
    assert.equal((await store.listSnapshots()).total, 0);
    store.close();
  });

  test('is the one of the launch in the record, whatever an admin’s model says', async () => {
    const { file, store } = await newStore();
    await withServer(adminOf(file), async (client) => {
      const input = { packKey: pack.packKey, requestedBy: 'root', ...claims, tenantId: 'acme', idemKey: 'x' };
      const { structuredContent: output } = await client.callTool({ name: contract.key, arguments: input });
      const { createdBy, metadata } = await store.getSnapshot(output.snapshotId);
      assert.equal(createdBy, 'ops-1');
      const { actor, tenantId, idemKey, requestedBy } = metadata.$snapshot;
      assert.deepEqual(
        { actor, tenantId, idemKey, requestedBy },
        { actor: 'admin', tenantId: undefined, idemKey: undefined, requestedBy: 'root' },
      );
    });
    store.close();
  });

  test('is nobody if the launch does not say: every tool and resource is refused', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    for (const env of [{}, { SNAPSHOT_USER: 'ops-1' }, { SNAPSHOT_ACTOR: 'anonymous' }]) {
      await withServer({ SNAPSHOT_FILE: file, ...env }, async (client) => {
        const { snapshotId } = record;
        for (const name of [contract.key, 'context.pack.preview', 'context.snapshot.verify']) {
          assert.equal((await refusal(client, name, { packKey: pack.packKey, snapshotId })).code, 'UNAUTHENTICATED');
        }
        const refused = { code: INVALID_PARAMS, data: { code: 'UNAUTHENTICATED' } };
        for (const asked of [client.listResources(), client.readResource({ uri: uriOf(record) })]) {
          const error = await asked.catch((one) => one);
          assert.equal(error.code, refused.code);
          assert.equal(error.data.code, refused.data.code);
        }
      });
    }
    store.close();
  });

  test('decides whose snapshots are there: those of another tenant are not', async () => {
    const { file, store } = await newStore();
    const mine = await stored(store, { tenantId: 'acme' });
    const theirs = await stored(store, { tenantId: 'globex' });
    const nobodys = await stored(store);
    for (const [tenant, own] of [
      ['acme', mine],
      ['globex', theirs],
      [undefined, nobodys],
    ]) {
      const env = adminOf(file, tenant && { SNAPSHOT_TENANT: tenant });
      await withServer(env, async (client) => {
        assert.deepEqual(
          (await client.listResources()).resources.map(({ uri }) => uri),
          [uriOf(own.record)],
        );
        for (const { record } of [mine, theirs, nobodys]) {
          if (record === own.record) continue;
          await assert.rejects(client.readResource({ uri: uriOf(record) }), { code: NOT_FOUND });
          await assert.rejects(client.readResource({ uri: uriOf(record, `?hash=${other}`) }), { code: NOT_FOUND });
          await assert.rejects(client.listResources({ cursor: record.snapshotId }), { code: INVALID_PARAMS });
          const input = { snapshotId: record.snapshotId };
          assert.equal((await refusal(client, 'context.snapshot.verify', input)).code, 'NOT_FOUND');
        }
      });
    }
    store.close();
  });
});

describe('a run', () => {
  test('sees its snapshot and no other one', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    const another = await stored(store, { items: items.slice(1) });
    const env = { CONTEXT_SNAPSHOT_ID: record.snapshotId, CONTEXT_HASH: record.hash };
    await withServer(adminOf(file, env), async (client) => {
      assert.deepEqual(
        (await client.listResources()).resources.map(({ uri }) => uri),
        [uriOf(record)],
      );
      assert.equal((await readOne(client, uriOf(record, '/items/prices'))).length, 1);
      await assert.rejects(client.readResource({ uri: uriOf(another.record) }), { code: NOT_FOUND });
      const verify = (input) => client.callTool({ name: 'context.snapshot.verify', arguments: input });
      assert.equal((await verify({ snapshotId: record.snapshotId })).structuredContent.anchor, 'hash');
      const { seal } = record.metadata.$snapshot;
      assert.equal((await verify({ snapshotId: record.snapshotId, seal })).structuredContent.anchor, 'seal');
      assert.equal((await verify({ snapshotId: record.snapshotId, hash: other })).structuredContent.valid, false);
    });
    store.close();
  });

  test('whose snapshot was replaced is told so, whatever hash a model asks with', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    const env = { CONTEXT_SNAPSHOT_ID: record.snapshotId, CONTEXT_HASH: other };
    await withServer(adminOf(file, env), async (client) => {
      for (const asked of [{}, { hash: record.hash }, { seal: record.metadata.$snapshot.seal }]) {
        const input = { snapshotId: record.snapshotId, ...asked };
        const { structuredContent } = await client.callTool({ name: 'context.snapshot.verify', arguments: input });
        assert.deepEqual(
          [structuredContent.valid, structuredContent.issues.map(({ path }) => path)],
          [false, ['expect.hash']],
        );
      }
    });
    store.close();
  });

  test('sees nothing if its context is another one, or half of the binding is missing', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    for (const [env, code, problem] of [
      [{ CONTEXT_SNAPSHOT_ID: record.snapshotId, CONTEXT_HASH: other }, INVALID_PARAMS, 'CONFLICT'],
      [{ CONTEXT_SNAPSHOT_ID: record.snapshotId }, INTERNAL_ERROR, 'PRECONDITION_FAILED'],
      [{ CONTEXT_HASH: record.hash }, NOT_FOUND, 'NOT_FOUND'],
    ]) {
      await withServer(adminOf(file, env), async (client) => {
        assert.deepEqual((await client.listResources()).resources, []);
        const error = await client.readResource({ uri: uriOf(record) }).catch((one) => one);
        assert.deepEqual([error.code, error.data.code], [code, problem]);
      });
    }
    store.close();
  });
});

describe('a hostile request', () => {
  test('for what is not there gets nothing', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    await withServer(adminOf(file), async (client) => {
      for (const uri of [
        'context-snapshot://none',
        'context-snapshot://',
        'context-snapshot://%',
        'context-snapshot:///etc/passwd',
        'file:///etc/passwd',
        'CONTEXT-SNAPSHOT://none',
        uriOf(record, '/'),
        uriOf(record, '/items'),
        uriOf(record, '/items/none'),
        uriOf(record, '/items/%'),
        uriOf(record, '/items/__proto__'),
        uriOf(record, '/items/../items/prices'),
        uriOf(record, '/items/prices/x'),
        uriOf(record, '/index/-1'),
        uriOf(record, '/index/1e3'),
        uriOf(record, '/summary.md/x'),
        uriOf(record, '?'),
        uriOf(record, '?hash='),
        uriOf(record, `?sha256=${record.hash}`),
        uriOf(record, `?hash=${record.hash}&hash=${other}`),
        uriOf(record, '#x'),
        `${uriOf(record)}\n`,
        `context-snapshot://${'a'.repeat(100_000)}`,
      ]) {
        const error = await client.readResource({ uri }).catch((one) => one);
        assert.equal(error.code, NOT_FOUND, uri);
        assert(error.message.length < 200, error.message);
      }
      await assert.rejects(client.callTool({ name: 'context.pack.erase', arguments: {} }), { code: INVALID_PARAMS });
      await assert.rejects(client.callTool({ name: '__proto__', arguments: {} }), { code: INVALID_PARAMS });
    });
    store.close();
  });

  test('with wrong arguments is refused like any other call', async () => {
    const { file, store } = await newStore();
    await withServer(adminOf(file), async (client) => {
      for (const [input, code, path] of [
        [{}, 'VALIDATION_FAILED', 'packKey'],
        [{ packKey: 1 }, 'VALIDATION_FAILED', 'packKey'],
        [{ packKey: pack.packKey, metadata: { $snapshot: {} } }, 'VALIDATION_FAILED', 'metadata.$snapshot'],
        [{ packKey: 'none' }, 'NOT_FOUND'],
        [{ packKey: pack.packKey, packVersion: '9' }, 'NOT_FOUND'],
      ]) {
        const problem = await refusal(client, contract.key, input);
        assert.equal(problem.code, code);
        if (path !== undefined) assert.equal(problem.issues[0].path, path);
      }
      for (const snapshotId of [undefined, 1, null, {}, ['s'], '']) {
        assert.equal((await refusal(client, 'context.snapshot.verify', { snapshotId })).code, 'NOT_FOUND');
      }
    });
    assert.equal((await store.listSnapshots()).total, 0);
    store.close();
  });

  test('with a wrong digest is refused', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    await withServer(adminOf(file), async (client) => {
      for (const path of ['', '/items/prices', '/summary.md', '/index/0']) {
        const error = await client.readResource({ uri: uriOf(record, `${path}?hash=${other}`) }).catch((one) => one);
        assert.equal(error.code, INVALID_PARAMS);
        assert.deepEqual(
          [error.data.code, error.data.args],
          ['CONFLICT', { snapshotId: record.snapshotId, hash: record.hash }],
        );
      }
      const { snapshotId } = record;
      for (const expect of [{ hash: other }, { seal: other }, { hash: null }, { hash: 1 }, { sha256: record.hash }]) {
        const { structuredContent } = await client.callTool({
          name: 'context.snapshot.verify',
          arguments: { snapshotId, ...expect },
        });
        assert.equal(structuredContent.valid, false, JSON.stringify(expect));
      }
    });
    store.close();
  });
});

describe('what was changed in the file', () => {
  /** Reads every resource of a snapshot. Returns the errors. */
  async function refusals(client, record) {
    const errors = [];
    for (const path of [
      '',
      '/index/0',
      '/items/prices',
      `/items/${encodeURIComponent(items[0].itemId)}`,
      '/summary.md',
    ]) {
      errors.push(
        await client.readResource({ uri: uriOf(record, path) }).then(
          (result) => assert.fail(JSON.stringify(result)),
          (error) => error,
        ),
      );
    }
    return errors;
  }

  test('is refused and never handed out: one word of one item', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    const untouched = await stored(store, { items: items.slice(1) });
    await withServer(adminOf(file), async (client) => {
      assert.equal((await readOne(client, uriOf(record, '/items/prices'))).length, 1);
      assert.equal(tamper(file, "update snapshot_body set text = replace(text, 'from 9', 'from 8')") > 0, true);
      for (const error of await refusals(client, record)) {
        assert.deepEqual([error.code, error.data.code], [INTERNAL_ERROR, 'PRECONDITION_FAILED']);
        assert(!JSON.stringify([error.message, error.data]).includes('from '), error.message);
      }
      const input = { snapshotId: record.snapshotId, hash: record.hash };
      const { structuredContent } = await client.callTool({ name: 'context.snapshot.verify', arguments: input });
      assert.equal(structuredContent.valid, false);
      assert.equal((await readOne(client, uriOf(untouched.record, '/items/prices'))).length, 1);
    });
    store.close();
  });

  test('is refused: a record, which is not listed either', async () => {
    for (const change of [
      "replace(text, 'ops-1', 'ops-2')",
      'replace(text, \'"itemCount":2\', \'"itemCount":1\')',
      "'not json'",
      "'{}'",
    ]) {
      const { file, store } = await newStore();
      const { record } = await stored(store);
      await withServer(adminOf(file), async (client) => {
        assert.equal(tamper(file, `update snapshot set text = ${change}`), 1);
        for (const error of await refusals(client, record)) assert([INTERNAL_ERROR, NOT_FOUND].includes(error.code));
        const listed = await client.listResources().catch((error) => error);
        if (listed.code === undefined) assert.deepEqual(listed.resources, []);
        else assert.equal(listed.code, INTERNAL_ERROR);
      });
      store.close();
    }
  });

  test('is refused: an item that was removed', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    await withServer(adminOf(file), async (client) => {
      assert.equal(tamper(file, 'delete from snapshot_item where ordinal = 0'), 1);
      for (const error of await refusals(client, record)) assert.equal(error.data.code, 'PRECONDITION_FAILED');
    });
    store.close();
  });

  test('makes an error that names nothing of the database; the log has it', async () => {
    const { file, store } = await newStore();
    const { record } = await stored(store);
    await withServer(adminOf(file), async (client, { logged }) => {
      tamper(file, 'drop table snapshot_tombstone');
      for (const error of await refusals(client, record)) {
        assert.equal(error.data.code, 'SERVICE_UNAVAILABLE');
        assert(!/tombstone|sql|select/i.test(JSON.stringify([error.message, error.data])), error.message);
      }
      await logged(/tombstone/);
    });
    store.close();
  });
});

test('an exception that is not a problem reaches no client: a store of another make, in this process', async (t) => {
  const { createContextServer } = await example('mcp.ts');
  const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
  const { InMemoryTransport } = await load('@modelcontextprotocol/sdk/inMemory.js');
  const { store } = await newStore();
  const fail = () => Promise.reject(new Error('password=opensesame'));
  const failing = new Proxy(store, {
    get: (target, name) => (/^(?:get|list)Snapshot/.test(name) ? fail : target[name]?.bind?.(target)),
  });
  const logged = t.mock.method(console, 'error', () => {});
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await createContextServer({ store: failing, loadItems: () => items, caller: { actor: 'admin' } }).connect(ours);
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(theirs);
  for (const asked of [client.listResources(), client.readResource({ uri: 'context-snapshot://s' })]) {
    const error = await asked.catch((one) => one);
    assert.equal(error.code, INTERNAL_ERROR);
    assert.deepEqual([error.data.code, error.data.detail], ['INTERNAL_ERROR', 'The server could not answer']);
    assert(!JSON.stringify([error.message, error.data]).includes('opensesame'));
  }
  assert.equal((await refusal(client, 'context.snapshot.verify', { snapshotId: 's' })).code, 'INTERNAL_ERROR');
  assert.deepEqual(
    logged.mock.calls.map(({ arguments: [{ message }] }) => message),
    Array(3).fill('password=opensesame'),
  );
  await client.close();
  store.close();
});
