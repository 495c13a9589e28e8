// Checks the contract for validators: its texts, its JSON Schemas, and its Standard Schema.
//
// Why: a host, form or gateway checks an input by these schemas before the code sees it. If they disagree with the code, users
// get two answers. How: two popular validators, Ajv in strict mode and zod, read the schemas. Generated inputs, valid and
// invalid, must get the same answer from schema, Standard Schema and code.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  contract,
  isDigest,
  SnapshotBuilder,
  SnapshotError,
  snapshotPack,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import * as alone from '@lssm-tech/lib.context-snapshot/verify';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { z } from 'zod';

const ajv = addFormats.default(
  new Ajv.default({ strict: true, strictTypes: true, strictRequired: true, allErrors: true }),
);
const names = ['input', 'output', 'event'];
const schemas = Object.fromEntries(names.map((name) => [name, ajv.compile(contract.schemas[name])]));
const zods = Object.fromEntries(names.map((name) => [name, z.fromJSONSchema(contract.schemas[name])]));
const { validate, version, vendor } = contract.input['~standard'];

/** Returns the issues of the code for an input; undefined if its only problem is the missing pack. */
function ofCode(input) {
  try {
    snapshotPack(input, { actor: 'admin', pack: null });
  } catch (error) {
    assert(error instanceof SnapshotError, String(error));
    return error.issues;
  }
  throw new Error('nothing was thrown');
}

const pack = { packKey: 'a', version: '1', title: 't' };
const text = fc.string({ unit: 'grapheme', maxLength: 5 });
const json = fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 3 });
const nameOfMember = fc.oneof(text, fc.constantFrom('a.b', 'a', 'b', '.', '', '0', '$snapshot', 'constructor'));
const metadata = fc.oneof(
  fc.dictionary(nameOfMember, json, { maxKeys: 3 }),
  fc.dictionary(nameOfMember, fc.dictionary(nameOfMember, json, { maxKeys: 3 }), { maxKeys: 3 }),
);
const maybe = (arbitrary) => fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: json });
const inputs = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      {
        packKey: maybe(text),
        packVersion: maybe(text),
        reason: maybe(text),
        requestedBy: maybe(text),
        metadata: maybe(metadata),
        other: json,
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: json },
);

describe('the texts', () => {
  test('are those of the operation', () => {
    const { schemas: _, ...words } = contract;
    assert.deepEqual(words, {
      key: 'context.pack.snapshot',
      version: '1.0.0',
      kind: 'command',
      title: 'Create Context Snapshot',
      description: 'Create an immutable snapshot from a context pack.',
      goal: 'Persist a versioned, auditable context snapshot for agents.',
      context: 'Used when launching background agents or when operators want to lock context state.',
      domain: 'context',
      owners: ['platform.context'],
      tags: ['automation', 'context', 'snapshot', 'knowledge', 'create'],
      stability: 'experimental',
      capability: { key: 'context.system', version: '1.0.0' },
      policy: { auth: 'admin', pii: [] },
      emits: [
        { key: 'context.snapshot.created', version: '1.0.0', when: 'A new snapshot has been created and persisted.' },
      ],
    });
  });

  // F5.3-2
  test('name the event as every snapshot and every verifier does', async () => {
    const [{ key, version }] = JSON.parse(readFileSync(new URL('../../src/contract.json', import.meta.url))).emits;
    const input = { packKey: 'a' };
    const ctx = { actor: 'admin', pack, items: [] };
    for (const snapshot of [snapshotPack(input, ctx), new SnapshotBuilder(input, ctx).finish()]) {
      const { record, event } = snapshot;
      assert.deepEqual([event.key, event.version], [key, version]);
      for (const verify of [verifySnapshot, alone.verifySnapshot]) {
        const issues = async (changes) => {
          const found = await verify({ record, items: [], event: { ...event, ...changes } });
          return found.issues.map(({ path }) => path);
        };
        assert.deepEqual(await issues({ key, version }), []);
        assert.deepEqual(await issues({ key: `${key}x` }), ['event.key']);
        assert.deepEqual(await issues({ version: `${version}0` }), ['event.version']);
      }
    }
  });

  test('are data: they survive JSON and structuredClone, and are read-only', () => {
    assert.deepEqual(structuredClone(contract), contract);
    assert.deepEqual(JSON.parse(JSON.stringify(contract)), contract);
    for (const value of [contract, contract.input, contract.input['~standard'], contract.schemas.input.properties]) {
      assert(Object.isFrozen(value));
    }
  });
});

describe('the JSON Schemas', () => {
  test('accept what the operation returns and emits', () => {
    const { output, event } = snapshotPack({ packKey: 'a' }, { actor: 'admin', pack, items: [] });
    const { key, version } = contract.emits[0];
    assert.deepEqual([event.key, event.version], [key, version]);
    for (const [name, value] of Object.entries({ output, event: event.payload })) {
      const sent = JSON.parse(JSON.stringify(value));
      assert(schemas[name](sent), name);
      assert(zods[name].safeParse(sent).success, name);
      for (const member of Object.keys(sent)) {
        const { [member]: _, ...rest } = sent;
        // The host's schema makes it optional.
        assert.equal(schemas[name](rest), member === 'itemCount', member);
        assert.equal(zods[name].safeParse(rest).success, member === 'itemCount', member);
        assert(!schemas[name]({ ...sent, [member]: null }), member);
        assert(!zods[name].safeParse({ ...sent, [member]: null }).success, member);
      }
      assert(!schemas[name]({ ...sent, createdAt: 'yesterday' }));
      assert(!schemas[name]({ ...sent, hash: sent.hash.toUpperCase() }));
    }
  });

  test('agree with the code for generated inputs, in Ajv, in zod and as a Standard Schema', () => {
    const seen = { right: 0, wrong: 0 };
    fc.assert(
      fc.property(inputs, (input) => {
        const issues = ofCode(input);
        const isRight = issues === undefined;
        seen[isRight ? 'right' : 'wrong']++;
        assert.equal(schemas.input(input), isRight);
        assert.equal(zods.input.safeParse(input).success, isRight);
        assert.equal(validate(input).issues === undefined, isRight);
      }),
      { numRuns: 5000, seed: 11 },
    );
    assert(seen.right > 500 && seen.wrong > 500, JSON.stringify(seen));
  });
});

describe('the Standard Schema', () => {
  test('identifies itself', () => assert.deepEqual({ version, vendor }, { version: 1, vendor: 'context-snapshot' }));

  test('returns the value itself, synchronously', () => {
    const value = { packKey: 'a', metadata: { a: [1] }, other: 1 };
    assert.equal(validate(value).value, value);
    assert.deepEqual(Object.keys(validate(value)), ['value']);
  });

  test('returns our issues, each with the path as names', () => {
    const { NaN: nan } = Number;
    const message = 'Invalid input: expected JSON value, received NaN';
    const string = (received) => `Invalid input: expected string, received ${received}`;
    for (const [value, expected] of [
      [5, [{ path: [], message: 'Invalid input: expected object, received number' }]],
      [undefined, [{ path: [], message: 'Invalid input: expected object, received undefined' }]],
      [{}, [{ path: ['packKey'], message: string('undefined') }]],
      [{ packKey: '' }, [{ path: ['packKey'], message: 'Too small: expected string to have >=1 characters' }]],
      [
        { packKey: 1, reason: null },
        [
          { path: ['packKey'], message: string('number') },
          { path: ['reason'], message: string('null') },
        ],
      ],
      [
        { packKey: 'a', metadata: [] },
        [{ path: ['metadata'], message: 'Invalid input: expected record, received array' }],
      ],
      [
        { packKey: 'a', metadata: { $snapshot: {} } },
        [{ path: ['metadata', '$snapshot'], message: 'Reserved member: $snapshot' }],
      ],
      [{ packKey: 'a', metadata: { a: [1, nan] } }, [{ path: ['metadata', 'a', 1], message }]],
      [{ packKey: 'a', metadata: { 0: { 1: nan } } }, [{ path: ['metadata', '0', '1'], message }]],
      // A dot in a name does not split it, whatever other names there are.
      [{ packKey: 'a', metadata: { 'a.b': { 'c.d.e': nan } } }, [{ path: ['metadata', 'a.b', 'c.d.e'], message }]],
      [{ packKey: 'a', metadata: { 'a.b': nan, a: { b: 1 } } }, [{ path: ['metadata', 'a.b'], message }]],
      [{ packKey: 'a', metadata: { 'a.b': 1, a: { b: nan } } }, [{ path: ['metadata', 'a', 'b'], message }]],
      [{ packKey: 'a', metadata: { '': { '': nan } } }, [{ path: ['metadata', '', ''], message }]],
      [{ packKey: 'a', metadata: { '.': nan } }, [{ path: ['metadata', '.'], message }]],
    ]) {
      const { issues } = validate(value);
      assert.deepEqual(
        issues.map(({ path, message }) => ({ path, message })),
        expected,
      );
    }
  });

  test('finds the refused value under any names', () => {
    const wrong = fc.constantFrom(Number.NaN, 1n, undefined, Symbol('s'), new Map());
    // Only names that paths show unchanged; the others are tested below.
    const seen = nameOfMember.filter((name) => /^[\x20-\x7e]*$/.test(name));
    const way = fc.array(fc.oneof(seen, fc.nat(2)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(way, wrong, json, (names, value, beside) => {
        fc.pre(names[0] !== '$snapshot' && typeof names[0] === 'string');
        // Objects drop an undefined member; lists refuse it.
        fc.pre(value !== undefined || typeof names.at(-1) === 'number');
        let inner = value;
        for (const name of names.toReversed?.() ?? [...names].reverse()) {
          if (typeof name === 'number') {
            const list = Array(name).fill(beside);
            list.push(inner);
            inner = list;
          } else {
            inner = { [name]: inner };
          }
        }
        const { issues } = validate({ packKey: 'a', metadata: inner });
        assert.deepEqual(issues[0].path, ['metadata', ...names]);
      }),
      { numRuns: 2000, seed: 11 },
    );
  });

  test('returns a name as the path shows it if it was escaped or cut', () => {
    const pathOf = (metadata) => validate({ packKey: 'a', metadata }).issues[0].path;
    assert.deepEqual(pathOf({ 'a\n': Number.NaN }), ['metadata', 'a\\u000a']);
    assert.deepEqual(pathOf({ '\ud800': 1 }), ['metadata', '\ufffd']);
    const [, long] = pathOf({ ['n'.repeat(999)]: Number.NaN });
    assert.match(long, /^n+…n+$/);
  });

  test('does not search through all combinations of chosen names', () => {
    let inner = Number.NaN;
    for (let at = 0; at < 60; at++) inner = { a: inner, 'a.a': inner };
    const began = process.cpuUsage();
    const { issues } = validate({ packKey: 'a', metadata: { ...inner, z: 1n } });
    assert(issues.length > 1);
    const { user, system } = process.cpuUsage(began);
    assert(user + system < 5_000_000, `${user + system} microseconds of the processor`);
  });

  test("lets exceptions of the input's own code pass, even if they look like an answer", () => {
    const own = new SnapshotError({ code: 'NOT_FOUND', detail: '' });
    for (const error of [new Error('of the host'), own, { status: 404 }]) {
      const value = {
        get packKey() {
          throw error;
        },
      };
      assert.throws(
        () => validate(value),
        (thrown) => thrown === error,
      );
    }
  });

  test('accepts inputs of classes, as the code does', () => {
    class Input {
      get packKey() {
        return 'a';
      }
      get metadata() {
        return { a: Number.NaN };
      }
    }
    assert.deepEqual(validate(new Input()).issues[0].path, ['metadata', 'a']);
  });
});

// F0-1
test('isDigest accepts what the package writes, and nothing else', () => {
  const { output } = snapshotPack({ packKey: 'a' }, { actor: 'admin', pack, items: [] });
  assert(isDigest(output.hash));
  const { hash } = output;
  for (const value of [
    ...[
      hash.toUpperCase(),
      hash.slice(0, -1),
      `${hash}0`,
      `${hash}\n`,
      `\n${hash}`,
      hash.slice(7),
      '',
      undefined,
      null,
    ],
    ...[Object(hash), [hash], { toString: () => hash }, hash.replace('sha256', 'sha512')],
  ]) {
    assert.equal(isDigest(value), false, String(value));
  }
});
