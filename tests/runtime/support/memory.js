// A store in memory of the host's shape, with the faults of the host's: it overwrites records, appends items, lists 100 items and 50 packs
// by default, takes the highest version by the order of strings and `''` as the latest, and finds packs by parts of keys.
//
// Why it can fail: `fail` is asked before and after each call, so a test can let it die anywhere.

import { SnapshotError } from '@lssm-tech/lib.context-snapshot';

const contains = (text, part) => text.toLowerCase().includes(part.toLowerCase());

export class MemoryStore {
  packs = new Map();
  snapshots = new Map();
  items = new Map();
  /** Names of the methods that were called. */
  calls = [];
  /** @type {(name: string, number: number, when: 'before' | 'after') => void} throws to let the call fail */
  fail = () => {};

  constructor(...packs) {
    for (const pack of packs) this.packs.set(`${pack.packKey}.v${pack.version}`, pack);
  }

  async run(name, run) {
    this.calls.push(name);
    const number = this.calls.length;
    await undefined;
    this.fail(name, number, 'before');
    const result = run();
    await undefined;
    this.fail(name, number, 'after');
    return result;
  }

  getPack(packKey, version) {
    return this.run('getPack', () => {
      if (version) return this.packs.get(`${packKey}.v${version}`) ?? null;
      const found = [...this.packs.values()].filter((pack) => pack.packKey === packKey);
      return found.sort((left, right) => right.version.localeCompare(left.version))[0] ?? null;
    });
  }

  listPacks({ query, tag, owner, limit = 50, offset = 0 } = {}) {
    return this.run('listPacks', () => {
      const found = [...this.packs.values()].filter(
        (pack) =>
          (!query || contains(pack.packKey, query) || contains(pack.title, query)) &&
          (!tag || pack.tags?.includes(tag)) &&
          (!owner || pack.owners?.includes(owner)),
      );
      const packs = found.slice(offset, offset + limit);
      return { packs, total: packs.length };
    });
  }

  createSnapshot(record) {
    return this.run('createSnapshot', () => this.snapshots.set(record.snapshotId, record));
  }

  getSnapshot(snapshotId) {
    return this.run('getSnapshot', () => this.snapshots.get(snapshotId) ?? null);
  }

  listSnapshots({ packKey, limit = 50, offset = 0 } = {}) {
    return this.run('listSnapshots', () => {
      const found = [...this.snapshots.values()].filter((record) => !packKey || record.packKey === packKey);
      const snapshots = found.slice(offset, offset + limit);
      return { snapshots, total: snapshots.length };
    });
  }

  addSnapshotItems(snapshotId, items) {
    return this.run('addSnapshotItems', () => {
      const rows = items.map((item) => ({ ...item, snapshotId }));
      this.items.set(snapshotId, [...(this.items.get(snapshotId) ?? []), ...rows]);
      return rows;
    });
  }

  listSnapshotItems(snapshotId, { limit = 100, offset = 0 } = {}) {
    return this.run('listSnapshotItems', () => (this.items.get(snapshotId) ?? []).slice(offset, offset + limit));
  }
}

/** The same with `saveSnapshot`: all or nothing, by one step. */
export class SavingStore extends MemoryStore {
  outbox = false;
  /** Events that the store has kept. */
  events = [];

  async saveSnapshot(snapshot) {
    this.calls.push('saveSnapshot');
    const number = this.calls.length;
    await undefined;
    this.fail('saveSnapshot', number, 'before');
    const { record, items, event } = snapshot;
    const there = this.snapshots.get(record.snapshotId);
    if (there === undefined) {
      this.snapshots.set(record.snapshotId, record);
      this.items.set(record.snapshotId, [...items]);
      this.events.push(event);
    }
    await undefined;
    this.fail('saveSnapshot', number, 'after');
    if (there !== undefined && there.hash !== record.hash) {
      throw new SnapshotError({ code: 'CONFLICT', detail: 'There is a snapshot with this id and another hash' });
    }
    return there === undefined ? 'created' : 'exists';
  }
}

/** A store that searches like SQL: `%` and `_` are wildcards, and a backslash escapes. */
export class LikeStore extends SavingStore {
  async listPacks({ query, ...page } = {}) {
    if (!query) return super.listPacks(page);
    const pattern = query.replace(/\\?[\s\S]/gu, (part) => {
      if (part === '%') return '[\\s\\S]*';
      return part === '_'
        ? '[\\s\\S]'
        : (RegExp.escape?.(part.at(-1)) ?? part.at(-1).replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&'));
    });
    const isFound = (text) => new RegExp(pattern, 'iu').test(text);
    const { limit = 50, offset = 0 } = page;
    const found = [...this.packs.values()].filter((one) => isFound(one.packKey) || isFound(one.title));
    return { packs: found.slice(offset, offset + limit) };
  }
}

/** A store whose items have ids that are unique over all snapshots, as in the host's tables: the same items fail the second time. */
export class UniqueStore extends MemoryStore {
  ids = new Set();

  async addSnapshotItems(snapshotId, items) {
    this.calls.push('addSnapshotItems');
    const number = this.calls.length;
    await undefined;
    this.fail('addSnapshotItems', number, 'before');
    // One by one, without a transaction.
    for (const item of items) {
      if (this.ids.has(item.itemId)) {
        const cause = Object.assign(new Error('duplicate key value violates unique constraint'), { code: '23505' });
        throw new Error('Failed query', { cause });
      }
      this.ids.add(item.itemId);
      this.items.set(snapshotId, [...(this.items.get(snapshotId) ?? []), { ...item, snapshotId }]);
    }
    await undefined;
    this.fail('addSnapshotItems', number, 'after');
  }
}

/** Returns a function for the option `transaction` over a store: what failed is rolled back. Items need their record first. */
export function transactionOver(store) {
  return async (run) => {
    const before = ['snapshots', 'items', 'ids'].filter((name) => name in store).map((name) => [name, store[name]]);
    for (const [name, value] of before) store[name] = new value.constructor(value);
    const within = Object.create(store, {
      addSnapshotItems: {
        value: (snapshotId, items) => {
          if (!store.snapshots.has(snapshotId)) throw new Error('violates foreign key constraint');
          return store.addSnapshotItems(snapshotId, items);
        },
      },
    });
    try {
      store.fail('begin', store.calls.push('begin'), 'before');
      const result = await run(within);
      store.fail('commit', store.calls.push('commit'), 'before');
      return result;
    } catch (error) {
      for (const [name, value] of before) store[name] = value;
      throw error;
    }
  };
}
