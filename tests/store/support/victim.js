// Saves snapshots and relays events until it is killed: `node victim.js <database> <run>`, where the database is a path of SQLite or the URL and
// schema of PostgreSQL as JSON. Each event is written to stdout when the publisher has it.

import { writeSync } from 'node:fs';
import { PostgresSnapshotStore } from '@lssm-tech/lib.context-snapshot/postgres';
import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import pg from 'pg';
import { items, take } from './packs.js';

const [where, run] = process.argv.slice(2);
const open = async () => {
  if (!where.startsWith('{')) return SqliteSnapshotStore.open(where);
  const { url, schema } = JSON.parse(where);
  return PostgresSnapshotStore.open(new pg.Pool({ connectionString: url, max: 4, application_name: 'victim' }), {
    schema,
  });
};

writeSync(1, 'started\n');
const store = await open();
const relay = async () => {
  for (;;) {
    await store.relayOutbox(({ id }) => writeSync(1, `event ${id}\n`), { batch: 3, leaseSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
const save = async () => {
  for (let number = 0; ; number++) {
    const snapshotId = `${run}-${number}`;
    const list = items(150 + number, { metadata: { run, number: number % 3 } });
    if (number % 3 === 0) await store.saveSnapshot(take(list, { snapshotId }));
    else if (number % 3 === 1) {
      await store.snapshotStream(
        { packKey: 'p' },
        { actor: 'admin', pack: { packKey: 'p', version: '1', title: '' }, snapshotId },
        list,
      );
    } else {
      const { record } = take(list, { snapshotId });
      await store.transaction(async (tx) => {
        await tx.createSnapshot(record);
        for (let at = 0; at < list.length; at += 40) await tx.addSnapshotItems(snapshotId, list.slice(at, at + 40));
      });
    }
  }
};
await Promise.all([relay(), save()]);
