// Checks that twice the input takes at most about twice the steps, even for adversarial input.
//
// Why: a few megabytes from a stranger must not stop a service. Seconds depend on the machine, so a bound on them is either too
// loose or fails by chance. Steps (support/steps.js) do not.
//
// How: each exported function gets input designed to be slow, at one size and at twice that size. Quadratic behaviour takes four
// times the steps. If two things must be large to be slow (a long name, and wrong values below it), both are doubled. Then linear
// input is still about twice as large, and behaviour that is linear in each of them still fails.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { stepsOf } from './support/steps.js';

const api = await import('@lssm-tech/lib.context-snapshot');
const light = await import('@lssm-tech/lib.context-snapshot/verify');

const MOST = 2.4;
/** Below this number of steps, at twice the size, growth is noise. */
const FEW = 3000;

const times = (count, make) => Array.from({ length: count }, (_, at) => make(at));
const pad = (at) => String(at).padStart(8, '0');
const item = (itemId, more = {}) => ({ itemId, kind: 'k', sourceKey: 's', content: '', ...more });
const pack = (more = {}) => ({ packKey: 'p', version: '1', title: 't', ...more });
const input = { packKey: 'p' };
const ctx = (items, more = {}) => ({ actor: 'admin', now: new Date(0), snapshotId: 's', items, pack: pack(more) });
const copy = (value) => JSON.parse(JSON.stringify(value));
const PREFIX = 'shared/beginning/of/ids/'.repeat(8);
const sources = (count, version) =>
  times(count, (at) => ({ kind: 'k', key: 's', version: version(at), required: true }));

/** Calls a function; a refusal counts as an answer. */
function settled(call) {
  const refused = (error) => {
    if (error?.code === undefined || error.code === 'INTERNAL_ERROR') throw error;
    return error;
  };
  try {
    const answer = call();
    return answer instanceof Promise ? answer.catch(refused) : answer;
  } catch (error) {
    return refused(error);
  }
}

/** Packs that are slow to read: name, a size, and a function from a size to items and members of the pack. */
const PACKS = {
  'many small items': [14_000, (n) => [times(n, (at) => item(`i${pad(at)}`))]],
  'ids in reverse order': [14_000, (n) => [times(n, (at) => item(`i${pad(n - at)}`))]],
  'ids in a scattered order': [14_000, (n) => [times(n, (at) => item(`${(at * 7919) % n}:${at}`))]],
  'ids with a common prefix': [6_000, (n) => [times(n, (at) => item(`${PREFIX}${pad((at * 7919) % n)}`))]],
  // A square root, because ids of 1 to m characters have m² / 2 of them.
  'ids whose common prefix shrinks each time': [
    1_500_000,
    (n) => [times(Math.floor(Math.sqrt(n)), (at) => item('ab'.repeat(Math.floor(Math.sqrt(n)) - at)))],
  ],
  'ids with characters outside the basic plane': [14_000, (n) => [times(n, (at) => item(`\u{10000}\ue000${n - at}`))]],
  'one long id': [1_200_000, (n) => [[item('i'.repeat(n))]]],
  'ninety duplicates of a long id': [12_000, (n) => [times(90, () => item('i'.repeat(n)))]],
  'one id, repeated': [14_000, (n) => [times(n, () => item('i'))]],
  'one item with many members': [
    60_000,
    (n) => [[item('i', { content: Object.fromEntries(times(n, (at) => [`m${pad(at)}`, at])) })]],
  ],
  'one item with many members in reverse order': [
    60_000,
    (n) => [[item('i', { content: Object.fromEntries(times(n, (at) => [`m${pad(n - at)}`, at])) })]],
  ],
  'members whose names have a common prefix': [
    6_000,
    (n) => [[item('i', { content: Object.fromEntries(times(n, (at) => [`${PREFIX}${pad((at * 7919) % n)}`, at])) })]],
  ],
  'other names in each object': [
    12_000,
    (n) => [[item('i', { content: { list: times(n, (at) => ({ [`a${at}`]: 1, [`b${at}`]: 2 })) } })]],
  ],
  'items with many shapes': [
    5_000,
    (n) => [times(n, (at) => item(`i${pad(at)}`, { metadata: { [`a${at}`]: 1, [`b${at % 50}`]: {} } }))],
  ],
  'deep arrays': [600, (n) => [[item('i', { content: { list: times(n, () => nested(900)) } })]]],
  'empty containers': [150_000, (n) => [[item('i', { content: { list: times(n, (at) => (at % 2 ? {} : [])) } })]]],
  'numbers with many digits': [
    80_000,
    (n) => [[item('i', { content: { list: times(n, (at) => (at + 1 / 3) * 10 ** ((at % 600) - 300)) } })]],
  ],
  'text of escapes': [400_000, (n) => [[item('i', { content: '\u0001'.repeat(n) })]]],
  'text of surrogate pairs': [600_000, (n) => [[item('i', { content: '\u{1f600}'.repeat(n) })]]],
  'text of unpaired surrogates': [600_000, (n) => [[item('i', { content: '\udc00\ud800'.repeat(n) })]]],
  'names of escapes': [
    8_000,
    (n) => [[item('i', { content: Object.fromEntries(times(n, (at) => [`\u0001"\\${at}\ud7ff\u{10000}`, 1])) })]],
  ],
  'many wrong values': [60_000, (n) => [[item('i', { content: { list: times(n, () => undefined) } })]]],
  'wrong values below a long name': [
    50,
    (n) => [[item('i', { content: { ['n'.repeat(n * 10_000)]: times(n, () => undefined) } })]],
  ],
  'wrong values of a class with a long name': [
    50,
    (n) => [[item('i', { content: { list: times(n, () => thing(n * 2_000)) } })]],
  ],
  'many owners and tags': [60_000, (n) => [[], { owners: times(n, (at) => `o${at}`), tags: times(n, () => 't') }]],
  'many sources': [14_000, (n) => [[], { sources: times(n, (at) => ({ kind: 'k', key: `s${at}` })) }]],
  'different required sources': [
    7_000,
    (n) => [
      times(n, (at) => item(`i${pad(at)}`, { sourceKey: `s${at}` })),
      { sources: times(n, (at) => ({ kind: 'k', key: `s${at}`, required: true })) },
    ],
  ],
  'required sources of one kind and key in different versions': [
    2_000,
    (n) => [
      times(n, (at) => item(`i${pad(at)}`, { sourceVersion: `v${at}` })),
      { sources: sources(n, (at) => `v${at}`) },
    ],
  ],
  'equal required sources': [
    7_000,
    (n) => [times(n, (at) => item(`i${pad(at)}`, { sourceVersion: 'v' })), { sources: sources(n, () => 'v') }],
  ],
  'required sources without a matching item': [
    2_000,
    (n) => [times(n, (at) => item(`i${pad(at)}`, { sourceVersion: 'x' })), { sources: sources(n, (at) => `v${at}`) }],
  ],
};

function nested(levels) {
  let value = 0;
  for (; levels > 0; levels--) value = [value];
  return value;
}
const classes = new Map();
function thing(length) {
  if (!classes.has(length)) {
    const Thing = class {};
    Object.defineProperty(Thing, 'name', { value: 'T'.repeat(length) });
    classes.set(length, Thing);
  }
  return new (classes.get(length))();
}

/** Tests that are known to be quadratic and are marked "todo". A repair must remove its entry here. */
const KNOWN = {};

/** Asserts that the call made by `make(2 * n)` takes at most a given factor of the steps of `make(n)`. */
function grows(name, size, make, known) {
  const todo = known === undefined ? {} : { todo: KNOWN[known] };
  test(`takes steps in proportion to the input: ${name}`, todo, async (t) => {
    const counts = [];
    let isPromise = false;
    for (const n of [size, 2 * size]) {
      const call = await make(n);
      counts.push(
        await stepsOf(() => {
          const answer = settled(call);
          isPromise ||= answer instanceof Promise;
          return answer;
        }),
      );
    }
    const [small, large] = counts;
    // Awaiting gives the engine time to free memory of earlier tests.
    for (const where of isPromise ? ['script'] : ['wasm', 'script']) {
      t.diagnostic(`${where}: ${Math.round(small[where])}, ${Math.round(large[where])}`);
      if (large[where] < FEW) continue;
      const growth = large[where] / small[where];
      assert(growth <= MOST, `${where}: ${growth.toFixed(2)} times the steps for twice the input`);
    }
  });
}

/** Makes the parts of a snapshot of such a pack. If no snapshot can be taken of it, the items do not belong to the record. */
function partsOf([items, more]) {
  try {
    const { record, items: stored, index } = api.snapshotPack(input, ctx(items, more));
    return { ...copy({ record, items: stored, index }), pack: pack(more) };
  } catch {
    return { record: snapshot.record, items, pack: pack(more) };
  }
}
const snapshot = copy(api.snapshotPack(input, ctx([item('a')])));
/** Makes a well-formed record and manifest for a pack or items that snapshotPack would refuse. */
function forged(more) {
  const forged = structuredClone(snapshot);
  forged.manifest = forged.record.metadata.$snapshot.manifest;
  Object.assign(forged.manifest.pack, more);
  return forged;
}
const entry = (at) => ({ itemId: `i${pad(at)}`, digest: snapshot.index[0].digest });
/** The two verifiers, and how much smaller their input is, because precise coverage makes JavaScript slow. */
const VERIFIERS = { 'the main entry': api, './verify': light };
const SHARE = { 'the main entry': 4, './verify': 8 };

for (const [name, [size, make, known]] of Object.entries(PACKS)) {
  grows(`snapshotPack: ${name}`, size, (n) => () => api.snapshotPack(input, ctx(...make(n))), known);
  for (const [who, { verifySnapshot }] of Object.entries(VERIFIERS)) {
    const prepare = (n) => {
      const parts = partsOf(make(n));
      return () => verifySnapshot(parts);
    };
    grows(`verifySnapshot, ${who}: ${name}`, Math.floor(size / (known ? 2 : SHARE[who])), prepare, known);
  }
}
for (const name of [
  'ids in reverse order',
  'required sources of one kind and key in different versions',
  'required sources without a matching item',
  'equal required sources',
  'wrong values below a long name',
  'ninety duplicates of a long id',
]) {
  const [size, make, known] = PACKS[name];
  grows(`previewPack: ${name}`, Math.floor(size / 2), (n) => () => api.previewPack(input, ctx(...make(n))), known);
  const build = (n) => {
    const [items, more] = make(n);
    return () => {
      const builder = new api.SnapshotBuilder(input, ctx(undefined, more));
      for (const each of items) {
        try {
          builder.add(each);
        } catch (error) {
          assert.equal(error.code, 'VALIDATION_FAILED');
        }
      }
      return builder.finish();
    };
  };
  // A builder refuses each item separately, so every wrong one costs time in proportion to its length.
  if (!/wrong|duplicates/.test(name)) grows(`SnapshotBuilder: ${name}`, Math.floor(size / 2), build, known);
  const verify = (n) => {
    const { items, ...parts } = partsOf(make(n));
    return () => {
      const verifier = new api.SnapshotVerifier(parts);
      for (const each of items) verifier.add(each);
      return verifier.finish();
    };
  };
  grows(`SnapshotVerifier: ${name}`, Math.floor(size / 2), verify, known);
}
grows('SnapshotBuilder: digests in reverse order', 8_000, (n) => {
  const digested = times(n, (at) => ({ ...entry(n - at), kind: 'k', sourceKey: 's' }));
  return () => {
    const builder = new api.SnapshotBuilder(input, ctx());
    for (const each of digested) builder.addDigest(each);
    return builder.finish();
  };
});

const unknown = (n) => Object.fromEntries(times(n, (at) => [`x${at}`, at]));
/** Parts that are slow to verify, or that should be refused before they are. */
const PARTS = {
  'an index in reverse order': [8_000, (n) => ({ ...snapshot, index: times(n, (at) => entry(n - at)) })],
  'an index of one id': [8_000, (n) => ({ ...snapshot, index: times(n, () => entry(1)) })],
  'an index without any of the items': [8_000, (n) => ({ ...snapshot, index: times(n, entry) })],
  'an index with a long id': [600_000, (n) => ({ ...snapshot, index: [{ ...entry(1), itemId: 'i'.repeat(n) }] })],
  'an index of wrong entries': [8_000, (n) => ({ ...snapshot, index: times(n, () => ({ itemId: 1, x: 1 })) })],
  'row ids': [
    2_000,
    (n) => {
      const parts = partsOf([times(n, (at) => item(`i${pad(at)}`))]);
      for (const each of parts.items) each.itemId = `s:${each.itemId}`;
      return { ...parts, rowIds: true };
    },
  ],
  'row ids of another snapshot': [
    8_000,
    (n) => ({ ...snapshot, rowIds: true, items: times(n, (at) => item(`t:i${at}`)) }),
  ],
  'foreign row ids of a long snapshotId': [
    50,
    (n) => ({
      ...snapshot,
      record: { ...snapshot.record, snapshotId: 's'.repeat(5_000 * n) },
      rowIds: true,
      items: times(n, (at) => item(`t${at}`)),
    }),
  ],
  'a record with unknown members': [60_000, (n) => ({ ...snapshot, record: { ...snapshot.record, ...unknown(n) } })],
  'parts with unknown members': [60_000, (n) => ({ ...snapshot, ...unknown(n) })],
  'an item with unknown members': [60_000, (n) => ({ ...snapshot, items: [item('a', unknown(n))] })],
  'expect with unknown members': [
    60_000,
    (n) => ({ ...snapshot, expect: { hash: snapshot.record.hash, ...unknown(n) } }),
  ],
  '$snapshot with unknown members': [
    60_000,
    (n) => {
      const parts = forged();
      Object.assign(parts.record.metadata.$snapshot, unknown(n));
      return parts;
    },
  ],
  'a manifest with unknown members': [
    60_000,
    (n) => {
      const parts = forged();
      Object.assign(parts.record.metadata.$snapshot.manifest, unknown(n));
      return parts;
    },
  ],
  'a record with much metadata': [
    30_000,
    (n) => ({ ...snapshot, record: { ...snapshot.record, metadata: { ...unknown(n), ...snapshot.record.metadata } } }),
  ],
  'a pack of other sources': [
    6_000,
    (n) => ({
      ...forged({ sources: times(n, (at) => ({ kind: 'k', key: `a${at}` })) }),
      pack: pack({ sources: times(n, (at) => ({ kind: 'k', key: `b${at}` })) }),
    }),
  ],
  'required sources without an item': [3_000, (n) => forged({ sources: sources(n, (at) => `v${at}`) })],
  'a trusted hash that is long': [1_000_000, (n) => ({ ...snapshot, expect: { hash: 'a'.repeat(n) } })],
  'a title that differs': [
    600_000,
    (n) => ({ ...forged({ title: 'a'.repeat(n) }), pack: pack({ title: 'b'.repeat(n) }) }),
  ],
  'tiny limits': [
    8_000,
    (n) => ({
      ...{ ...snapshot, items: times(n, (at) => item(`i${at}`, { content: 'x'.repeat(300) })) },
      limits: { documentBytes: 200, levels: 5, items: n, totalBytes: n },
    }),
  ],
  'an item over a tiny limit': [
    150_000,
    (n) => ({
      ...snapshot,
      items: [item('a', { content: { list: times(n, (at) => at) } })],
      limits: { documentBytes: 200 },
    }),
  ],
};
for (const [name, [size, make, known]] of Object.entries(PARTS)) {
  for (const [who, { verifySnapshot }] of Object.entries(VERIFIERS)) {
    const prepare = (n) => {
      const parts = make(n);
      return () => verifySnapshot(parts);
    };
    grows(`verifySnapshot, ${who}: ${name}`, size, prepare, known);
  }
}

function chainOf(n, parentOf) {
  const records = [];
  for (let at = 0; at < n; at++) {
    const parent = parentOf(records);
    const { record } = api.snapshotPack(input, { ...ctx([]), snapshotId: `s${at}`, ...(parent && { parent }) });
    records.push(copy(record));
  }
  return records;
}
const before = (records) => records.at(-1)?.metadata.$snapshot.seal;
const CHAINS = {
  'a long chain': [400, (n) => chainOf(n, before)],
  'a chain in reverse order': [400, (n) => chainOf(n, before).reverse()],
  'a chain without every second record': [400, (n) => chainOf(2 * n, before).filter((_, at) => at % 2 === 0)],
  'one record, repeated': [400, (n) => times(n, () => snapshot.record)],
  'records with one parent': [400, (n) => chainOf(n, ([first]) => before([first].filter(Boolean)))],
};
for (const [name, [size, make]] of Object.entries(CHAINS)) {
  for (const [who, { verifyChain }] of Object.entries(VERIFIERS)) {
    const prepare = (n) => {
      const records = make(n);
      return () => verifyChain(records);
    };
    grows(`verifyChain, ${who}: ${name}`, size, prepare);
  }
}

const proven = api.snapshotPack(input, ctx(times(9, (at) => item(`i${at}`))));
const proof = copy(api.proveItem(proven, 'i5'));
const [digest] = proof.path;
const PROOFS = {
  'a path of many digests': [20_000, (n) => [proven.items[5], { ...proof, path: times(n, () => digest) }]],
  'a path of values that are not digests': [100_000, (n) => [proven.items[5], { ...proof, path: times(n, () => 1) }]],
  'a large item': [1_200_000, (n) => [item('i5', { content: 'é'.repeat(n) }), proof]],
  'an item of many members': [30_000, (n) => [item('i5', { content: unknown(n) }), proof]],
  'a manifest of many sources': [
    6_000,
    (n) => [
      proven.items[5],
      {
        ...proof,
        manifest: { ...proof.manifest, pack: pack({ sources: times(n, (at) => ({ kind: 'k', key: `${at}` })) }) },
      },
    ],
  ],
  'a manifest with unknown members': [
    40_000,
    (n) => [proven.items[5], { ...proof, manifest: { ...proof.manifest, ...unknown(n) } }],
  ],
};
for (const [name, [size, make]] of Object.entries(PROOFS)) {
  for (const [who, { verifyItem }] of Object.entries(VERIFIERS)) {
    const prepare = (n) => {
      const [own, given] = make(n);
      return () => verifyItem(own, given, proof.hash);
    };
    grows(`verifyItem, ${who}: ${name}`, size, prepare);
  }
}

const large = (n, content = () => '') =>
  copy(api.snapshotPack(input, ctx(times(n, (at) => item(`i${pad(at)}`, { content: content(at) })))));
grows('proveItem: the last of many', 8_000, (n) => {
  const whole = large(n);
  return () => api.proveItem(whole, `i${pad(n - 1)}`);
});
grows('proveItem: a long id that is not in the index', 600_000, (n) => () => api.proveItem(proven, '\u001b'.repeat(n)));
grows('proveItem: an index in reverse order', 8_000, (n) => {
  const index = times(n, (at) => entry(n - at));
  return () => api.proveItem({ manifest: proven.manifest, index }, 'i5');
});
grows('diffSnapshots: all items changed', 6_000, (n) => {
  const [one, other] = [large(n), large(n, (at) => `${at}`)];
  return () => api.diffSnapshots(one, other);
});
grows('diffSnapshots: no item in both', 6_000, (n) => {
  const [one, other] = [large(n), copy(api.snapshotPack(input, ctx(times(n, (at) => item(`j${pad(at)}`)))))];
  return () => api.diffSnapshots(one, other);
});
grows('previewPack: against another', 4_000, (n) => {
  const against = large(n);
  const items = times(n, (at) => item(`i${pad(n - at)}`));
  return () => api.previewPack(input, { ...ctx(items), against });
});
grows('summarizeSnapshot: many kinds', 4_000, (n) => {
  const { record, items } = partsOf([times(n, (at) => item(`i${at}`, { kind: `kind ${(at * 7919) % n}` }))]);
  return () => api.summarizeSnapshot({ record, items });
});
grows('summarizeSnapshot: long foreign text', 400_000, (n) => {
  const { record, items } = partsOf([
    [item('i', { kind: '|<`*'.repeat(n / 4) })],
    { title: '|<`*\u001b\u202e'.repeat(n / 4) },
  ]);
  return () => api.summarizeSnapshot({ record, items });
});
grows('toStatement: a long key', 400_000, (n) => {
  const packKey = '%@é'.repeat(n / 3);
  const { record } = api.snapshotPack({ packKey }, { ...ctx([]), pack: { ...pack(), packKey } });
  return () => api.toStatement({ record });
});
grows('toStatement: many sources', 6_000, (n) => {
  const { record } = partsOf([[], { sources: times(n, (at) => ({ kind: 'k', key: `${at}` })) }]);
  return () => api.toStatement({ record });
});
grows(
  'snapshotIdFor: a long key',
  1_200_000,
  (n) => () => api.snapshotIdFor({ idemKey: 'é'.repeat(n), packKey: 'p', packVersion: '' }),
);
grows('digestItem: many members', 40_000, (n) => {
  const own = item('a', { content: unknown(n) });
  return () => api.digestItem(own);
});
for (const [who, { canonicalize, digest: digestOf }] of Object.entries(VERIFIERS)) {
  for (const [name, call] of Object.entries({ canonicalize, digest: digestOf })) {
    grows(`${name}, ${who}: members in a scattered order`, 30_000, (n) => {
      const value = Object.fromEntries(times(n, (at) => [`m${(at * 7919) % n}x`, at / 3]));
      return () => call(value);
    });
    grows(`${name}, ${who}: wrong values below a long name`, 50, (n) => {
      const value = { ['n'.repeat(n * 5_000)]: times(n, () => undefined) };
      return () => call(value);
    });
  }
}

const { privateKey, publicKey } = await webcrypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
const statement = api.toStatement(snapshot);
const envelope = await api.signStatement(statement, { privateKey });
const sig = Buffer.alloc(64, 1).toString('base64');
grows('signStatement: a long statement', 300_000, (n) => {
  const long = { ...statement, _note: 'é'.repeat(n) };
  return () => api.signStatement(long, { privateKey });
});
grows('verifyEnvelope: a long payload', 600_000, (n) => {
  const payload = Buffer.alloc(n, '{"a":[1],').toString('base64');
  return () => api.verifyEnvelope({ ...envelope, payload }, [{ publicKey }]);
});
grows(
  'verifyEnvelope: a payload that is not base64',
  1_000_000,
  (n) => () => api.verifyEnvelope({ ...envelope, payload: '='.repeat(n) }, [{ publicKey }]),
);
grows('verifyEnvelope: many signatures', 100, (n) => {
  const signatures = times(n, (at) => ({ keyid: `${at}`, sig }));
  return () => api.verifyEnvelope({ ...envelope, signatures }, [{ publicKey }]);
});
grows('verifyEnvelope: many signatures and as many keys', 30, (n) => {
  const signatures = times(n, () => ({ keyid: '', sig }));
  return () =>
    api.verifyEnvelope(
      { ...envelope, signatures },
      times(n, () => ({ publicKey })),
    );
});

test('contract.input does not read the whole value for each of many similar paths', async () => {
  const { validate } = api.contract.input['~standard'];
  const metadata = {};
  let inmost = metadata;
  for (let at = 0; at < 100; at++) {
    inmost.a = {};
    inmost = inmost.a;
  }
  inmost.list = times(20_000, (at) => at / 3);
  const steps = (metadata) => stepsOf(() => validate({ packKey: 'p', metadata }));
  const { wasm: once } = await steps(metadata);
  // Each issue also has the path of one of these objects.
  const alike = Object.fromEntries(times(100, (at) => [`a${'.a'.repeat(at + 1)}`, Number.NaN]));
  const { wasm: often } = await steps({ ...metadata, ...alike });
  assert(often < 12 * once, `${often} steps, ${once} without the wrong values`);
});
