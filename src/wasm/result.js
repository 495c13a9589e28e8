// From what WebAssembly made to plain, frozen JavaScript values.
//
// Why from text: everything that a snapshot holds is derived from its canonical JSON, so that what is returned is what
// was hashed, and shares no object with what was passed in. Nothing here has to be freed.

const { freeze, values, assign } = Object;
const { parse } = JSON;

/** Freezes a JSON value, however deep. */
export function deepFreeze(value) {
  if (typeof value === 'object' && value !== null) {
    for (const part of values(value)) deepFreeze(part);
    freeze(value);
  }
  return value;
}

/** A frozen value of JSON text. */
export function frozen(json) {
  return deepFreeze(parse(json));
}

/** A problem object (RFC 9457) that can be thrown: its members are own and enumerable, as the host's runtime reads them. */
export class SnapshotError extends Error {
  constructor(problem) {
    super(`${problem.code}: ${problem.detail}`);
    assign(this, problem);
  }
}
// As the names of JavaScript's own errors are: inherited, not enumerable.
Object.defineProperty(SnapshotError.prototype, 'name', { value: 'SnapshotError', configurable: true, writable: true });

let handed;

/** Notes that an exception is thrown on purpose, after WebAssembly has put everything in order. */
export function handOver(exception) {
  handed = { exception };
  return exception;
}

/** Whether that exception was thrown on purpose; if not, WebAssembly was left in the middle of something. */
export function wasHandedOver(exception) {
  const known = handed !== undefined && Object.is(handed.exception, exception);
  handed = undefined;
  return known;
}

const decoder = new TextDecoder();

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** What `make` makes on first read, frozen: most callers store a record and items, or look at a hash, and no more. */
function lazily(make) {
  let made;
  return () => {
    made ??= deepFreeze(make());
    return made;
  };
}

/**
 * @param ids JSON text of the itemIds, in the order of the tree, as all that follows
 * @param digests 32 bytes an item
 * @param batches canonical JSON of the items, in pieces
 * @param places three numbers an item: its batch, where it starts there, how long it is
 * @param times an item's own time; NaN where it has the snapshot's
 */
export function buildSnapshot(record, eventId, ids, digests, batches, places, times) {
  const stored = frozen(record);
  const { snapshotId, packKey, packVersion, hash, itemCount, createdAt } = stored;
  const { manifest, traceId } = stored.metadata.$snapshot;
  const outcome = () =>
    freeze({ snapshotId, packKey, packVersion, hash, itemCount, createdAt: freeze(new Date(createdAt)) });
  const index = lazily(() =>
    parse(ids).map((itemId, position) => {
      let digest = 'sha256:';
      for (const byte of digests.subarray(position * 32, position * 32 + 32)) digest += hex[byte];
      return { itemId, digest };
    }),
  );
  const items = lazily(() =>
    Array.from(times, (time, position) => {
      const [batch, start, length] = places.subarray(position * 3);
      const item = parse(decoder.decode(batches[batch].subarray(start, start + length)));
      item.snapshotId = snapshotId;
      item.createdAt = Number.isNaN(time) ? createdAt : new Date(time).toISOString();
      return item;
    }),
  );
  return freeze({
    output: outcome(),
    event: freeze({
      id: eventId,
      key: 'context.snapshot.created',
      version: '1.0.0',
      occurredAt: createdAt,
      ...(traceId !== undefined && { traceId }),
      payload: outcome(),
    }),
    record: stored,
    manifest,
    get index() {
      return index();
    },
    get items() {
      return items();
    },
  });
}

export function buildItemDigest(itemId, digest, json) {
  return freeze({ itemId, digest, json });
}

// Node's own SHA-256 is several times as fast as one in WebAssembly, for all but the smallest messages. Asked for in a
// way that no bundler sees; where there is none, WebAssembly's serves.
const nativeHash = globalThis.process?.getBuiltinModule?.('node:crypto')?.hash;

export const hasNativeDigest = () => typeof nativeHash === 'function';

/** Writes the SHA-256 of `length` bytes at `start` to `out`. */
export function nativeDigest(memory, start, length, out) {
  const digest = nativeHash('sha256', new Uint8Array(memory.buffer, start, length), 'buffer');
  new Uint8Array(memory.buffer, out, 32).set(digest);
}

/** Copies bytes out of WebAssembly's memory. */
export function copyOut(memory, start, length) {
  const bytes = new Uint8Array(memory.buffer, start, length);
  // Node can leave out to fill with zeros what is overwritten at once.
  if (globalThis.Buffer === undefined) return bytes.slice();
  const copy = Buffer.allocUnsafeSlow(length);
  copy.set(bytes);
  return copy;
}
