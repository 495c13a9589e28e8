// Tests what users meet in the first hour: values that look like JSON, calls that are almost right, and the errors about them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as api from '@lssm-tech/lib.context-snapshot';
import * as verify from '@lssm-tech/lib.context-snapshot/verify';

const { SnapshotError, digestItem, explainItem, previewPack, proveItem, snapshotPack, verifyItem } = api;
const pack = { packKey: 'kb', version: '1', title: '' };
const item = (content, more) => ({ itemId: 'a', kind: 'k', sourceKey: 's', content, ...more });
const take = (items, more) => snapshotPack({ packKey: 'kb' }, { actor: 'admin', pack, items, ...more });

async function refusal(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
  assert.fail('it was not refused');
}

/** Returns the answers of both entries about a JSON value. */
async function both(value) {
  const [first, second] = [
    await refusal(() => api.canonicalize(value)),
    await refusal(() => verify.canonicalize(value)),
  ];
  assert.deepEqual(first.issues, second.issues);
  return first.issues.map(
    ({ path, message }) => `${path}: ${message.replace('Invalid input: expected JSON value, ', '')}`,
  );
}

/** Makes local dates and times like parsers of TOML do. */
class LocalDate extends Date {
  toISOString() {
    return '2026-03-01';
  }
}

// F7.1-8
test('refuses a date whose class changes its text, by the name of the class, in both entries', async () => {
  class Meeting extends LocalDate {}
  class Zoned extends Date {
    toJSON() {
      return '2026-03-01T01:00:00+01:00';
    }
  }
  for (const Class of [LocalDate, Meeting, Zoned]) {
    assert.deepEqual(await both({ at: new Class(0) }), [`at: received ${Class.name}`]);
    const { issues } = await refusal(() => digestItem(item({ runs: [new Class(0)] })));
    assert.deepEqual([issues[0].path, issues[0].itemId], ['content.runs.0', 'a']);
    const wrongTime = await refusal(() => digestItem(item('x', { createdAt: new Class(0) })));
    const message = `Invalid input: expected date, received ${Class.name}`;
    assert.equal(wrongTime.issues[0].message, message);
    const wrongNow = await refusal(() => take([], { now: new Class(0) }));
    assert.deepEqual([wrongNow.issues[0].path, wrongNow.issues[0].message], ['now', message]);
    const parts = { record: { ...take([]).record, createdAt: new Class(0) }, items: [] };
    for (const { verifySnapshot } of [api, verify]) {
      const [issue] = (await verifySnapshot(parts)).issues;
      assert.deepEqual([issue.path, issue.message], ['record.createdAt', message]);
    }
  }
  assert.deepEqual(await both({ at: Object.assign(new Date(0), { toJSON: () => 'x' }) }), ['at: received Date']);
});

// F5.1-3, F5.1-4
test('cuts a stored time towards zero if it is a number, but not if it is a text, in both entries', async () => {
  const { record } = take([], { now: new Date(0) });
  const found = async ({ verifySnapshot }, createdAt) =>
    (await verifySnapshot({ record: { ...record, createdAt }, items: [] })).issues.map(({ message }) => message);
  for (const entry of [api, verify]) {
    assert.deepEqual(await found(entry, new Date(-0.5)), []);
    assert.deepEqual(await found(entry, '1970-01-01T00:00:00.0009Z'), []);
    for (const createdAt of ['1969-12-31T23:59:59.9995Z', new Date(-1), '9999-12-31T23:59:59-00:01']) {
      assert.deepEqual(await found(entry, createdAt), ['Invalid time: expected an instant from 1970 to 9999']);
    }
  }
});

// F7.1-8, F7.1-9
test('accepts a subclass of Date that leaves the text alone, and names it if a string is needed', async () => {
  class Moment extends Date {}
  const text = '{"at":"1970-01-01T00:00:00.000Z"}';
  assert.equal(api.canonicalize({ at: new Moment(0) }), text);
  assert.equal(await verify.canonicalize({ at: new Moment(0) }), text);
  const { issues } = await refusal(() => take([], { pack: { ...pack, title: new Moment(0) } }));
  assert.equal(issues[0].message, 'Invalid input: expected string, received Moment');
  const { record } = take([]);
  const parts = { record: { ...record, packKey: new Moment(0) }, items: [] };
  for (const { verifySnapshot } of [api, verify]) {
    assert.equal((await verifySnapshot(parts)).issues[0].message, 'Invalid input: expected string, received Moment');
  }
});

// E4.1-3
test('never says "received" with the expected type', async () => {
  class e {
    id = 1;
    body = 'x';
    tags = [];
    more = 0;
  }
  for (const [value, name] of [
    [Object.create({ a: 1 }), 'object with a prototype'],
    [new (class {})(), 'object with a prototype'],
    [new (class string {})(), 'object with a prototype'],
    [new e(), 'e { id, body, tags, … }'],
    [new (class q {})(), 'q { }'],
    [Object.create({ [Symbol.toStringTag]: 'Message' }), 'Message'],
    [new (class Message {})(), 'Message'],
  ]) {
    assert.deepEqual(await both(value), [`: received ${name}`]);
    const { issues } = await refusal(() => digestItem(item(value)));
    assert.equal(issues[0].message, `Invalid input: expected string or object, received ${name}`);
  }
});

// F7.2-3, E4.1-4
test('names both ends of a cycle, and the depth only if there is no cycle', async () => {
  const content = { a: { b: null } };
  content.a.b = content.a;
  const { issues } = await refusal(() => digestItem(item(content)));
  assert.equal(issues[0].path, 'content.a.b');
  assert.equal(issues[0].message, 'Invalid input: expected JSON value, received a cycle (content.a.b is content.a)');
  assert.deepEqual(await both(content), ['a.b: received a cycle (a.b is a)']);
  assert.deepEqual(await both(content.a), ['b: received a cycle (b is the whole value)']);
  const tree = { children: [{}, {}], bad: Number.NaN };
  for (const child of tree.children) child.parent = tree;
  assert.deepEqual(await both(tree), [
    'children.0.parent: received a cycle (children.0.parent is the whole value)',
    'children.1.parent: received a cycle (children.1.parent is the whole value)',
    'bad: received NaN',
  ]);
  const long = { text: 'x'.repeat(2 ** 20) };
  long.list = [long];
  assert.deepEqual(await both(long), ['list.0: received a cycle (list.0 is the whole value)']);
  let deep = 1;
  for (let level = 0; level < 1001; level++) deep = [deep];
  assert.match((await both(deep))[0], /Too big: expected at most 1000 levels of nesting$/);
  // The walker keeps nothing of it.
  assert.equal(api.canonicalize([[1]]), '[[1]]');
});

// F10-6, E6.1-4
test('refuses a document with endlessly shared parts within a second', async () => {
  let shared = Array(10).fill('lol');
  for (let level = 0; level < 9; level++) shared = Array(10).fill(shared);
  // Parts that are short, but many times there.
  const flat = Array(200_000).fill(Array(1500).fill(0));
  for (const value of [shared, flat]) {
    for (const { canonicalize } of [api, verify]) {
      const before = process.cpuUsage();
      const { issues } = await refusal(() => canonicalize(value));
      assert.equal(issues[0].code, 'too_big');
      const { user, system } = process.cpuUsage(before);
      assert(user + system < 2e6, `${user + system} µs`);
    }
  }
});

// E4-8, E4-9
test('refuses seconds given for milliseconds, and says what a time lacks', async () => {
  const message = async (now) => (await refusal(() => take([], { now }))).issues[0].message;
  for (const now of [Math.floor(Date.now() / 1000), 0, 1e11 - 1]) {
    assert.equal(await message(now), 'Invalid time: looks like seconds: milliseconds are expected');
  }
  assert.equal(take([], { now: 1e11 }).record.createdAt, '1973-03-03T09:46:40.000Z');
  const base = 'Invalid time: expected RFC 3339 with an offset';
  for (const [now, lacks] of [
    ['2026-03-01', '; missing: the time, the offset'],
    ['2026-03-01T10:00', '; missing: the seconds, the offset'],
    ['2026-03-01T10:00Z', '; missing: the seconds'],
    ['2026-03-01T10:00:00.5', '; missing: the offset'],
    ['10:00:00Z', '; missing: the date'],
    ['2026-02-30T10:00:00Z', ''],
    ['yesterday', ''],
    ['', ''],
  ]) {
    assert.equal(await message(now), base + lacks);
    const { record } = take([]);
    for (const { verifySnapshot } of [api, verify]) {
      const { issues } = await verifySnapshot({ record: { ...record, createdAt: now }, items: [] });
      assert.equal(issues[0].message, base + lacks);
    }
  }
});

// E4-15
test('normalizes no long kind or key, which may take quadratic time', async () => {
  const base = 'Required source has no item: k ';
  const found = '; an item has this kind and key in another Unicode normalization';
  for (const [count, hint] of [
    [120, found],
    [121, ''],
    [500_000, ''],
  ]) {
    const keys = [`\u00e9${'\u0323'.repeat(count)}`, `e${'\u0323'.repeat(count)}\u0301`];
    const sources = [{ kind: 'k', key: keys[0], required: true }];
    const items = [item('x', { sourceKey: keys[1] })];
    const preview = previewPack({ packKey: 'kb' }, { actor: 'user', pack: { ...pack, sources }, items });
    const { record } = take(items, { pack: { ...pack, sources: [{ ...sources[0], required: false }] } });
    const forged = structuredClone(record);
    forged.metadata.$snapshot.manifest.pack.sources[0].required = true;
    const messages = [preview.problems[0].message];
    for (const { verifySnapshot } of [api, verify]) {
      const { issues } = await verifySnapshot({ record: forged, items });
      messages.push(issues.find(({ code }) => code === 'missing_source').message);
    }
    for (const message of messages) {
      assert(message.startsWith(base));
      assert.equal(message.endsWith(found), hint === found, message);
    }
  }
});

// E4-15
test('hints at an item that almost matches a required source', async () => {
  const base = 'Required source has no item: k é';
  for (const [source, made, hint] of [
    [{}, { sourceKey: 'e\u0301' }, '; an item has this kind and key in another Unicode normalization'],
    [{}, { sourceKey: 'é', kind: 'q' }, '; an item of this key has kind q'],
    [{ version: '2' }, { sourceKey: 'é', sourceVersion: '1' }, '; an item of this kind and key has version 1'],
    [{ version: '2' }, { sourceKey: 'é' }, '; an item of this kind and key has no version'],
    [{}, { sourceKey: 'other' }, ''],
  ]) {
    const sources = [{ kind: 'k', key: 'é', required: true, ...source }];
    const items = [item('x', made)];
    const wanted = base + (source.version ? '@2' : '') + hint;
    const { code, issues } = await refusal(() => take(items, { pack: { ...pack, sources } }));
    assert.deepEqual([code, issues[0].message], ['PRECONDITION_FAILED', wanted]);
    const preview = previewPack({ packKey: 'kb' }, { actor: 'user', pack: { ...pack, sources }, items });
    assert.equal(preview.problems[0].message, wanted);
    // An impossible record: its required source has no item.
    const { record } = take(items, { pack: { ...pack, sources: [{ ...sources[0], required: false }] } });
    const forged = structuredClone(record);
    forged.metadata.$snapshot.manifest.pack.sources[0].required = true;
    for (const { verifySnapshot } of [api, verify]) {
      const { issues } = await verifySnapshot({ record: forged, items });
      assert.equal(issues.find(({ code }) => code === 'missing_source').message, wanted);
    }
  }
});

// F13-7, E3.1-7, E3.1-8
test('says that the context is missing, in whichever way, and admits nobody', async () => {
  const ctx = { actor: 'admin', pack, items: [] };
  const input = { packKey: 'kb' };
  for (const given of [[input], [ctx, input], [{ ...input, ...ctx }], [input, null], [input, 'admin'], []]) {
    const { status, detail } = await refusal(() => snapshotPack(...given));
    assert.equal(status, 401);
    assert.match(detail, /^No context was given: /);
  }
  assert.match((await refusal(() => snapshotPack(input, { pack }))).detail, /^Nobody is signed in/);
  const { status, detail } = await refusal(() => take([], { actor: 'system' }));
  assert.equal(status, 401);
  assert.match(detail, /a scheduler or a service passes admin, with a userId of its own$/);
});

// E3.1-9
test('answers a denial with the reason of the decision', async () => {
  const denied = async (decision) => (await refusal(() => take([], { decision }))).message;
  assert.equal(await denied({ effect: 'deny', reason: 'outside of hours' }), 'FORBIDDEN: outside of hours');
  const usual = "FORBIDDEN: The host's policy decision denies this snapshot";
  for (const reason of [undefined, null, '', 5]) assert.equal(await denied({ effect: 'deny', reason }), usual);
  assert.match(await denied({ effect: 'deny', reason: '\u001b[2J' }), /: \\u001b\[2J$/);
});

// E4.1-7
test('explains what rows are for if columns are null', async () => {
  const row = item('x', { sourceVersion: null, textContent: null, metadata: null, createdAt: null });
  const { issues } = await refusal(() => take([row]));
  assert.equal(issues.length, 4);
  for (const { message } of issues)
    assert.match(message, /, received null \(leave the member out; verifySnapshot accepts null in rows of a store\)$/);
  const other = await refusal(() => take([], { pack: { ...pack, tags: null } }));
  assert.match(other.issues[0].message, /verifySnapshot accepts null in rows of a store/);
  // The texts of the host's own schemas.
  const input = await refusal(() => snapshotPack({ packKey: 'kb', reason: null }, { actor: 'admin', pack, items: [] }));
  assert.equal(input.issues[0].message, 'Invalid input: expected string, received null');
  const snapshot = take([item('x')]);
  assert.equal(api.verifySnapshot({ record: snapshot.record, items: [row] }).valid, true);
});

// E4-1
test('names the item of an issue', async () => {
  const { issues } = await refusal(() =>
    take([item(Number.NaN), item('x'), item('y', { itemId: 5 }), item('z', { itemId: '' }), null]),
  );
  assert.deepEqual(
    issues.map(({ path, itemId }) => [path, itemId]),
    [
      ['items.0.content', 'a'],
      ['items.1.itemId', 'a'],
      ['items.2.itemId', undefined],
      ['items.3.itemId', ''],
      ['items.4', undefined],
    ],
  );
  const { record, index } = take([item('x'), item('y', { itemId: 'b' })]);
  const items = [item('z'), item('y', { itemId: 'c' }), item('y', { itemId: 'd', kind: 1 })];
  const found = ({ issues }) => issues.map(({ path, itemId }) => [path, itemId]);
  const wanted = [
    ['items.0', 'a'],
    ['items.1', 'c'],
    ['items.2.kind', 'd'],
    ['index.1', 'b'],
  ];
  for (const { verifySnapshot } of [api, verify]) {
    assert.deepEqual(found(await verifySnapshot({ record, index, items })), wanted);
    const rows = items.map((one) => ({ ...one, itemId: `${record.snapshotId}:${one.itemId}` }));
    assert.deepEqual(found(await verifySnapshot({ record, index, items: rows, rowIds: true })), wanted);
  }
});

// E8-13, E8.5-1
test('names an id that is missing in an index, and two that are out of order', async () => {
  const { manifest, index } = take([item('x'), item('y', { itemId: 'b' })]);
  assert.equal(
    (await refusal(() => proveItem({ manifest, index }, 'z\u0007'))).detail,
    'No item z\\u0007 in the index',
  );
  const { issues } = await refusal(() => proveItem({ manifest, index: [...index].reverse() }, 'a'));
  const rule = 'Unsorted index: expected itemIds in ascending order of UTF-16 code units, ';
  assert.equal(issues[0].message, `${rule}found b (index.0) before a (index.1)`);
});

// E8.3-2, E8.3-3, E8.3-4, E8.3-5, E8.3-6, E8.3-7, E8.3-8, E8.3-9
test('explains why an item is not proven, in agreement with verifyItem', () => {
  const { items, output, ...snapshot } = take([item('x'), item('y', { itemId: 'b' }), item('z', { itemId: 'c' })]);
  const proof = proveItem(snapshot, 'b');
  const other = proveItem(take([item('x')]), 'a');
  const paths = (one, from, hash) => {
    const found = explainItem(one, from, hash);
    assert.equal(found.valid, verifyItem(one, from, hash));
    assert.equal(found.valid, found.issues.length === 0);
    return [found.anchor, ...found.issues.map(({ path }) => path)];
  };
  const [, one] = snapshot.index.map(({ itemId }) => item('y', { itemId }));
  assert.deepEqual(paths(one, proof, output.hash), ['hash']);
  assert.deepEqual(paths({ ...one, content: 'z' }, proof, output.hash), ['hash', 'proof.path']);
  assert.deepEqual(paths({ ...one, itemId: 'a' }, proof, output.hash), ['hash', 'proof.itemId', 'proof.path']);
  assert.deepEqual(paths(one, { ...proof, leafIndex: 3 }, output.hash), ['hash', 'proof.leafIndex']);
  assert.deepEqual(paths(one, { ...proof, path: [] }, output.hash), ['hash', 'proof.path']);
  assert.deepEqual(paths(one, proof, other.hash), ['none', 'proof.hash', 'proof.manifest']);
  assert.deepEqual(paths(one, { ...proof, hash: other.hash }, output.hash), ['none', 'proof.hash']);
  assert.deepEqual(paths({ ...one, kind: null }, proof, 'x'), ['none', 'hash', 'item.kind']);
  assert.deepEqual(paths(null, 5, undefined), ['none', 'hash', 'proof', 'item']);
  assert.throws(() => explainItem(one, proof, output.hash, 1), TypeError);
});

// F5.2-5
test('orders identifiers of the same millisecond as they were made', () => {
  const ids = Array.from({ length: 500 }, () => take([], { now: 1e12 }).record.snapshotId);
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, 500);
});

// E1-1, E1.1-1, E1.1-2, E1.1-3, E1-5, E2-1
test('keeps an error intact in structuredClone, and lets hosts make one', async () => {
  const error = await refusal(() => take([item(Number.NaN)], { traceId: 't' }));
  const again = SnapshotError.from(structuredClone(error.toJSON()));
  assert(again instanceof SnapshotError);
  assert.deepEqual({ ...again }, { ...error });
  assert.equal(again.message, error.message);
  assert.equal(SnapshotError.from(error), error);
  const conflict = new SnapshotError({ code: 'CONFLICT', detail: 'taken', args: { snapshotId: 's' } });
  const { type, title, status, category, severity, retryable, args } = JSON.parse(JSON.stringify(conflict));
  assert.deepEqual([type, title, status], ['https://contractspec.io/problems/conflict', 'Conflict', 409]);
  assert.deepEqual([category, severity, retryable, args], ['conflict', 'warning', false, { snapshotId: 's' }]);
  const { status: later, retryable: again2, title: why } = new SnapshotError({ code: 'SERVICE_UNAVAILABLE' });
  assert.deepEqual([later, again2, why], [503, true, 'Service unavailable']);
  assert.equal(new SnapshotError({ code: 'TIMEOUT', detail: 'slow' }).status, 504);
  for (const wrong of [undefined, {}, { code: 'toString' }]) assert.throws(() => new SnapshotError(wrong), TypeError);
  const other = await refusal(() => verify.canonicalize(Number.NaN));
  assert.deepEqual({ ...verify.SnapshotError.from(structuredClone(other.toJSON())) }, { ...other });
});

// E1.2-2
test('shows the message, the caller and more issues on a console, at most 1,900 characters', async () => {
  for (const count of [2, 100]) {
    const values = Array.from({ length: count }, () => Number.NaN);
    for (const { canonicalize } of [api, verify]) {
      const text = inspect(await refusal(() => canonicalize(values)));
      assert(text.length <= 1900, `${text.length}`);
      assert.match(text, /^SnapshotError: VALIDATION_FAILED: 0: Invalid input: .*\n +at /);
    }
    assert.match(inspect(await refusal(() => api.canonicalize(values))), /\n {2}1: Invalid input: /);
  }
});

// E1.2-1, E1.2-2
test('prints at most 2 kB for an uncaught error, from message to caller, without a line of its own', () => {
  const many = 'Array.from({ length: 200 }, () => NaN)';
  const long = (letter) => `'${letter}'.repeat(300)`;
  const source = `{ kind: ${long('k')}, key: ${long('漢')}, version: ${long('v')}, required: true }`;
  const missing = `snapshotPack({ packKey: 'kb' }, { actor: 'admin', pack: { packKey: 'kb', version: '1', title: '', sources: [${source}] } })`;
  const main = `snapshotPack({ packKey: 'kb' }, { actor: 'admin', pack: { packKey: 'kb', version: '', title: '' }, items: ${many} })`;
  for (const [name, call] of [
    ['@lssm-tech/lib.context-snapshot', main],
    ['@lssm-tech/lib.context-snapshot', missing],
    ['@lssm-tech/lib.context-snapshot/verify', `canonicalize(${many})`],
  ]) {
    const used = call.slice(0, call.indexOf('('));
    for (const [type, load] of [
      ['module', `import { ${used} } from '${name}';`],
      ['commonjs', `const { ${used} } = require('${name}');`],
    ]) {
      const script = `${load}\nfunction caller() { return ${call}; }\ncaller();`;
      const { stderr, status } = spawnSync(process.execPath, [`--input-type=${type}`, '--eval', script], {
        encoding: 'utf8',
      });
      assert.equal(status, 1);
      assert(stderr.length <= 2000, `${stderr.length}: ${stderr}`);
      const [, frame] = /^SnapshotError: VALIDATION_FAILED: .*\n +at (.*)$/m.exec(stderr);
      assert.match(frame, /^caller /);
      assert.doesNotMatch(stderr, /dist\/|wasm/);
    }
  }
});
