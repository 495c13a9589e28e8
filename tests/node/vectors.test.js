// Runs the vectors through the package: snapshots byte for byte, refusals word for word.
//
// Why vectors: another program made them (scripts/vectors), from docs/FORMAT.md and docs/ERRORS.md alone, so the package does
// not confirm itself. How: each goes through the package by import and by require. After them come random packs, compared with
// a second implementation.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as imported from '@lssm-tech/lib.context-snapshot';
import canonicalizeOfOthers from 'canonicalize';
import fc from 'fast-check';
import { assertProblem, assertSnapshot, deepFreeze, reach, thrownBy } from './support/expect.js';
import { sha256, snapshotOf, toDigest } from './support/format.js';
import { decode } from './support/values.js';

const required = createRequire(import.meta.url)('@lssm-tech/lib.context-snapshot');
const systems = { imported, required };
const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const snapshots = read('snapshots');
const refusals = read('refusals');
const first = snapshots[1];

test('vectors have unique names', () => {
  for (const vectors of [snapshots, refusals]) {
    assert.equal(new Set(vectors.map(({ name }) => name)).size, vectors.length);
  }
});

for (const [system, api] of Object.entries(systems)) {
  describe(`snapshots, ${system}`, () => {
    for (const { name, input, ctx, expected } of snapshots) {
      test(name, () => {
        // Frozen, because reading must change nothing.
        const given = deepFreeze(structuredClone({ input, ctx }));
        const snapshot = api.snapshotPack(given.input, given.ctx);
        assertSnapshot(snapshot, expected, api);
        const own = reach(snapshot);
        for (const object of reach(given)) {
          if (object !== Object.prototype && object !== Array.prototype) assert(!own.has(object), 'shares an object');
        }
        // Recomputes the digests from the texts they cover.
        assert.equal(expected.hash, toDigest(sha256(canonicalizeOfOthers(snapshot.manifest))));
        const { seal, ...unsealed } = snapshot.record.metadata.$snapshot;
        const record = { ...snapshot.record, metadata: { ...snapshot.record.metadata, $snapshot: unsealed } };
        assert.equal(seal, toDigest(sha256(canonicalizeOfOthers(record))));
        for (const [position, json] of expected.canonicalItems.entries()) {
          assert.equal(snapshot.index[position].digest, toDigest(sha256(Buffer.of(0), json)));
          const { itemId, digest, json: own } = api.digestItem(JSON.parse(json));
          assert.deepEqual({ itemId, digest, json: own }, { ...snapshot.index[position], json });
        }
      });
    }
  });

  describe(`refusals, ${system}`, () => {
    for (const { name, input, ctx, status, code, issues } of refusals) {
      test(name, () => {
        const error = thrownBy(() => api.snapshotPack(decode(input), decode(ctx)));
        const traceId = typeof ctx?.traceId === 'string' && ctx.traceId.isWellFormed() ? ctx.traceId : undefined;
        assertProblem(error, { code, issues, traceId }, api);
        assert.equal(error.status, status);
        // The next call works.
        assert.equal(api.snapshotPack(first.input, first.ctx).output.hash, first.expected.hash);
      });
    }
  });
}

test('import and require share one instance', () => {
  for (const [name, value] of Object.entries(imported)) assert.equal(value, required[name], name);
});

describe('now', () => {
  const { snapshotPack, SnapshotError } = imported;
  const at = (now) => snapshotPack(first.input, { ...first.ctx, now }).record.createdAt;
  class Later extends Date {}

  // F5.1-2, E4.3-1
  test('accepts every form', () => {
    const text = '2027-06-15T08:30:00.250Z';
    const time = Date.parse(text);
    for (const now of [time, time + 0.9, new Date(time), new Later(time), runInNewContext(`new Date(${time})`), text]) {
      assert.equal(at(now), text);
    }
  });

  // F5.1-3, F5.1-4, F10-4, E4-9
  test('accepts the ends of its range', () => {
    // Numbers are cut towards zero; a text of 1969 stays in its year.
    const firsts = [new Date(0), new Date(-0.5), -0.5, -0.999, '1970-01-01T00:00:00Z'];
    for (const now of firsts) assert.equal(at(now), '1970-01-01T00:00:00.000Z');
    const last = Date.parse('9999-12-31T23:59:59.999Z');
    for (const now of [last, last + 0.9, new Date(last)]) assert.equal(at(now), '9999-12-31T23:59:59.999Z');
    assert.equal(at(1e11), '1973-03-03T09:46:40.000Z');
    for (const now of [0, -0, 1, 1e11 - 1]) {
      assert.throws(() => at(now), { message: /looks like seconds: milliseconds are expected$/ });
    }
    const outside = [-1, -1.5, last + 1, new Date(-1), new Date(last + 1), '1969-12-31T23:59:59.9995Z'];
    for (const now of outside) assert.throws(() => at(now), SnapshotError);
  });

  test('defaults to the clock', () => {
    for (const now of [undefined, null]) {
      const before = Date.now();
      const { createdAt } = snapshotPack(first.input, { ...first.ctx, now }).output;
      assert(createdAt.getTime() >= before && createdAt.getTime() <= Date.now());
    }
  });

  // F5.1-2, F5.1-3
  test('accepts any RFC 3339 text', () => {
    const digits = (length) =>
      fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: length }).map((all) => all.join(''));
    const pad = (number) => String(number).padStart(2, '0');
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
        digits(12),
        fc.integer({ min: -1439, max: 1439 }),
        (date, fraction, offset) => {
          const whole = Math.floor(date.getTime() / 1000) * 1000;
          const local = new Date(whole + offset * 60_000).toISOString().slice(0, 19);
          const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
          const millis = Number(fraction.slice(0, 3).padEnd(3, '0'));
          assert.equal(
            at(`${local}${fraction === '' ? '' : `.${fraction}`}${zone}`),
            new Date(whole + millis).toISOString(),
          );
        },
      ),
      { numRuns: 3000, seed: 20270615 },
    );
  });
});

describe('random packs match a second implementation', () => {
  const { snapshotPack, canonicalize } = imported;
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', 'a', '\u{10000}', '\uE000'),
  );
  const name = text.filter((value) => value !== '');
  const optional = (arbitrary) => fc.option(arbitrary, { nil: undefined });
  const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
  const metadata = fc.dictionary(text, json, { maxKeys: 6 }).map(({ $snapshot: _, ...rest }) => ({ ...rest }));
  const item = fc.record({
    itemId: name,
    kind: name,
    sourceKey: name,
    sourceVersion: optional(text),
    content: fc.oneof(text, metadata),
    textContent: optional(text),
    metadata: optional(metadata),
    createdAt: optional(fc.constantFrom('2020-02-29T23:59:59.001Z', '1999-12-31T00:00:00.000Z')),
  });
  const source = fc.record({
    kind: name,
    key: name,
    version: optional(text),
    required: optional(fc.constant(false)),
    description: optional(text),
  });
  const pack = fc.record({
    packKey: name,
    version: text,
    title: text,
    description: optional(text),
    owners: optional(fc.array(text, { maxLength: 3 })),
    tags: optional(fc.array(text, { maxLength: 3 })),
    sources: optional(fc.array(source, { maxLength: 3 })),
  });
  const context = fc.record({
    actor: fc.constant('admin'),
    userId: optional(text),
    tenantId: fc.option(text, { nil: null }),
    organizationId: optional(text),
    workspaceId: optional(text),
    channel: optional(text),
    traceId: optional(text),
    idemKey: name,
    now: fc.constant('2027-06-15T08:30:00.250Z'),
    pack,
    items: fc.uniqueArray(item, { selector: ({ itemId }) => itemId, maxLength: 40 }),
  });
  const input = fc.record({ reason: optional(text), requestedBy: optional(text), metadata: optional(metadata) });

  test('with few items', () => {
    fc.assert(
      fc.property(input, context, (rest, ctx) => {
        const asked = { packKey: ctx.pack.packKey, ...rest };
        const expected = JSON.parse(JSON.stringify(snapshotOf(asked, ctx)));
        assertSnapshot(snapshotPack(asked, ctx), expected, { canonicalize });
      }),
      { numRuns: 1500, seed: 20270615 },
    );
  });

  test('with 20,000 items, in any order', () => {
    const items = Array.from({ length: 20_000 }, (_, position) => ({
      itemId: `item ${(position * 7919) % 20_000}`,
      kind: position % 3 === 0 ? 'docblock' : 'schema',
      sourceKey: `k/${position}`,
      content: position % 5 === 0 ? 'text \u20AC '.repeat(position % 200) : { position, more: [position / 7, null] },
    }));
    const ctx = { ...first.ctx, items };
    const expected = snapshotOf(first.input, ctx);
    assertSnapshot(snapshotPack(first.input, ctx), expected, { canonicalize });
    const back = snapshotPack(first.input, { ...ctx, items: items.toReversed() });
    assert.equal(back.output.hash, expected.hash);
  });
});
