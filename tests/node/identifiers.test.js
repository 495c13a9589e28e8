// Identifiers: which snapshot, which event.
//
// Why: a host looks for an earlier result under the id of an idempotency key, and an id that comes out differently is a
// second snapshot. How: against the vectors, against a second implementation, and bit by bit against RFC 9562.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { SnapshotError, snapshotIdFor, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';
import { assertProblem, thrownBy } from './support/expect.js';
import { eventIdFor, idForKey } from './support/format.js';

const vectors = JSON.parse(readFileSync(new URL('../vectors/snapshots.json', import.meta.url), 'utf8'));
const ctx = { actor: 'admin', pack: { packKey: 'p', version: '1', title: 't' }, items: [] };
const idOf = (more) => snapshotPack({ packKey: 'p' }, { ...ctx, ...more }).record.snapshotId;
const UUID = (version) => new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);

describe('from an idempotency key', () => {
  test('the vectors’', () => {
    const keyed = vectors.filter((vector) => vector.ctx.snapshotId === undefined);
    assert(keyed.length > 5);
    for (const {
      ctx: { idemKey, pack, tenantId, organizationId, workspaceId },
      expected,
    } of keyed) {
      const key = { idemKey, packKey: pack.packKey, packVersion: pack.version, tenantId, organizationId, workspaceId };
      assert.equal(snapshotIdFor(key), expected.record.snapshotId);
    }
  });

  test('any, as a second implementation has it and as snapshotPack has it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const some = text.filter((value) => value !== '');
    const scope = fc.option(fc.oneof(text, fc.constant(undefined)), { nil: null });
    const key = fc.record(
      { idemKey: some, packKey: some, packVersion: text, tenantId: scope, organizationId: scope, workspaceId: scope },
      { requiredKeys: ['idemKey', 'packKey', 'packVersion'] },
    );
    fc.assert(
      fc.property(key, (key) => {
        const id = snapshotIdFor(key);
        assert.equal(id, idForKey(key));
        assert.match(id, UUID(8));
        const { packKey, packVersion: version, ...rest } = key;
        const pack = { packKey, version, title: '' };
        const { record, event } = snapshotPack({ packKey }, { ...ctx, ...rest, pack });
        assert.equal(record.snapshotId, id);
        assert.equal(event.id, eventIdFor(id));
      }),
      { numRuns: 2000, seed: 9562 },
    );
  });

  // F5.2-2
  test('every member of the key counts, and an absent scope is not an empty one', () => {
    const key = { idemKey: 'i', packKey: 'p', packVersion: '1', tenantId: 't', organizationId: 'o', workspaceId: 'w' };
    const ids = [snapshotIdFor(key)];
    for (const name of Object.keys(key)) ids.push(snapshotIdFor({ ...key, [name]: 'other' }));
    for (const name of ['tenantId', 'organizationId', 'workspaceId']) {
      ids.push(snapshotIdFor({ ...key, [name]: '' }), snapshotIdFor({ ...key, [name]: null }));
      assert.equal(snapshotIdFor({ ...key, [name]: undefined }), ids.at(-1));
    }
    ids.push(snapshotIdFor({ ...key, packVersion: '' }), snapshotIdFor({ ...key, tenantId: 'o', organizationId: 't' }));
    assert.equal(new Set(ids).size, ids.length);
  });

  test('the pack’s version counts, whether it was asked for or not', () => {
    const asked = snapshotPack({ packKey: 'p', packVersion: '1' }, { ...ctx, idemKey: 'i' }).record.snapshotId;
    assert.equal(asked, idOf({ idemKey: 'i' }));
    assert.equal(asked, snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }));
  });

  test('is the same at another time, for another user, of other items', () => {
    const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: '' }];
    assert.equal(
      idOf({ idemKey: 'i', now: new Date(0) }),
      idOf({ idemKey: 'i', now: 1e12, userId: 'u', items, traceId: 't' }),
    );
  });

  // F7.3-1
  test('members are read as everywhere: inherited, by getters, once, not from Object.prototype', () => {
    class Key {
      reads = 0;
      get idemKey() {
        this.reads++;
        return 'i';
      }
      get packKey() {
        return 'p';
      }
    }
    const key = Object.assign(new Key(), { packVersion: '1', other: () => 1 });
    const id = snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' });
    assert.equal(snapshotIdFor(key), id);
    assert.equal(key.reads, 1);
    Object.prototype.tenantId = 'polluted';
    try {
      assert.equal(snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }), id);
    } finally {
      delete Object.prototype.tenantId;
    }
  });
});

describe('what is no key', () => {
  const refused = (key, issues) =>
    assertProblem(
      thrownBy(() => snapshotIdFor(key)),
      { code: 'VALIDATION_FAILED', issues, operation: false },
      { SnapshotError },
    );
  const invalid = (path, expected, received) => ({
    path,
    code: 'invalid_type',
    message: `Invalid input: expected ${expected}, received ${received}`,
  });
  const empty = (path) => ({ path, code: 'too_small', message: 'Too small: expected string to have >=1 characters' });

  // E3-9, E6-1
  test('is refused with all that is wrong', () => {
    for (const [key, received] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['i', 'string'],
      [[], 'array'],
      [() => 1, 'function'],
    ]) {
      refused(key, [invalid('', 'object', received)]);
    }
    refused(
      {},
      ['idemKey', 'packKey', 'packVersion'].map((name) => invalid(name, 'string', 'undefined')),
    );
    refused({ idemKey: '', packKey: '', packVersion: '' }, [empty('idemKey'), empty('packKey')]);
    refused({ idemKey: null, packKey: null, packVersion: null, tenantId: null }, [
      ...['idemKey', 'packKey', 'packVersion'].map((name) => invalid(name, 'string', 'null')),
    ]);
    refused({ workspaceId: 5, organizationId: {}, tenantId: true, packVersion: 1, packKey: 2n, idemKey: Number.NaN }, [
      invalid('idemKey', 'string', 'NaN'),
      invalid('packKey', 'string', 'bigint'),
      invalid('packVersion', 'string', 'number'),
      invalid('tenantId', 'string', 'boolean'),
      invalid('organizationId', 'string', 'object'),
      invalid('workspaceId', 'string', 'number'),
    ]);
    refused({ idemKey: 'i\ud800', packKey: 'p', packVersion: '1' }, [
      { path: 'idemKey', code: 'invalid_format', message: 'Invalid string: unpaired surrogate at index 1' },
    ]);
  });
});

describe('without a key', () => {
  // F5.2-3
  test('a UUID version 7, whose time is now', () => {
    for (const now of [
      new Date(0),
      new Date(1),
      new Date(2 ** 32),
      1_813_048_200_250,
      253_402_300_799_999,
      '2027-06-15T08:30:00.2509Z',
      new Date(7),
    ]) {
      const id = idOf({ now });
      assert.match(id, UUID(7));
      const millis = typeof now === 'string' ? Date.parse('2027-06-15T08:30:00.250Z') : Number(now);
      assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), millis);
    }
  });

  test('a clock’s time, where there is no other', () => {
    const { record, output } = snapshotPack({ packKey: 'p' }, ctx);
    const millis = Number.parseInt(record.snapshotId.replaceAll('-', '').slice(0, 12), 16);
    assert.equal(millis, output.createdAt.getTime());
  });

  // F5.2-5
  test('no two are the same; they are in the order in which they were made, and the last 32 bits are random', () => {
    const COUNT = 4000;
    const ones = new Array(128).fill(0);
    const ids = new Set();
    let last = '';
    for (let count = 0; count < COUNT; count++) {
      const id = idOf({ now: new Date(0) });
      assert(id > last, `${id} after ${last}`);
      last = id;
      ids.add(id);
      // Identifiers of another time in between change nothing.
      if (count % 7 === 0) idOf({ now: new Date(count) });
      const bits = BigInt(`0x${id.replaceAll('-', '')}`);
      for (let bit = 0; bit < 128; bit++) ones[bit] += Number((bits >> BigInt(127 - bit)) & 1n);
    }
    assert.equal(ids.size, COUNT);
    const fixed = { 48: 0, 49: 1, 50: 1, 51: 1, 64: 1, 65: 0 };
    for (const [bit, count] of ones.entries()) {
      if (bit < 48) assert.equal(count, 0);
      else if (bit in fixed) assert.equal(count, fixed[bit] * COUNT);
      else if (bit < 96) continue;
      // Ten standard deviations: never, if it is random.
      else assert(Math.abs(count - COUNT / 2) < 10 * Math.sqrt(COUNT / 4), `bit ${bit}: ${count}`);
    }
  });

  // F5.2-1
  test('a given id goes before all else, as it is', () => {
    for (const id of ['s', 'A-b_c d', '\u{1F600}', '0'.repeat(1000), '00000000-0000-7000-8000-000000000001']) {
      assert.equal(idOf({ snapshotId: id, idemKey: 'i' }), id);
    }
    for (const absent of [undefined, null]) {
      assert.equal(
        idOf({ snapshotId: absent, idemKey: 'i' }),
        snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }),
      );
      assert.match(idOf({ snapshotId: absent, idemKey: absent }), UUID(7));
    }
  });
});

// F5.3-1
test('events have the id of their snapshot, once and for all', () => {
  for (const id of ['s', 'another', '\u{1F600}"\\\n', '00000000-0000-7000-8000-000000000001']) {
    const events = [new Date(0), 1e12].map(
      (now) => snapshotPack({ packKey: 'p' }, { ...ctx, snapshotId: id, now }).event,
    );
    for (const event of events) {
      assert.equal(event.id, eventIdFor(id));
      assert.match(event.id, UUID(8));
      assert.notEqual(event.id, id);
    }
  }
});
