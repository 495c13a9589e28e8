// `make demo-host`: the operation in a host, over a database in one file.
//
// How: it binds the operation as `bind.mjs` does, creates a snapshot, calls again, calls with another input, calls as somebody who may not,
// relays the event, and then changes one word in the database, as somebody with access to the file could. It fails if a result
// is not as expected.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { assertSnapshot, verifyStored } from '@lssm-tech/lib.context-snapshot/runtime';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import { bind } from './bind.mjs';
import { ContextSnapshotCreatedEvent, Registry } from './host.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const file = join(root, 'target/demo-host/snapshots.db');
rmSync(dirname(file), { recursive: true, force: true });
mkdirSync(dirname(file), { recursive: true });

const heading = (text) => console.log(`\n${text}\n`);
const row = (label, value) => console.log(`  ${label.padEnd(12)}${value}`);

// --- The host: its packs, its items, its registry ---

const store = await SqliteSnapshotStore.open(file);
const pack = { packKey: 'shop.docs', title: 'What the shop agent knows' };
await store.upsertPack({ ...pack, version: '1.9.0' });
await store.upsertPack({
  ...pack,
  version: '1.10.0',
  sources: [{ kind: 'docblock', key: 'docs/opening', required: true }],
});
let loads = 0;
/** Yields items like a cursor of a database. */
async function* loadItems(packKey) {
  loads++;
  yield { itemId: 'opening', kind: 'docblock', sourceKey: 'docs/opening', content: 'Open from 9 to 5.' };
  yield { itemId: 'prices', kind: 'data-view', sourceKey: `${packKey}/prices`, content: { tea: 2.5, cake: 4 } };
}
const registry = bind(new Registry(), store, loadItems);
const call = (ctx, input) =>
  registry.execute('context.pack.snapshot', '1.0.0', { packKey: 'shop.docs', ...input }, ctx);
const admin = { actor: 'admin', userId: 'ops-1', idemKey: 'night-1', traceId: 'trace-1' };

// --- Calls ---

heading(`Created  (${relative(root, file)})`);
const { data } = await call(admin, { reason: 'nightly run' });
const { snapshotId, packVersion, hash, itemCount, createdAt } = data;
assert.deepEqual([packVersion, itemCount], ['1.10.0', 2]);
row('pack', `shop.docs ${packVersion}, the higher of 1.9.0 and 1.10.0`);
row('snapshot', snapshotId);
row('hash', hash);

heading('Called again with the same key');
const again = await call(admin, { reason: 'nightly run' });
assert.deepEqual(again.data, data);
row('result', `the same, of ${createdAt.toISOString()}; items were loaded ${loads === 1 ? 'once' : `${loads} times`}`);
assert.equal(loads, 1);

const refused = [
  ['Called with the same key and another reason', admin, { reason: 'release' }, 409],
  ['Called by a user who is not an admin', { ...admin, actor: 'user' }, {}, 403],
  ['Called by nobody', {}, {}, 401],
];
for (const [title, ctx, input, status] of refused) {
  heading(title);
  const { problem } = await call(ctx, input);
  assert.equal(problem.status, status);
  row(`${problem.status}`, `${problem.code}: ${problem.detail}`);
  if (problem.args) row('args', JSON.stringify(problem.args));
}

heading('The event, relayed from the outbox');
const relayed = [];
await store.relayOutbox((event) => void relayed.push(event));
assert.equal(relayed.length, 1);
const [{ id, key, payload }] = relayed;
// The host's schema wants a Date.
assert.deepEqual(ContextSnapshotCreatedEvent.payload.parse(payload), data);
row('event', `${key}, ${id}`);
row('payload', JSON.stringify(payload));

heading('Before a run of the agent that has noted the hash');
const record = await assertSnapshot(store, snapshotId, { hash });
row('verified', `made by ${record.createdBy} at ${record.createdAt}`);

// --- Somebody changes the file ---

heading('One word changed in the database');
const database = new DatabaseSync(file);
const change = "update snapshot_body set text = replace(text, 'from 9', 'from 8')";
assert.throws(() => database.exec(change), /never changed/);
row('refused', 'by the database: snapshots are never changed');
database.exec('drop trigger snapshot_body_no_update');
database.exec(change);
database.close();
row('forced', 'its trigger was dropped first');
const { valid, issues } = await verifyStored(store, snapshotId, { hash });
assert.equal(valid, false);
row('NOT valid', issues[0].message);
// The store has the index, so it can name the item.
const [{ path, message }] = (await store.verify(snapshotId, { hash })).issues;
row(path, message);
const error = await assertSnapshot(store, snapshotId, { hash }).catch((refusal) => refusal);
assert.equal(error.code, 'PRECONDITION_FAILED');
row('the run', `is refused: ${error.status} ${error.code}`);

store.close();
console.log();
