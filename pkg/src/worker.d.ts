/**
 * Previews and verifies packs in a worker, so that a page stays responsive with 50,000 items. For any framework.
 *
 * Text goes to the worker, not objects: it reads, checks and hashes the items, and keeps them. The page gets results of bounded size, and the
 * items by page. `docs/STUDIO.md` of this package shows a page. The declarations need the compiler's library `dom`.
 *
 * @packageDocumentation
 */

import type * as main from './index.js';
import type {
  AbsenceProof,
  ContextPackSnapshotInput,
  Digest,
  ItemProof,
  JsonObject,
  PreviewContext,
  Received,
  SnapshotContents,
  SnapshotContext,
  SnapshotDiff,
  SnapshotEvent,
  SnapshotManifest,
  SnapshotPreview,
  SnapshotRecord,
  Verification,
  VerifyOptions,
} from './index.js';

/**
 * Items as text: JSON lines (one item a line), a JSON array of items, or a JSON object with a member `items`, such as a record with its items.
 * UTF-8, or a string. A `Blob` or `File` is handed over without a copy, so it is the best choice for a large text; a stream of bytes is
 * transferred; a string or bytes are copied.
 */
export type ItemsSource = Blob | string | Uint8Array | ReadableStream<Uint8Array>;

/** How far a call has come. */
export interface WorkerProgress {
  /** `read`: receiving text, counted in bytes; `hash`: checking and hashing items, counted in UTF-16 units of the text. */
  readonly step: 'read' | 'hash';
  readonly done: number;
  /** Absent if it is not known: a stream has no length. */
  readonly total?: number | undefined;
}

/** Options of a call that takes time. */
export interface WorkerCallOptions {
  /** Stops the call. Its promise rejects with the signal's reason at once. */
  readonly signal?: AbortSignal | undefined;
  /** Called at most 20 times a second, and at the end of each step. */
  readonly onProgress?: ((progress: WorkerProgress) => void) | undefined;
}

/** Options of {@link PreviewWorker.read}. */
export interface ReadOptions extends WorkerCallOptions {
  /** If true, items are those of a store: `null` means an absent member. Default: false, which reports `null` as an issue. */
  readonly stored?: boolean | undefined;
  /** Most items. Default: 250,000, which take about 1 GB. */
  readonly maxItems?: number | undefined;
  /** Most bytes of text. Default: 268,435,456. */
  readonly maxBytes?: number | undefined;
}

/**
 * Contents to compare with: the manifest, and the index or the items in the worker. With `items`, no object for each item is copied.
 *
 * @example
 * ```ts
 * const before: WorkerContents = { manifest: record.metadata.$snapshot.manifest, items: earlier };
 * ```
 */
export type WorkerContents =
  | { readonly manifest: Received<SnapshotManifest>; readonly items: ItemList }
  | (SnapshotContents & { readonly items?: undefined });

/** The context of {@link ItemList.preview}: that of `previewPack`, without the items. */
export type WorkerPreviewContext = Omit<PreviewContext, 'items' | 'against'> & {
  /** Earlier contents to compare with. */
  readonly against?: WorkerContents | null | undefined;
};

/** A preview: that of `previewPack`, with numbers by source, and without the index, which the rows have. */
export interface PackPreview extends Omit<SnapshotPreview, 'index'> {
  /** Number of valid items; of duplicates, the first counts. */
  readonly itemCount: number;
  /** Numbers and canonical bytes of the valid items by source, sorted by kind, key and version. */
  readonly sources: readonly {
    readonly kind: string;
    readonly sourceKey: string;
    readonly sourceVersion?: string | undefined;
    readonly items: number;
    readonly bytes: number;
  }[];
}

/** A row of the table of items. */
export interface ItemRow {
  /** The row's number, by which it is edited and read. It stays the same in later lists. */
  readonly row: number;
  /** Position in the list, from 0: the number in the paths of issues. */
  readonly position: number;
  /** Absent if the text is not an item. At most 1,000 UTF-16 units; the middle of a longer id is left out. So are the members below. */
  readonly itemId?: string | undefined;
  readonly kind?: string | undefined;
  readonly sourceKey?: string | undefined;
  readonly sourceVersion?: string | undefined;
  /** Bytes of the canonical item, or UTF-16 units of the text if it is not an item. */
  readonly bytes: number;
  /** Leaf hash. Absent if the text is not an item. */
  readonly digest?: Digest | undefined;
  /** What is wrong with the item, in words: its first issue, or that its id is that of an earlier item. */
  readonly problem?: string | undefined;
}

/** Which rows, and in which order. */
export interface RowQuery {
  /** Position of the first row of the page in the result, from 0. Default: 0. */
  readonly from?: number | undefined;
  /** Most rows. At most 1,000. Default: 100. */
  readonly count?: number | undefined;
  /** Default: `position`. By `itemId`, items are in the order of the tree. */
  readonly sort?: 'position' | 'itemId' | 'kind' | 'source' | 'bytes' | 'digest' | undefined;
  readonly descending?: boolean | undefined;
  /** Only items of this kind. */
  readonly kind?: string | undefined;
  /** Only items of this source. */
  readonly sourceKey?: string | undefined;
  /** Only items with this text in id, source or digest. Upper and lower case are the same. */
  readonly search?: string | undefined;
  /** Only items with a problem. */
  readonly problems?: boolean | undefined;
}

/** A page of rows. */
export interface RowPage {
  /** Number of rows of the query, on all pages. */
  readonly total: number;
  /** Position of the first row. */
  readonly from: number;
  readonly rows: readonly ItemRow[];
}

/** A changed list: rows to replace or add, and rows to remove. */
export interface ItemEdits {
  /** JSON text of items. With `row`, it replaces that item; without, it is added at the end. It may be invalid: then the row has a problem. */
  readonly put?: readonly { readonly row?: number | undefined; readonly text: string }[] | undefined;
  /** Numbers of rows. */
  readonly remove?: readonly number[] | undefined;
}

/** The text of an item. */
export interface ItemText {
  /** The item as JSON: canonical (what was hashed), or as it was received if it is not an item. */
  readonly json: string;
  /** Length of the whole text in UTF-16 units. `json` is shorter if it was cut to `maxLength`. */
  readonly length: number;
}

/** A snapshot that was made in the worker. */
export interface WorkerSnapshot {
  readonly record: SnapshotRecord;
  readonly event: SnapshotEvent;
  /** The items as JSON lines, ready to be stored. */
  readonly items: Blob;
}

/** What an item's proof shows of the tree: from its leaf to the root. */
export interface LeafProof {
  readonly proof: ItemProof;
  /** Leaf hash of the item. */
  readonly digest: Digest;
}

/**
 * Items in the worker. A list does not change: an edit makes another one, which shares all rows that were not edited. So earlier lists can be
 * compared with, and an edit costs what was edited.
 */
export interface ItemList {
  /** Number of rows, with those that are not items. */
  readonly count: number;
  /** Number of rows that are not items. */
  readonly invalid: number;
  /**
   * If the text was an object with `items`, its other members: `record`, `pack` and so on. Not checked. A member over 1,000,000
   * UTF-16 units is there as `undefined`.
   */
  readonly document?: JsonObject | undefined;

  /**
   * Computes what a snapshot of the pack with these items would be, like `previewPack`.
   *
   * @throws SnapshotError like `previewPack`; the reason of the signal.
   *
   * @example
   * ```ts
   * const { hash, problems, kinds } = await list.preview({ packKey: pack.packKey }, { actor: 'user', pack });
   * ```
   */
  preview(
    input: ContextPackSnapshotInput,
    ctx: WorkerPreviewContext,
    options?: WorkerCallOptions,
  ): Promise<PackPreview>;

  /**
   * Takes a snapshot like `snapshotPack`.
   *
   * @throws SnapshotError like `snapshotPack`; the reason of the signal.
   *
   * @example
   * ```ts
   * const { record, items } = await list.snapshot({ packKey: pack.packKey }, { actor: 'admin', userId: 'ops-1', pack });
   * save(`${record.snapshotId}.jsonl`, items);
   * ```
   */
  snapshot(
    input: ContextPackSnapshotInput,
    ctx: Omit<SnapshotContext, 'items'>,
    options?: WorkerCallOptions,
  ): Promise<WorkerSnapshot>;

  /**
   * Verifies a stored snapshot with these items, like `verifySnapshot`.
   *
   * @throws the reason of the signal.
   *
   * @example
   * ```ts
   * const list = await worker.read(file, { stored: true });
   * const { valid, issues, anchor } = await list.verify({ record, expect: { hash } }, { onProgress });
   * ```
   */
  verify(parts: VerifyOptions, options?: WorkerCallOptions): Promise<Verification>;

  /**
   * Returns a page of the items: sorted, filtered and searched in the worker.
   *
   * @example
   * ```ts
   * const { total, rows } = await list.rows({ from: 200, count: 100, sort: 'bytes', descending: true, search: 'guide' });
   * ```
   */
  rows(query?: RowQuery, options?: WorkerCallOptions): Promise<RowPage>;

  /**
   * Returns the row of an item by its id, or null.
   *
   * @example
   * ```ts
   * const row = await list.find('guides/install');
   * ```
   */
  find(itemId: string): Promise<ItemRow | null>;

  /**
   * Returns the text of an item.
   *
   * @param maxLength most UTF-16 units of text. Default: 100,000
   * @throws RangeError if the list has no such row.
   *
   * @example
   * ```ts
   * const { json, length } = await list.text(row);
   * ```
   */
  text(row: number, maxLength?: number): Promise<ItemText>;

  /**
   * Makes the proof of an item, like `proveItem`. The manifest is that of a preview of this list, or of the record of the snapshot.
   *
   * @param item the number of a row, or the id of an item
   * @throws SnapshotError 422 if the items are not those of the manifest; 404 if the list does not have the item.
   *
   * @example
   * ```ts
   * const { proof, digest } = await list.prove(row, preview.manifest);
   * ```
   */
  prove(item: number | string, manifest: Received<SnapshotManifest>): Promise<LeafProof>;

  /**
   * Makes the proof that no item of the list has an id, like `proveAbsence`, with the two items between which it would be.
   *
   * @throws SnapshotError 422 if the items are not those of the manifest, or if one of them has the id.
   *
   * @example
   * ```ts
   * const proof = await list.proveAbsence('guides/remove', preview.manifest);
   * const { valid, anchor } = await worker.call('explainAbsence', 'guides/remove', proof, preview.hash);
   * ```
   */
  proveAbsence(itemId: string, manifest: Received<SnapshotManifest>): Promise<AbsenceProof>;

  /**
   * Makes another list. This one stays as it is.
   *
   * @throws RangeError if the list has no such row.
   *
   * @example
   * ```ts
   * const next = await list.edit({ put: [{ row: 7, text: editor.value }] });
   * ```
   */
  edit(
    edits: ItemEdits,
  ): Promise<ItemList & { /** The numbers of the rows of `put`. */ readonly edited: readonly number[] }>;

  /** Lets the worker forget the list, as if it were garbage collected. Later calls reject. */
  release(): void;
}

/**
 * Functions of the main entry that {@link PreviewWorker.call} runs. Their arguments are copied to the worker. Here and in the methods of a list,
 * what would not arrive as it is rejects with a `TypeError`: functions, instances of classes, members that are not enumerable.
 */
export type WorkerFunction =
  | 'canonicalizeJson'
  | 'explainAbsence'
  | 'explainItem'
  | 'signStatement'
  | 'summarizeSnapshot'
  | 'summaryOf'
  | 'toStatement'
  | 'verifyChain'
  | 'verifyEnvelope'
  | 'verifyItem'
  | 'verifySnapshot';

type Main = typeof main;

/** A worker, and what it can do. */
export interface PreviewWorker {
  /**
   * Reads items, checks and hashes each of them, and keeps them in the worker. An invalid item is a row with a problem; a text that cannot be
   * divided into items is refused.
   *
   * @throws SnapshotError 422 if this is not JSON, with line and column, or over a limit; the reason of the signal.
   *
   * @example
   * ```ts
   * const list = await worker.read(file, { signal, onProgress: ({ step, done, total }) => show(step, done, total) });
   * ```
   */
  read(source: ItemsSource, options?: ReadOptions): Promise<ItemList>;

  /**
   * Compares two contents, like `diffSnapshots`.
   *
   * @throws SnapshotError 422 if an index or items do not match their manifest.
   *
   * @example
   * ```ts
   * const { added, removed, changed } = await worker.diff({ manifest: before, items: earlier }, { manifest: after, items: list });
   * ```
   */
  diff(before: WorkerContents, after: WorkerContents, options?: WorkerCallOptions): Promise<SnapshotDiff>;

  /**
   * Runs a function of the main entry in the worker, so that the page need not load the main entry. Meant for arguments that are small.
   *
   * @throws what the function throws.
   *
   * @example
   * ```ts
   * const { valid } = await worker.call('explainItem', json, proof, hash);
   * ```
   */
  call<Name extends WorkerFunction>(
    name: Name,
    ...args: Parameters<Main[Name]>
  ): Promise<Awaited<ReturnType<Main[Name]>>>;

  /** Ends the worker. Calls that have not returned reject with an `AbortError`, and so do later ones. */
  close(): void;
}

/** Options of {@link createPreviewWorker}. */
export interface PreviewWorkerOptions {
  /**
   * The worker, a function that makes it, or the address of its script. The same worker gives the same result. Default: `new Worker(new URL('./preview-worker.js', import.meta.url), {
   * type: 'module' })`, which Vite, webpack, Rspack, Parcel and browsers understand. For others, copy `dist/preview-worker.js` and
   * `dist/index.js` of this package into one folder of the page, and give the address here.
   */
  readonly worker?: string | URL | Worker | (() => Worker) | undefined;
}

/**
 * Starts a worker. It needs no `blob:` and no `eval`: the Content-Security-Policy of the page needs `worker-src 'self'`, that of the script
 * `script-src 'self' 'wasm-unsafe-eval'`. A page with Trusted Types passes a function that makes the worker of a trusted address.
 *
 * If the script cannot be loaded, all calls reject with a `SnapshotError` 500 that says so.
 *
 * @throws TypeError if there is no `Worker` (on a server), or in CommonJS without the option `worker`.
 *
 * @example
 * ```ts
 * import { createPreviewWorker } from '@lssm-tech/lib.context-snapshot/worker';
 *
 * const worker = createPreviewWorker();
 * const list = await worker.read(file);
 * const { hash, problems, kinds } = await list.preview({ packKey: pack.packKey }, { actor: 'user', pack });
 * const { total, rows } = await list.rows({ sort: 'bytes', descending: true });
 * ```
 */
export function createPreviewWorker(options?: PreviewWorkerOptions): PreviewWorker;
