// Binds `./runtime` to a store in memory, and prints what came of it: the entry must find the main entry by the package's name.

/** Takes a snapshot through a handler, reads it back, and is refused once. */
export async function handle({ SnapshotError }, { assertSnapshot, createSnapshotHandler }) {
  const pack = { packKey: 'p', version: '1', title: 't' };
  const records = new Map();
  const rows = new Map();
  const store = {
    getPack: async () => pack,
    listPacks: async () => ({ packs: [pack] }),
    createSnapshot: async (record) => records.set(record.snapshotId, record),
    getSnapshot: async (id) => records.get(id) ?? null,
    addSnapshotItems: async (id, items) => rows.set(id, [...(rows.get(id) ?? []), ...items]),
    listSnapshotItems: async (id, { limit, offset }) => (rows.get(id) ?? []).slice(offset, offset + limit),
  };
  const loadItems = async function* () {
    for (const itemId of ['b', 'a']) yield { itemId, kind: 'k', sourceKey: 's', content: itemId };
  };
  const handler = createSnapshotHandler({ store, loadItems });
  const { snapshotId, hash } = await handler({ packKey: 'p' }, { actor: 'admin', idemKey: 'k' });
  const record = await assertSnapshot(store, snapshotId, { hash });
  const error = await handler({ packKey: 'p' }, {}).catch((refusal) => refusal);
  return { hash, itemCount: record.itemCount, code: error instanceof SnapshotError && error.code };
}
