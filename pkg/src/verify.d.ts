/**
 * The entry without WebAssembly: canonical JSON, digests and verification with Web Crypto, for pages whose Content-Security-Policy forbids
 * WebAssembly, and for auditors who want a second implementation. It was written from `docs/FORMAT.md` and `docs/ERRORS.md` of this
 * package, and shares one script with the main entry: the reader of JSON text, which the main entry uses if text is not canonical.
 *
 * All functions return promises. Arguments and results are those of the functions with the same names in the main entry.
 *
 * Each value is read once, and is checked and hashed as it was read. An exception of the caller's own code (a getter, a proxy, an iterator)
 * rejects the promise unchanged. Without `crypto.subtle` (a page that is not a secure context), functions that must hash reject with a
 * {@link SnapshotError} 500, `INTERNAL_ERROR`.
 *
 * @packageDocumentation
 */

import type {
  AbsenceProof,
  ChainOptions,
  ChainVerification,
  ContextSnapshotItemInput,
  Digest,
  ItemProof,
  JsonText,
  SnapshotError as MainError,
  Received,
  SnapshotParts,
  SnapshotRecord,
  Stored,
  Verification,
} from './index.js';

export type {
  AbsenceNeighbour,
  AbsenceProof,
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
  JsonText,
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
 * Verifies a stored snapshot: computes it again from its record and its items, and reports every difference. Invalid data is never thrown.
 *
 * @returns a promise of the verification. It rejects with an exception of the caller's own code, with a {@link SnapshotError} 500 if there
 * is no Web Crypto, and with a `TypeError` if there is a second argument.
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
 * Checks a proof that an item is in the snapshot with a hash. Does not need the other items. `hash` is the trusted hash.
 *
 * @returns a promise of `true` only for a valid proof of this item, and of `false` for everything else. It rejects like that of
 * {@link verifySnapshot}.
 *
 * @example
 * ```ts
 * if (!(await verifyItem(item, proof, run.contextHash))) throw new Error('This item was not in the context of the run.');
 * ```
 */
export function verifyItem(
  item: Stored<ContextSnapshotItemInput> | JsonText,
  proof: Received<ItemProof>,
  hash: string,
): Promise<boolean>;

/**
 * Checks a proof that no item of the snapshot with a hash has an id. A neighbour without its item is taken to have the id that the proof
 * says. `hash` is the trusted hash.
 *
 * @returns a promise of `true` only for a valid proof of the absence of this id, and of `false` for everything else. It rejects like that
 * of {@link verifySnapshot}.
 *
 * @example
 * ```ts
 * if (!(await verifyAbsence(itemId, proof, run.contextHash))) throw new Error('This item may have been in the context of the run.');
 * ```
 */
export function verifyAbsence(itemId: string, proof: Received<AbsenceProof>, hash: string): Promise<boolean>;

/**
 * Verifies the records of a chain, oldest first: each record alone, and that its `parent` is the computed seal of the record before it. The
 * first may have a parent that is not in the chain. Items are not read. If the records form a chain in another order, one issue gives
 * that order. A chain without records is an issue.
 *
 * @returns a promise of the verification, with paths such as `records.2.hash`. It rejects like that of {@link verifySnapshot}.
 *
 * @example
 * ```ts
 * const records = [first.record, second.record, third.record];
 * const { valid, length } = await verifyChain(records, { expect: { seal: run.newestSeal } });
 * ```
 */
export function verifyChain(
  records: Iterable<Stored<SnapshotRecord>>,
  options?: ChainOptions,
): Promise<ChainVerification>;

/**
 * Writes a value as canonical JSON (RFC 8785). Accepts JSON values and valid `Date`s (as their ISO string); leaves out members with the value
 * `undefined`; refuses everything else that `JSON.stringify` would silently drop or convert.
 *
 * @returns a promise of the text. It rejects with a {@link SnapshotError} 422 with the path of each wrong value; also above 1,000 levels or
 * 268,435,456 bytes.
 *
 * @example
 * ```ts
 * await canonicalize({ b: 1e21, a: ['é'] }); // '{"a":["é"],"b":1e+21}'
 * ```
 */
export function canonicalize(value: unknown): Promise<string>;

/**
 * Computes the SHA-256 of the canonical JSON of a value, without a prefix.
 *
 * @returns a promise of the digest. It rejects like that of {@link canonicalize}, and with a {@link SnapshotError} 500 if there is no Web
 * Crypto.
 *
 * @example
 * ```ts
 * (await digest(record.metadata.$snapshot.manifest)) === record.hash;
 * ```
 */
export function digest(value: unknown): Promise<Digest>;

/**
 * The error of this entry. Its own enumerable members are a problem object (RFC 9457). It has the form of the main entry's class of this
 * name, but is another class: if you use both entries, compare `code`.
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
