// Assertions that hold for every snapshot and every refusal.

import assert from 'node:assert/strict';

const PROBLEMS = {
  UNAUTHENTICATED: { status: 401, category: 'auth', title: 'Unauthenticated', name: 'unauthenticated' },
  FORBIDDEN: { status: 403, category: 'auth', title: 'Forbidden', name: 'forbidden' },
  NOT_FOUND: { status: 404, category: 'not_found', title: 'Not found', name: 'not-found' },
  PRECONDITION_FAILED: {
    status: 412,
    category: 'conflict',
    title: 'Precondition failed',
    name: 'precondition-failed',
  },
  VALIDATION_FAILED: { status: 422, category: 'validation', title: 'Validation failed', name: 'validation-failed' },
};
const OPERATION = { key: 'context.pack.snapshot', version: '1.0.0', kind: 'command' };

/** Returns all objects that can be reached from a value, including itself. */
export function reach(value, seen = new Set()) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return seen;
  seen.add(value);
  for (const name of Reflect.ownKeys(value)) reach(value[name], seen);
  return seen;
}

export function deepFreeze(value) {
  for (const object of reach(value)) if (!ArrayBuffer.isView(object)) Object.freeze(object);
  return value;
}

/** Returns what `run` throws. Fails if it throws nothing. */
export function thrownBy(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

/** Asserts that the snapshot is that of a vector. */
export function assertSnapshot(snapshot, expected, { canonicalize }) {
  assert.deepEqual(Object.keys(snapshot).sort(), ['event', 'index', 'items', 'manifest', 'output', 'record']);
  assert.deepEqual(snapshot.record, expected.record);
  assert.deepEqual(snapshot.manifest, expected.record.metadata.$snapshot.manifest);
  assert.equal(canonicalize(snapshot.manifest), expected.canonicalManifest);
  assert.deepEqual(snapshot.index, expected.index);

  const { metadata, createdBy, createdAt, ...same } = expected.record;
  const output = { ...same, createdAt: new Date(createdAt) };
  assert.deepEqual(snapshot.output, output);
  const { traceId } = metadata.$snapshot;
  assert.deepEqual(snapshot.event, {
    id: expected.eventId,
    key: 'context.snapshot.created',
    version: '1.0.0',
    occurredAt: createdAt,
    ...(traceId !== undefined && { traceId }),
    payload: output,
  });
  assert(snapshot.output.createdAt instanceof Date);
  // F5.3-3
  assert(snapshot.event.payload.createdAt instanceof Date);
  assert.notEqual(snapshot.output.createdAt, snapshot.event.payload.createdAt);

  const items = snapshot.items.map((item) => {
    const { snapshotId, createdAt: _, ...rest } = item;
    assert.equal(snapshotId, expected.record.snapshotId);
    return canonicalize(rest);
  });
  assert.deepEqual(items, expected.canonicalItems);
  assert.deepEqual(
    snapshot.items.map((item) => item.createdAt),
    expected.itemTimes,
  );
  assert.equal(snapshot.items, snapshot.items);
  assert.equal(snapshot.index, snapshot.index);
  for (const object of reach(snapshot)) assert(Object.isFrozen(object));
}

/** Asserts that the error is a complete problem with this code and these issues. An issue without a message allows any message. */
export function assertProblem(error, { code, issues = [], traceId, operation = true }, { SnapshotError }) {
  const { status, category, title, name } = PROBLEMS[code];
  assert(error instanceof SnapshotError, `not a SnapshotError: ${error}`);
  assert(error instanceof Error);
  assert.equal(error.name, 'SnapshotError');
  assert(typeof error.stack === 'string');
  // Other tests check which item an issue is about.
  const wanted = issues.map((issue, position) => {
    const { message, itemId } = error.issues?.[position] ?? {};
    return { message, ...issue, ...(itemId !== undefined && { itemId }) };
  });
  assert.deepEqual(error.issues ?? [], wanted);
  const { detail, ...rest } = Object.fromEntries(Object.entries(error));
  assert.deepEqual(rest, {
    type: `https://contractspec.io/problems/${name}`,
    title,
    status,
    code,
    category,
    severity: 'warning',
    retryable: false,
    ...(operation && { operation: OPERATION }),
    ...(traceId !== undefined && { traceId }),
    ...(issues.length > 0 && { issues: wanted }),
  });
  assert.equal(typeof detail, 'string');
  assert.notEqual(detail, '');
  assert(error.message.includes(detail));
  if (issues.length > 0) {
    const [{ path, message }] = wanted;
    const more = issues.length - 1;
    assert.equal(
      detail,
      `${path === '' ? '' : `${path}: `}${message}${more === 0 ? '' : ` (and ${more} more issue${more === 1 ? '' : 's'})`}`,
    );
    for (const object of reach(error.issues)) assert(Object.isFrozen(object));
  }
}
