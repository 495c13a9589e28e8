// Checks identifiers of snapshots and events.
//
// Why: a host looks for an earlier result by the id of an idempotency key, so a different id means a second snapshot. How:
// ids are compared with the vectors and with a second implementation, and bit by bit with RFC 9562.

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

describe('an id from an idempotency key', () => {
  test('equals that of the vectors', () => {
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

  test('equals that of a second implementation, and of snapshotPack', () => {
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
  test('depends on every member of the key, and on whether a scope is absent or empty', () => {
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

  test("depends on the pack's version, whether it was requested or not", () => {
    const asked = snapshotPack({ packKey: 'p', packVersion: '1' }, { ...ctx, idemKey: 'i' }).record.snapshotId;
    assert.equal(asked, idOf({ idemKey: 'i' }));
    assert.equal(asked, snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }));
  });

  test('does not depend on time, user or items', () => {
    const items = [{ itemId: 'a', kind: 'k', sourceKey: 's', content: '' }];
    assert.equal(
      idOf({ idemKey: 'i', now: new Date(0) }),
      idOf({ idemKey: 'i', now: 1e12, userId: 'u', items, traceId: 't' }),
    );
  });

  // F7.3-1
  test('reads members as everywhere: inherited, by getters, once, not from Object.prototype', () => {
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

describe('an invalid key', () => {
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
  test('is refused with all its issues', () => {
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

describe('an id without a key', () => {
  // F5.2-3
  test('is a UUID version 7 with the current time', () => {
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

  test("has the clock's time if there is no other", () => {
    const { record, output } = snapshotPack({ packKey: 'p' }, ctx);
    const millis = Number.parseInt(record.snapshotId.replaceAll('-', '').slice(0, 12), 16);
    assert.equal(millis, output.createdAt.getTime());
  });

  // F5.2-5
  test('is unique, later than earlier ones, and random in its last 32 bits', () => {
    const COUNT = 4000;
    const ones = new Array(128).fill(0);
    const ids = new Set();
    let last = '';
    for (let count = 0; count < COUNT; count++) {
      const id = idOf({ now: new Date(0) });
      assert(id > last, `${id} after ${last}`);
      last = id;
      ids.add(id);
      // Identifiers of other times in between change nothing.
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
      // Ten standard deviations: random bits never fail this.
      else assert(Math.abs(count - COUNT / 2) < 10 * Math.sqrt(COUNT / 4), `bit ${bit}: ${count}`);
    }
  });

  // F5.2-1
  test('is the given snapshotId, unchanged, if there is one', () => {
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

// E2-2
test('a clock out of range, and a host without a secure random source, are INTERNAL_ERROR', () => {
  const taken = (more) => snapshotPack({ packKey: 'p' }, { ...ctx, ...more });
  const { now } = Date;
  try {
    for (const time of [-1, 253_402_300_800_000, Number.NaN]) {
      Date.now = () => time;
      const detail = "The host's clock is not between 1970 and 9999";
      assert.throws(taken, { code: 'INTERNAL_ERROR', status: 500, detail });
    }
  } finally {
    Date.now = now;
  }
  const crypto = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
  try {
    assert.throws(taken, { code: 'INTERNAL_ERROR', status: 500, detail: 'No secure random source' });
    assert.equal(taken({ snapshotId: 's' }).record.snapshotId, 's');
  } finally {
    Object.defineProperty(globalThis, 'crypto', crypto);
  }
  // The next call works as usual.
  assert.match(taken().record.snapshotId, UUID(7));
});

// F5.3-1
test('of an event follows from the id of its snapshot', () => {
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
