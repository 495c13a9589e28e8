// Checks the JSON Schemas in the package, for validators that do not run our code.
//
// Why: a schema must neither accept what the code refuses nor refuse what it accepts. How: real packs, items, records, index
// entries, proofs, statements and envelopes, and mutants of each, one member away. The schema must agree with the code about
// types and forms. docs/SCHEMAS.md lists what the code computes and compares beyond that.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import {
  proveAbsence,
  proveItem,
  signStatement,
  snapshotPack,
  toStatement,
  verifyAbsence,
  verifyEnvelope,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
import Ajv from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { z } from 'zod';
import { root } from './support/child.js';

const require = createRequire(import.meta.url);
const NAMES = ['absence-proof', 'envelope', 'index-entry', 'item', 'pack', 'proof', 'record', 'statement'];
const schemas = Object.fromEntries(
  NAMES.map((name) => [name, require(`@lssm-tech/lib.context-snapshot/schemas/${name}.json`)]),
);
const ajv = new Ajv.default({ strict: true, strictTypes: true, strictRequired: true, allErrors: true });
const validators = Object.fromEntries(NAMES.map((name) => [name, ajv.compile(schemas[name])]));
const zods = Object.fromEntries(NAMES.map((name) => [name, z.fromJSONSchema(schemas[name])]));

/** Returns whether both validators accept a value; they have to agree. */
function isTaken(name, value) {
  const taken = validators[name](value);
  assert.equal(zods[name].safeParse(value).success, taken, `${name}: ${JSON.stringify(value)}`);
  return taken;
}

const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const filled = text.filter((one) => one !== '');
const json = fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 2 });
const metadata = fc.dictionary(
  text.filter((name) => name !== '$snapshot'),
  json,
  { maxKeys: 3 },
);
const optional = (required, members) =>
  fc.record({ ...required, ...members }, { requiredKeys: Object.keys(required), noNullPrototype: true });
const item = optional(
  { itemId: filled, kind: filled, sourceKey: filled, content: fc.oneof(text, metadata) },
  {
    sourceVersion: text,
    textContent: text,
    metadata,
    createdAt: fc
      .date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
      .map((time) => time.toISOString()),
  },
);
const source = optional(
  { kind: filled, key: filled },
  { version: text, description: text, required: fc.constant(false) },
);
const pack = optional(
  { packKey: filled, version: text, title: text },
  {
    description: text,
    owners: fc.array(text, { maxLength: 3 }),
    tags: fc.array(text, { maxLength: 3 }),
    sources: fc.array(source, { maxLength: 3 }),
  },
);
const context = optional(
  { pack, items: fc.uniqueArray(item, { minLength: 1, maxLength: 5, selector: ({ itemId }) => itemId }) },
  { userId: filled, traceId: text, tenantId: text, channel: text, idemKey: filled },
);
/** Proves, with the items, that no item has an id that is longer than each of them. */
function absenceOf(snapshot) {
  const { before, after, ...proof } = proveAbsence(snapshot, `${snapshot.items[0].itemId}\u0000-absent`);
  const whole = (side) => side && { ...side, item: snapshot.items[side.leafIndex] };
  return { ...proof, before: whole(before), after: whole(after) };
}

/** Returns the parts of a snapshot of a pack, as they are sent over a network. */
const made = fc.tuple(context, optional({}, { reason: text, requestedBy: text, metadata })).map(([ctx, input]) => {
  const snapshot = snapshotPack({ packKey: ctx.pack.packKey, ...input }, { actor: 'admin', ...ctx });
  const { record, index, items } = snapshot;
  const proof = proveItem(snapshot, items[0].itemId);
  const absence = absenceOf(snapshot);
  const { hash } = record;
  return JSON.parse(
    JSON.stringify({ pack: ctx.pack, record, hash, index, items, proof, absence, statement: toStatement(snapshot) }),
  );
});

/** One of 1,000 of them, for mutants: making a snapshot and its proofs takes longer than the change and both answers. */
const oneMade = fc.constantFrom(...fc.sample(made, { numRuns: 1000, seed: 5 }));

/** Lists the places to change: members of objects and elements of lists, in any schema. */
function* places(value, way = []) {
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) {
    yield [...way, name];
    yield* places(value[name], [...way, name]);
  }
}

const bad = fc.oneof(
  { weight: 3, arbitrary: json },
  fc.constantFrom('', null, 0, -1, 1.5, 2 ** 53, true, [], {}, 'a:b', ':', 'admin', 'role'),
  fc.constantFrom(
    'sha256:',
    `sha256:${'0'.repeat(64)}`,
    `sha256:${'A'.repeat(64)}`,
    `sha512:${'0'.repeat(64)}`,
    '0'.repeat(64),
  ),
  fc.constantFrom(
    '1969-12-31T23:59:59.999Z',
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00Z',
    '2026-13-01T00:00:00.000Z',
  ),
  fc.constantFrom('2026-01-01T00:00:00.000+02:00', '2026-01-01t00:00:00z', '2026-01-01 00:00:00.000Z', '2026-01-01'),
);

/** Copies a value with one place changed or removed, or with an additional member. */
function mutant(value, { at, how, by, name }) {
  const copy = structuredClone(value);
  const all = [...places(copy)];
  const way = all[at % all.length];
  const last = way.at(-1);
  const holder = way.slice(0, -1).reduce((inner, step) => inner[step], copy);
  if (how === 'put') holder[last] = by;
  else if (how === 'add' && !Array.isArray(holder)) holder[name] = by;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return copy;
}
const mutation = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('put', 'put', 'put', 'add', 'remove'),
  by: bad,
  name: filled.filter((one) => one !== '__proto__'),
});

const FORM = ['invalid_type', 'too_small', 'invalid_format', 'extra', 'reserved'];
/** Selects issues about types and forms at that path. */
const formIssues = (issues, prefix) =>
  issues.filter(({ path, code, message }) => {
    if (path !== prefix && !path.startsWith(`${prefix}.`)) return false;
    // A text that must be one of two.
    return (
      FORM.includes(code) ||
      (code === 'mismatch' && / expected "[\w./]+"(?: or "\w+")?, found "/.test(message) && FIXED.test(path))
    );
  });
const FIXED = /\.(?:format|actor|grant)$/;
const isRefused = (call) => {
  try {
    call();
    return false;
  } catch (error) {
    if (error.status === 422) return true;
    if (error.status === 412 || error.status === 404) return false;
    throw error;
  }
};
const admin = { actor: 'admin' };
const one = { itemId: 'i', kind: 'k', sourceKey: 's', content: '' };

/** By schema: the values to try, and whether the code finds the form wrong. */
const CODE = {
  pack: [
    ({ pack }) => pack,
    (value) =>
      isRefused(() => snapshotPack({ packKey: value?.packKey || 'p' }, { ...admin, pack: value, items: [one] })),
  ],
  item: [
    ({ items }) => items[0],
    (value) =>
      isRefused(() =>
        snapshotPack({ packKey: 'p' }, { ...admin, pack: { packKey: 'p', version: '', title: '' }, items: [value] }),
      ),
  ],
  record: [
    ({ record }) => record,
    (value, { items }) => formIssues(verifySnapshot({ record: value, items }).issues, 'record').length > 0,
  ],
  'index-entry': [
    ({ index }) => index[0],
    (value, { record, items, index }) =>
      formIssues(verifySnapshot({ record, items, index: [value, ...index.slice(1)] }).issues, 'index').length > 0,
  ],
};

/**
 * Intended differences between code and schema: forms in which stores return a record, and times that do not exist or lie
 * outside of the allowed years (docs/SCHEMAS.md).
 */
const mayDiffer = (name, { createdAt, createdBy } = {}) => {
  const time = Date.parse(createdAt);
  if (name === 'record')
    return (
      createdBy === null || (typeof createdAt === 'string' && !(time >= 0 && new Date(time).toJSON() === createdAt))
    );
  return name === 'item' && typeof createdAt === 'string' && !(time >= 0 && new Date(time).getUTCFullYear() <= 9999);
};

describe('the files', () => {
  test('are complete, and describe themselves', () => {
    const files = readdirSync(join(root, 'node_modules/@lssm-tech/lib.context-snapshot/schemas')).sort();
    // tests/cli/schemas.test.js has those of the command.
    const ofCommand = ['cli', 'context-lock', 'context-pack'];
    assert.deepEqual(files, [...NAMES, ...ofCommand].map((name) => `${name}.json`).sort());
    for (const name of NAMES) {
      const { $schema, title, description, $comment } = schemas[name];
      assert.equal($schema, 'https://json-schema.org/draft/2020-12/schema');
      for (const words of [title, description, $comment]) assert(words.length > 5, name);
    }
  });

  test('have no references to other files', () => {
    for (const name of NAMES) assert(!JSON.stringify(schemas[name]).includes('$ref'), name);
  });
});

test('differ from the code only in forms of times, and in null for a column', () => {
  const pack = { packKey: 'p', version: '', title: '' };
  const { record, items } = snapshotPack({ packKey: 'p' }, { ...admin, pack, items: [one] });
  const isRight = (change) => verifySnapshot({ record: { ...record, ...change }, items }).valid;
  const { createdAt } = record;
  for (const change of [{ createdBy: null }, { createdAt: createdAt.replace('T', ' ').replace('Z', '+00') }]) {
    assert(isRight(change));
    assert(!isTaken('record', { ...record, ...change }));
  }
  for (const createdAt of ['2026-02-30T00:00:00Z', '1969-12-31T23:59:59Z']) {
    assert(isTaken('item', { ...one, createdAt }));
    assert(isRefused(() => snapshotPack({ packKey: 'p' }, { ...admin, pack, items: [{ ...one, createdAt }] })));
  }
});

describe('accept what the package makes', () => {
  test('of any pack', () => {
    fc.assert(
      fc.property(made, ({ pack, record, index, items, proof, absence, statement }) => {
        assert(isTaken('pack', pack));
        assert(isTaken('record', record));
        assert(isTaken('proof', proof));
        assert(isTaken('absence-proof', absence));
        assert(isTaken('statement', statement));
        for (const entry of index) assert(isTaken('index-entry', entry));
        for (const item of items) assert(isTaken('item', item));
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

describe('accept or refuse mutants as the code does', () => {
  for (const [name, [choose, isWrong]] of Object.entries(CODE)) {
    test(name, () => {
      const seen = { taken: 0, refused: 0 };
      fc.assert(
        fc.property(oneMade, mutation, (parts, change) => {
          const value = mutant(choose(parts), change);
          const taken = isTaken(name, value);
          seen[taken ? 'taken' : 'refused']++;
          if (taken === !isWrong(value, parts)) return;
          assert(mayDiffer(name, value), JSON.stringify({ value, errors: validators[name].errors }));
        }),
        { numRuns: 5000, seed: 5 },
      );
      assert(seen.taken > 100 && seen.refused > 100, JSON.stringify(seen));
    });
  }
});

describe('refuse nothing that the code accepts', () => {
  test('as a proof', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(oneMade, mutation, ({ proof, items }, change) => {
        const hash = proof.hash;
        assert(verifyItem(items[0], proof, hash));
        const value = mutant(proof, change);
        const taken = isTaken('proof', value);
        seen[taken ? 'taken' : 'refused']++;
        if (!taken) assert.equal(verifyItem(items[0], value, hash), false, JSON.stringify(value));
      }),
      { numRuns: 2000, seed: 5 },
    );
    assert(seen.taken > 100 && seen.refused > 100, JSON.stringify(seen));
  });

  test('as a proof of absence', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(oneMade, mutation, ({ absence, hash }, change) => {
        assert(verifyAbsence(absence.itemId, absence, hash));
        const value = mutant(absence, change);
        const taken = isTaken('absence-proof', value);
        seen[taken ? 'taken' : 'refused']++;
        if (!taken) assert.equal(verifyAbsence(absence.itemId, value, hash), false, JSON.stringify(value));
      }),
      { numRuns: 2000, seed: 5 },
    );
    assert(seen.taken > 100 && seen.refused > 100, JSON.stringify(seen));
  });

  const keys = {};
  before(async () => {
    Object.assign(keys, await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']));
  });
  const isSigned = (statement) =>
    signStatement(statement, { privateKey: keys.privateKey }).then(
      () => true,
      (error) => {
        assert.equal(error.code, 'VALIDATION_FAILED');
        return false;
      },
    );

  test('as a statement', async () => {
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(oneMade, mutation, async ({ statement }, change) => {
        const value = mutant(statement, change);
        const taken = isTaken('statement', value);
        seen[taken ? 'taken' : 'refused']++;
        if (!taken) assert(!(await isSigned(value)), JSON.stringify(value));
      }),
      { numRuns: 1000, seed: 5 },
    );
    assert(seen.taken > 50 && seen.refused > 100, JSON.stringify(seen));
  });

  test('as an envelope', async () => {
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(oneMade, mutation, async ({ statement }, change) => {
        const envelope = await signStatement(statement, { privateKey: keys.privateKey, keyid: 'k' });
        assert(isTaken('envelope', envelope));
        const { keyid: _, ...unnamed } = envelope.signatures[0];
        for (const signature of [unnamed, { ...unnamed, keyid: null }]) {
          assert(isTaken('envelope', { ...envelope, signatures: [signature] }));
        }
        const value = mutant(envelope, change);
        const taken = isTaken('envelope', value);
        seen[taken ? 'taken' : 'refused']++;
        if (taken) return;
        assert(!(await verifyEnvelope(value, [{ publicKey: keys.publicKey }])).valid, JSON.stringify(value));
      }),
      { numRuns: 500, seed: 5 },
    );
    assert(seen.taken > 50 && seen.refused > 50, JSON.stringify(seen));
  });
});
