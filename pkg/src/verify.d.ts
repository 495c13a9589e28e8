/**
 * The entry without WebAssembly: canonical JSON, digests and verification over Web Crypto, for pages whose
 * Content-Security-Policy forbids WebAssembly, and for auditors who want a second opinion. It is an implementation of its
 * own, written from `docs/FORMAT.md` and `docs/ERRORS.md` of this package, and shares no code with the main entry.
 *
 * All functions give promises. They take what those of the same names in the main entry take, and give the same.
 *
 * Each value that is passed in is read once, and what was read is what is checked and hashed. What the caller's own code
 * throws (a getter, a proxy, an iterator) rejects the promise, unchanged. Where there is no `crypto.subtle` (a page that is
 * not from a secure context), whatever has to hash is rejected with a {@link SnapshotError} 500, `INTERNAL_ERROR`.
 *
 * @packageDocumentation
 */

import type {
  ChainOptions,
  ChainVerification,
  ContextSnapshotItemInput,
  Digest,
  ItemProof,
  SnapshotError as MainError,
  Received,
  SnapshotParts,
  SnapshotRecord,
  Stored,
  Verification,
} from './index.js';

export type {
  ChainOptions,
  ChainVerification,
  ContextPackRecord,
  ContextPackSnapshotOutput,
  ContextPackSourceRef,
  ContextSnapshotItemInput,
  Digest,
  Issue,
  IssueCode,
  ItemProof,
  JsonObject,
  Limits,
  Received,
  SnapshotDetails,
  SnapshotErrorInit,
  SnapshotEvent,
  SnapshotIndexEntry,
  SnapshotManifest,
  SnapshotMetadata,
  SnapshotParts,
  SnapshotProblem,
  SnapshotRecord,
  Stored,
  Verification,
  VerifyOptions,
} from './index.js';

/**
 * Recomputes a snapshot from its record and its items, and tells every difference. Bad data is reported, never thrown.
 *
 * @returns a promise of the verification. It is rejected with what the caller's own code throws, and with
 * {@link SnapshotError} 500 if there is no Web Crypto; with a `TypeError` if there is a second argument.
 *
 * @example
 * ```ts
 * const { valid, issues, anchor } = await verifySnapshot({
 *   record: await store.getSnapshot(id),
 *   items: await store.listSnapshotItems(id),
 *   expect: { hash: run.contextHash },
 * });
 * if (!valid) for (const { path, message } of issues) console.error(`${path}: ${message}`);
 * if (anchor === 'none') throw new Error('Nothing that we trust was compared.');
 * ```
 */
export function verifySnapshot(parts: SnapshotParts): Promise<Verification>;

/**
 * Checks that an item is in the snapshot of a hash, without the other items. `hash` is the one that the verifier trusts.
 *
 * @returns a promise of `true`; of `false` for anything that is no valid proof of this item. It is rejected as that of
 * {@link verifySnapshot} is.
 *
 * @example
 * ```ts
 * if (!(await verifyItem(item, proof, run.contextHash))) throw new Error('This item was not in the context of the run.');
 * ```
 */
export function verifyItem(
  item: Stored<ContextSnapshotItemInput>,
  proof: Received<ItemProof>,
  hash: string,
): Promise<boolean>;

/**
 * Checks the records of snapshots that follow each other, oldest first: each by itself, and that its `parent` is the
 * recomputed seal of the record before it. The first may follow one that is not at hand. Items are not looked at. If the
 * records form a chain in another order, one issue says in which. No record at all is an issue.
 *
 * @returns a promise of the verification, with paths such as `records.2.hash`. It is rejected as that of
 * {@link verifySnapshot} is.
 *
 * @example
 * ```ts
 * const records = await store.listSnapshots({ packKey: 'platform.docs', order: 'oldest first' });
 * const { valid, length } = await verifyChain(records, { expect: { seal: run.newestSeal } });
 * ```
 */
export function verifyChain(
  records: Iterable<Stored<SnapshotRecord>>,
  options?: ChainOptions,
): Promise<ChainVerification>;

/**
 * Canonical JSON (RFC 8785). Takes JSON values and valid `Date`s (as their ISO string); leaves out members whose value is
 * `undefined`; refuses everything else that `JSON.stringify` would drop or convert in silence.
 *
 * @returns a promise of the text. It is rejected with a {@link SnapshotError} 422 that has the path of each wrong value; also
 * above 1,000 levels or 268,435,456 bytes.
 *
 * @example
 * ```ts
 * await canonicalize({ b: 1e21, a: ['é'] }); // '{"a":["é"],"b":1e+21}'
 * ```
 */
export function canonicalize(value: unknown): Promise<string>;

/**
 * SHA-256 of the canonical JSON of a value, with no prefix.
 *
 * @returns a promise of the digest. It is rejected as that of {@link canonicalize} is, and with {@link SnapshotError} 500
 * where there is no Web Crypto.
 *
 * @example
 * ```ts
 * (await digest(record.metadata.$snapshot.manifest)) === record.hash;
 * ```
 */
export function digest(value: unknown): Promise<Digest>;

/**
 * Why there is no result. By its own enumerable members also a problem object (RFC 9457). It has the form of the main entry's
 * class of this name, but is another class: tell it by `code` where both entries are used.
 *
 * @example
 * ```ts
 * canonicalize(value).catch((error) => {
 *   if (error instanceof SnapshotError && error.status === 422) showIssues(error.issues);
 *   else throw error;
 * });
 * ```
 */
export const SnapshotError: typeof MainError;
export type SnapshotError = MainError;
