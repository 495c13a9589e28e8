/**
 * React components that show what a snapshot holds, what changed, and that it is whole; and hooks over the worker of `./worker`. Needs React 18
 * or later.
 *
 * Components render on a server: they show what they are given, and what has to be computed appears in the browser. They have class names
 * that begin with `context-snapshot-`, and no styles of their own; `./react/style.css` has defaults, with CSS variables. All text of a pack is
 * shown as text, with control characters escaped and long values shortened.
 *
 * @packageDocumentation
 */

import type { ReactElement, ReactNode } from 'react';
import type {
  ContextPackRecord,
  ContextPackSnapshotInput,
  SnapshotDiff as Diff,
  Issue,
  ItemProof as Proof,
  Received,
  SnapshotSummary,
  Verification,
  VerifyOptions,
} from './index.js';
import type {
  ItemList,
  ItemRow,
  ItemsSource,
  PackPreview,
  PreviewWorker,
  WorkerContents,
  WorkerPreviewContext,
  WorkerProgress,
} from './worker.js';

/** Props that all components have. */
export interface CommonProps {
  /** Added to the class of the outermost element. */
  readonly className?: string | undefined;
  readonly id?: string | undefined;
  /** Level of the component's heading, 1 to 5; 0 for none. Default: 2. */
  readonly headingLevel?: number | undefined;
}

/** Provides a worker to the hooks and components inside. Without it, they share one that starts when it is first needed. */
export function PreviewWorkerProvider(props: {
  readonly worker: PreviewWorker;
  readonly children?: ReactNode;
}): ReactElement;

/** What a hook knows of its work. */
export interface Work {
  /** `idle` without input and on a server; then `running`; then `done`, `failed` or `cancelled`. */
  readonly status: 'idle' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress?: WorkerProgress | undefined;
  /** What was thrown, if it has failed. A refusal is a `SnapshotError`. */
  readonly error?: unknown;
  /** Stops the work. */
  cancel(): void;
  /** Starts it again. */
  restart(): void;
}

/** Items that can be read more than once: a stream cannot. */
export type ReadableItems = Exclude<ItemsSource, ReadableStream> | ItemList;

/** Arguments of {@link usePreview}. */
export interface PreviewArguments extends Partial<Omit<WorkerPreviewContext, 'pack'>> {
  readonly pack: ContextPackRecord | null | undefined;
  /** Items as text, or a list in the worker. Null or undefined: not there yet. */
  readonly items: ReadableItems | null | undefined;
  /** Default: the pack's key. */
  readonly input?: ContextPackSnapshotInput | undefined;
}

/**
 * Previews a pack in the worker. Starts again if an argument changes: items by identity, everything else by its data. An earlier result stays
 * while the next one is computed, and is gone if that fails or is cancelled.
 *
 * @example
 * ```tsx
 * const { status, preview, progress, cancel } = usePreview({ pack, items: file, actor: 'user' });
 * ```
 */
export function usePreview(args: PreviewArguments): Work & {
  /** The latest result, which may be of earlier arguments while `status` is `running`. */
  readonly preview?: PackPreview | undefined;
  /** The items of that result, in the worker. A list that the hook has read is released when other items take its place, or none. */
  readonly list?: ItemList | undefined;
};

/** Arguments of {@link useVerification}. */
export interface VerificationArguments extends VerifyOptions {
  /** Items as a store returns them, as text, or a list in the worker. Null or undefined: not there yet. */
  readonly items: ReadableItems | null | undefined;
}

/**
 * Verifies a stored snapshot in the worker. Starts again if an argument changes, like {@link usePreview}. A result is always that of the
 * arguments of the same render: there is none until they are verified.
 *
 * @example
 * ```tsx
 * const { status, verification, progress, cancel } = useVerification({ record, items: file, expect: { hash } });
 * ```
 */
export function useVerification(args: VerificationArguments): Work & {
  /** Absent unless `status` is `done`. */
  readonly verification?: Verification | undefined;
  /** The items, in the worker, like those of {@link usePreview}. */
  readonly list?: ItemList | undefined;
};

/** Props of {@link ContextSnapshotSummary}. */
export interface ContextSnapshotSummaryProps extends CommonProps {
  /** The summary as data: `summaryOf` of the main entry, where the snapshot is read. */
  readonly summary?: SnapshotSummary | null | undefined;
}

/**
 * The presentation `context.snapshot.summary`: pack, hash, seal, provenance, and numbers by kind and source. Without a summary, it says that
 * there is none.
 *
 * @example
 * ```tsx
 * <ContextSnapshotSummary summary={summary} />
 * ```
 */
export function ContextSnapshotSummary(props: ContextSnapshotSummaryProps): ReactElement;

/** Props of {@link SnapshotPreview}. */
export interface SnapshotPreviewProps extends CommonProps, PreviewArguments {
  /** Called with each result. */
  readonly onPreview?: ((preview: PackPreview, list: ItemList) => void) | undefined;
  /** Called with what is wrong: issues of items, or the error if the preview was refused. */
  readonly onProblem?: ((problem: { readonly issues: readonly Issue[]; readonly error?: unknown }) => void) | undefined;
  /** Called if a row is chosen, by click or by Enter. With it, ids are buttons. */
  readonly onSelect?: ((row: ItemRow, list: ItemList) => void) | undefined;
  /** Rows of a page of the table. Default: 50. */
  readonly pageSize?: number | undefined;
}

/**
 * Shows what a snapshot of a pack would hold: hash, counts, problems, what changed since `against`, and a table of the items to sort, filter
 * and search.
 *
 * @example
 * ```tsx
 * <SnapshotPreview pack={pack} items={file} actor="user" onProblem={({ issues }) => setIssues(issues)} />
 * ```
 */
export function SnapshotPreview(props: SnapshotPreviewProps): ReactElement;

/** Props of {@link SnapshotDiff}. */
export interface SnapshotDiffProps extends CommonProps {
  readonly before?: WorkerContents | null | undefined;
  readonly after?: WorkerContents | null | undefined;
  /** The differences, if they are known already: in place of `before` and `after`. */
  readonly diff?: Diff | null | undefined;
  /** Called if an id is chosen. With it, ids are buttons. */
  readonly onSelect?: ((itemId: string, change: 'added' | 'removed' | 'changed') => void) | undefined;
}

/**
 * Shows what changed between two snapshots: ids that were added, removed and changed, and members of the pack.
 *
 * @example
 * ```tsx
 * <SnapshotDiff before={lastWeek} after={today} />
 * ```
 */
export function SnapshotDiff(props: SnapshotDiffProps): ReactElement;

/** Props of {@link ItemProof}. */
export interface ItemProofProps extends CommonProps {
  readonly proof: Received<Proof>;
  /** Leaf hash of the item, for the picture of the tree. */
  readonly digest?: string | undefined;
  /** The item as JSON. With `hash`, the proof is checked in the worker. */
  readonly item?: string | undefined;
  /** The trusted hash, not the one in the proof. */
  readonly hash?: string | undefined;
}

/**
 * Shows the proof of an item: its place, the tree, and the proof to copy. With `item` and `hash`, the result of the check.
 *
 * @example
 * ```tsx
 * <ItemProof proof={proof} digest={digest} item={json} hash={run.contextHash} />
 * ```
 */
export function ItemProof(props: ItemProofProps): ReactElement;

/** Props of {@link MerkleTree}. */
export interface MerkleTreeProps extends CommonProps {
  readonly proof: Received<Proof>;
  /** Leaf hash of the item. Without it, or without Web Crypto (a page that is not a secure context), digests between leaf and root are left out. */
  readonly digest?: string | undefined;
}

/**
 * Draws the path of an item through the tree, from its leaf to the root, with the sibling and the digest of each level: log n levels, not n nodes.
 *
 * @example
 * ```tsx
 * <MerkleTree proof={proof} digest={digest} />
 * ```
 */
export function MerkleTree(props: MerkleTreeProps): ReactElement;

/** Props of {@link DigestText}. */
export interface DigestTextProps {
  readonly digest: string;
  readonly className?: string | undefined;
}

/** Shows a digest in monospace, shortened in the middle where it does not fit; all of it is copied. */
export function DigestText(props: DigestTextProps): ReactElement;

/**
 * Returns text of a pack so that it can be shown: characters that cannot be seen or that act on other text are escaped, and text over `max` UTF-16 units is
 * shortened in the middle.
 *
 * @example
 * ```ts
 * visibleText('a\u202eb'); // 'a\\u{202e}b'
 * ```
 */
export function visibleText(text: string, max?: number): string;
