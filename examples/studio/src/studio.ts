// What is open in the page, and everything that changes it. The views read the state and call these functions.
//
// How: items stay in the worker of `./worker`; here are its handles (`ItemList`), and results of bounded size. Each change replaces the state, so
// that React sees it. A new call of a kind stops the one before.

import type {
  ContextPackRecord,
  Issue,
  SnapshotIndexEntry,
  SnapshotManifest,
  SnapshotRecord,
  Verification,
} from '@lssm-tech/lib.context-snapshot';
import type {
  ItemList,
  ItemsSource,
  PackPreview,
  ReadOptions,
  WorkerContents,
  WorkerProgress,
} from '@lssm-tech/lib.context-snapshot/worker';
import { useSyncExternalStore } from 'react';
import { platform, STEPS, shop } from './examples.ts';
import { type Failure, failureOf } from './failure.ts';
import { type FileAt, readFolder } from './inputs/folder.ts';
import { assertLock, contentsOfLock, type Lock, type LockEntry, verifyLock } from './inputs/lock.ts';
import { type Recognized, recognize } from './inputs/recognize.ts';
import { type ServedFolder, servedFolder, servedItems } from './inputs/served.ts';
import { go, goHome } from './route.ts';
import { say } from './say.ts';
import { texts } from './texts.ts';
import { isSameJson, worker } from './worker.ts';

/** A snapshot of the time line. */
export interface Step {
  readonly record: SnapshotRecord;
  /** Its items, if the page has them. */
  readonly list?: ItemList | undefined;
  readonly index?: readonly SnapshotIndexEntry[] | undefined;
}

/** Contents to compare with, and what they are called. */
export interface Before {
  readonly name: string;
  readonly contents: WorkerContents;
  readonly list?: ItemList | undefined;
}

export interface Opened {
  readonly name: string;
  /** The items; none if this is a lock, which has only digests. */
  readonly list?: ItemList | undefined;
  /** The entries of a lock. */
  readonly entries?: readonly LockEntry[] | undefined;
  readonly pack: ContextPackRecord;
  readonly record?: SnapshotRecord | undefined;
  /** What came with the record, and must agree with it. */
  readonly parts?: object | undefined;
  readonly preview?: PackPreview | undefined;
  /** True while `preview` is that of the items before an edit. */
  readonly isStale?: boolean;
  readonly verification?: Verification | undefined;
  /** What people should know about how it was read. */
  readonly notes: readonly string[];
  /** What it was when it was opened, once it was edited. */
  readonly original?: Before | undefined;
}

/** The result of a check of a file that was dropped: a proof, an envelope, a statement. */
export interface Check {
  readonly id: number;
  readonly name: string;
  readonly form: string;
  /** `unverified` if there was nothing to compare with, or nothing to compare. */
  readonly verdict: 'valid' | 'invalid' | 'unverified';
  readonly issues: readonly Issue[];
  readonly detail: string;
}

export interface State {
  readonly busy?: { readonly what: string; readonly progress?: WorkerProgress | undefined } | undefined;
  readonly failure?: Failure | undefined;
  readonly opened?: Opened | undefined;
  readonly steps: readonly Step[];
  /** What breaks the chain besides its records, which the page verifies itself. */
  readonly broken: readonly Issue[];
  readonly before?: Before | undefined;
  readonly checks: readonly Check[];
  /** Counts what was opened, for parts of the page that start again. */
  readonly generation: number;
}

let state: State = { steps: [], broken: [], checks: [], generation: 0 };
const listeners = new Set<() => void>();
/** The lists that a state needs. */
const listsOf = ({ opened, before, steps }: State) =>
  new Set([opened?.list, opened?.original?.list, before?.list, ...steps.map(({ list }) => list)]);

/** Changes the state. Lists that it no longer needs are released at once: the page is small, so its garbage is collected long after the worker is full. */
function set(change: Partial<State>): void {
  const old = listsOf(state);
  state = { ...state, ...change };
  for (const list of old.difference(listsOf(state))) list?.release();
  for (const listener of listeners) listener();
}
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useStudio = (): State => useSyncExternalStore(subscribe, () => state);
export const studio = (): State => state;

/** Shows why a question about a list failed, unless the list was released because something else is open now. */
export function showFailure(list: ItemList | undefined, error: unknown): void {
  if (listsOf(state).has(list)) set({ failure: failureOf(error) });
}

/** What opens something uses. */
interface Job {
  readonly signal: AbortSignal;
  /** Reads items. The list is released at the end if the page does not show it: the work has failed, say, or was stopped. */
  read(source: ItemsSource, options?: ReadOptions): Promise<ItemList>;
}

let running: AbortController | undefined;

/** Runs what opens something, until the next one stops it. A failure is shown, and what was open stays. */
async function run(what: string, work: (job: Job) => Promise<void>): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  set({ busy: { what }, failure: undefined });
  const { signal } = mine;
  const onProgress = (progress: WorkerProgress) => {
    if (running === mine) set({ busy: { what, progress } });
  };
  const lists: ItemList[] = [];
  const read: Job['read'] = async (source, options) => {
    const list = await worker.read(source, { signal, onProgress, ...options });
    lists.push(list);
    return list;
  };
  try {
    await work({ signal, read });
  } catch (error) {
    if (running === mine) set({ failure: failureOf(error) });
  } finally {
    const shown = listsOf(state);
    for (const list of lists) if (!shown.has(list)) list.release();
    if (running === mine) {
      running = undefined;
      set({ busy: undefined });
    }
  }
}

export function cancel(): void {
  running?.abort();
  running = undefined;
  set({ busy: undefined });
  say(texts.open.cancelled);
}

export const dismiss = (): void => set({ failure: undefined });
export const dismissChecks = (): void => set({ checks: [] });

const manifestOf = (record: SnapshotRecord): SnapshotManifest => record.metadata.$snapshot.manifest;
export const sealOf = (record: SnapshotRecord): string => record.metadata.$snapshot.seal;

/** Contents of a step, if enough of it is known to compare with it. */
export function contentsOf({ record, list, index }: Step): WorkerContents | undefined {
  const manifest = manifestOf(record);
  if (list !== undefined) return { manifest, items: list };
  return index === undefined ? undefined : { manifest, index };
}

/** The hash of what is open: the one that the page computed of the items, or without items that of a record that was verified. */
export function hashOf({ list, preview, record, verification }: Opened): string | undefined {
  if (list !== undefined) return preview?.hash;
  return verification?.valid === true ? record?.hash : undefined;
}

/** The hash to compare other things with: there is none if anything of what is open is not valid. */
export const verifiedHash = (opened: Opened): string | undefined =>
  opened.verification?.valid === false || opened.isStale ? undefined : hashOf(opened);

/** Contents of what is open. */
export function openContents({ list, entries, preview, record }: Opened): WorkerContents | undefined {
  const manifest = preview?.manifest ?? (record && manifestOf(record));
  if (manifest === undefined) return undefined;
  if (list !== undefined) return { manifest, items: list };
  return entries && { manifest, index: entries.map(({ itemId, digest }) => ({ itemId, digest })) };
}

const nameOf = (file: string) => file.replace(/^.*\//, '').replace(/\.(json|jsonl|ndjson|lock\.json)$/i, '');

/** Previews what is open after it was read or edited, unless that was done already. */
async function previewed(opened: Opened, { signal }: Pick<Job, 'signal'>): Promise<Opened> {
  const { list, pack } = opened;
  if (list === undefined || opened.preview !== undefined) return opened;
  const preview = await list.preview({ packKey: pack.packKey }, { actor: 'user', pack }, { signal });
  return { ...opened, preview };
}

/** Shows something that was read: its preview, and if there is a record, its verification. */
async function show(opened: Opened, steps: readonly Step[], job: Job, broken: readonly Issue[] = []): Promise<void> {
  let next = await previewed(opened, job);
  const { signal } = job;
  const { list, record, parts, entries, pack } = next;
  if (record !== undefined) {
    const verification = await (list !== undefined
      ? list.verify({ ...parts, record, pack }, { signal })
      : entries !== undefined
        ? verifyLock({ record, index: entries })
        : worker.call('verifyChain', [record]));
    next = { ...next, verification };
  }
  signal.throwIfAborted();
  editing?.abort();
  editing = undefined;
  set({ opened: next, steps, broken, before: undefined, checks: [], generation: state.generation + 1 });
}

/** What a record may come with: each is compared with it. */
const PARTS = ['record', 'items', 'index', 'event', 'manifest', 'output', 'pack'];

/** Refuses a member beside a record that is no part of a snapshot, because the verdict would not be about it. */
function refuseUnknown(members: object, known = PARTS): void {
  const other = Object.keys(members).find((name) => !known.includes(name));
  if (other !== undefined) throw new Error(texts.open.noPart(other));
}

/** Reads items, again as those of a store if a record comes with them and their absent members are `null`. */
async function readItems(source: Blob, record: SnapshotRecord | undefined, job: Job) {
  const list = await job.read(source);
  // A long member does not come from the worker, and a verdict would seem to be about it. Only the index may be long.
  for (const [name, value] of Object.entries(list.document ?? {})) {
    if (value === undefined && name !== 'index') throw new Error(texts.open.tooLong);
  }
  if (list.invalid === 0 || (record ?? list.document?.['record' as never]) === undefined) return list;
  return job.read(source, { stored: true });
}

type Part = { readonly name: string; readonly file: File; readonly found: Recognized };
const partOf = <Form extends Recognized['form']>(parts: readonly Part[], form: Form) =>
  parts.find((part): part is Part & { found: Extract<Recognized, { form: Form }> } => part.found.form === form);

const CHECKED = ['proof', 'absence', 'envelope', 'statement', 'key'] as const;
type Checked = Extract<Recognized, { form: (typeof CHECKED)[number] }>;
const isChecked = (part: Part): part is Part & { found: Checked } => CHECKED.some((form) => form === part.found.form);

async function openFolder(folder: string, files: readonly FileAt[], job: Job) {
  const { pack, items, notes, lock } = await readFolder(folder, files);
  const list = await job.read(items);
  await show({ name: folder, list, pack, notes }, [], job);
  if (lock === undefined) return;
  const contents = contentsOfLock(lock);
  set({ before: { name: 'context.lock.json', contents }, steps: [{ record: lock.record, index: contents.index }] });
  say(texts.folder.hasLock);
}

/** Opens the folder that the command serves: its items as they are now, compared with its lock; or the lock, if the folder cannot be read. */
export async function openServed(): Promise<void> {
  await run(texts.served.opening, async (job) => {
    const { signal } = job;
    const { name, steps, broken, now, notes } = await servedFolder(signal);
    const { record, index } = steps.at(-1) as Lock;
    const locked = await job.read(await servedItems('locked', signal));
    // Of a part of the texts, a comparison would show the others as empty.
    const list = locked.count === index.length ? locked : undefined;
    const all = [
      ...broken.map(({ message }) => message),
      ...notes,
      ...(list === undefined ? [texts.served.notKept(index.length - locked.count, index.length)] : []),
    ];
    const chain = [...steps.slice(0, -1), { record, index, list }];
    const found = await presentItems(now, job);
    if (typeof found === 'string') {
      const { pack } = manifestOf(record);
      const opened = {
        name,
        pack,
        record,
        list,
        ...(list === undefined && { entries: index }),
        notes: [found, ...all],
      };
      return show(opened, chain, job, broken);
    }
    const { list: present, pack, preview } = found;
    const isSame = preview.hash === record.hash;
    const said = isSame ? [] : [texts.served.differs(record.createdAt)];
    const contents = contentsOfLock({ record, index });
    // With the index, because the hash covers digests, and not the ids that a lock gives them.
    const same = isSame && { record, parts: { index: contents.index } };
    await show({ name, list: present, pack, preview, notes: [...said, ...all], ...same }, chain, job, broken);
    set({ before: { name: labelOf({ record }), contents, list } });
    if (state.opened?.verification?.valid === true) say(texts.served.same(record.createdAt));
  });
}

/** Reads the folder as it is now; returns why, if that is not possible. */
async function presentItems(now: ServedFolder['now'], { signal, read }: Job) {
  if ('problem' in now) return texts.served.unreadable(now.problem);
  const { pack } = now;
  let text: Blob;
  try {
    text = await servedItems('now', signal);
  } catch (error) {
    signal.throwIfAborted();
    return texts.served.unreadable(failureOf(error).message);
  }
  const list = await read(text);
  const preview = await list.preview({ packKey: pack.packKey }, { actor: 'user', pack }, { signal });
  return { list, pack, preview };
}

function fromLock({ record, index }: Lock, name: string): Opened {
  return { name, entries: index, pack: manifestOf(record).pack, record, notes: [texts.open.lock] };
}

async function history(
  snapshots: readonly { readonly record: SnapshotRecord; readonly items?: readonly object[] }[],
  name: string,
  job: Job,
) {
  const steps: Step[] = [];
  for (const snapshot of snapshots) {
    refuseUnknown(snapshot, ['record', 'items']);
    const { record, items } = snapshot;
    const list = items && (await job.read(JSON.stringify(items), { stored: true }));
    steps.push({ record, list });
  }
  const last = steps.at(-1) as Step;
  const { record, list } = last;
  const notes = list === undefined ? [texts.open.recordsOnly] : [];
  await show({ name, list, pack: manifestOf(record).pack, record, notes }, steps, job);
}

/** Opens files: one that has everything, or a pack or a record and its items in two. Proofs and envelopes are checked against what is open. */
export async function open(given: { readonly folder?: string; readonly files: readonly FileAt[] }): Promise<void> {
  const { folder, files } = given;
  if (files.length === 0) return;
  const what = folder ?? (files.length === 1 ? (files[0] as FileAt).path : texts.open.files(files.length));
  await run(texts.open.opening(what), async (job) => {
    if (folder !== undefined) {
      await openFolder(folder, files, job);
      return goHome();
    }
    const parts: Part[] = [];
    for (const { path, file } of files) {
      const found = await recognize(file);
      if (found === undefined) throw new Error(texts.open.unknown(path));
      parts.push({ name: path, file, found });
    }
    const checked = parts.filter(isChecked);
    if (checked.length < parts.length) {
      await openParts(parts, job);
      goHome();
    }
    for (const part of checked.sort(
      (one, other) => Number(other.found.form === 'key') - Number(one.found.form === 'key'),
    ))
      await check(part, job.signal);
  });
}

/** Refuses files that would be left out, so that no verdict seems to be about them as well. Those that are checked come later. */
function refuseOthers(parts: readonly Part[], used: readonly (Part | undefined)[]): void {
  const other = parts.find((part) => !used.includes(part) && !isChecked(part));
  if (other !== undefined) throw new Error(texts.open.surplus(other.name));
}

async function openParts(parts: readonly Part[], job: Job) {
  const lock = partOf(parts, 'lock');
  if (lock !== undefined) {
    refuseOthers(parts, [lock]);
    const { record, index } = lock.found.value;
    return show(fromLock(lock.found.value, lock.name), [{ record, index }], job);
  }
  const past = partOf(parts, 'history');
  if (past !== undefined) {
    refuseOthers(parts, [past]);
    refuseUnknown(past.found.value, ['snapshots']);
    return history(past.found.value.snapshots, past.name, job);
  }
  const ordered = parts
    .flatMap(({ found }) => (found.form === 'records' ? found.value : found.form === 'record' ? [found.value] : []))
    .toSorted((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
  const records = parts.filter(({ found }) => ['record', 'records'].includes(found.form));
  const items = partOf(parts, 'items');
  if (items === undefined) {
    if (records.length === 0) throw new Error(texts.open.noItems);
    refuseOthers(parts, records);
    return history(
      ordered.map((record) => ({ record })),
      texts.open.files(parts.length),
      job,
    );
  }
  const packFile = partOf(parts, 'pack');
  refuseOthers(parts, [items, packFile, ...records]);
  const newest = ordered.at(-1);
  const list = await readItems(items.file, newest, job);
  const document = (list.document ?? {}) as { readonly record?: SnapshotRecord; readonly pack?: ContextPackRecord };
  if ((newest && document.record) || (packFile && document.pack)) throw new Error(texts.open.surplus(items.name));
  const record = newest ?? document.record;
  if (record !== undefined) refuseUnknown(document);
  const snapshot = record?.metadata?.$snapshot;
  const own = (packFile?.found.value as ContextPackRecord | undefined) ?? document.pack ?? snapshot?.manifest?.pack;
  const key = nameOf(items.name);
  const pack = own ?? { packKey: key, version: '1.0.0', title: key };
  const notes: string[] = own === undefined ? [texts.open.noPack] : [];
  const { index, event, manifest, output } = (list.document ?? {}) as Readonly<Record<string, unknown>>;
  if (index === undefined && 'index' in document) notes.push(texts.open.longIndex);
  const given = Object.entries({ index, event, manifest, output }).filter(([, part]) => part !== undefined);
  await show(
    { name: items.name, list, pack, record, parts: Object.fromEntries(given), notes },
    record === undefined ? [] : [...ordered.slice(0, -1).map((earlier) => ({ record: earlier })), { record, list }],
    job,
  );
}

export const EXAMPLES = ['shop', 'platform', 'empty'] as const;
export type Example = (typeof EXAMPLES)[number];

/** Opens an example, or an empty pack to write in. */
export async function openExample(example: Example): Promise<void> {
  await run(texts.open.opening(texts.examples[example]), async (job) => {
    if (example === 'platform') {
      const list = await job.read(platform());
      const { pack } = list.document as { pack: ContextPackRecord };
      return show({ name: 'platform.json', list, pack, notes: [] }, [], job);
    }
    if (example === 'empty') {
      const list = await job.read('[]');
      const pack = { packKey: 'my.pack', version: '1.0.0', title: texts.edit.newPack };
      return show({ name: texts.edit.newPack, list, pack, notes: [] }, [], job);
    }
    const steps: Step[] = [];
    for (const [at, { by, reason, at: now }] of STEPS.entries()) {
      const { pack, items } = shop(at);
      const list = await job.read(JSON.stringify(items));
      const parent = at === 0 ? undefined : sealOf((steps[at - 1] as Step).record);
      const ctx = {
        actor: 'admin',
        userId: by,
        pack: pack as ContextPackRecord,
        now,
        snapshotId: `shop-${at + 1}`,
        parent,
      } as const;
      const { record } = await list.snapshot({ packKey: 'shop.assistant', reason }, ctx, { signal: job.signal });
      steps.push({ record, list });
    }
    const { record, list } = steps.at(-1) as Step;
    await show({ name: 'shop.json', list, pack: manifestOf(record).pack, record, notes: [] }, steps, job);
    const earlier = steps.at(-2) as Step;
    set({ before: beforeOf(earlier) });
  });
}

/** Opens an example because somebody chose it. */
export function choose(example: Example): void {
  go(example === 'empty' ? 'edit' : 'items', { open: example, item: '' });
  openExample(example);
}

const labelOf = ({ record }: Step): string =>
  `${record.packVersion} · ${record.metadata.$snapshot.reason ?? record.snapshotId}`;
export function beforeOf(step: Step): Before | undefined {
  const contents = contentsOf(step);
  return contents && { name: labelOf(step), contents, list: step.list };
}

export const compareWith = (before: Before | undefined): void => set({ before });

/** Reads a file to compare with. */
export async function compareWithFile(file: File): Promise<void> {
  await run(texts.open.opening(file.name), async (job) => {
    const found = await recognize(file);
    if (found?.form === 'lock') {
      await assertLock(found.value);
      job.signal.throwIfAborted();
      return set({ before: { name: file.name, contents: contentsOfLock(found.value) } });
    }
    if (found?.form !== 'items') throw new Error(texts.changes.cannotCompare);
    const list = await readItems(file, undefined, job);
    const document = (list.document ?? {}) as { readonly record?: SnapshotRecord; readonly pack?: ContextPackRecord };
    const pack = document.pack ?? document.record?.metadata?.$snapshot?.manifest?.pack ?? (state.opened as Opened).pack;
    const { manifest } = await list.preview({ packKey: pack.packKey }, { actor: 'user', pack }, { signal: job.signal });
    if (manifest === undefined) throw new Error(texts.changes.hasProblems);
    set({ before: { name: file.name, contents: { manifest, items: list }, list } });
  });
}

let editing: AbortController | undefined;

/** Takes another list or another pack for the one that is open, and previews it. The latest call wins. */
export async function edit(change: { readonly list?: ItemList; readonly pack?: ContextPackRecord }): Promise<void> {
  const { opened } = state;
  if (opened === undefined) return;
  editing?.abort();
  const mine = new AbortController();
  editing = mine;
  const contents = openContents(opened);
  const original = opened.original ?? (contents && { name: texts.edit.original, contents, list: opened.list });
  // What was made, verified or checked before is not about this any more.
  const { record: _, verification: __, isStale: ___, preview, ...rest } = { ...opened, ...change, original };
  set({ opened: { ...rest, preview, isStale: true }, checks: [] });
  try {
    const next = await previewed(rest, mine);
    if (editing === mine) set({ opened: next, failure: undefined });
  } catch (error) {
    if (editing === mine) set({ failure: failureOf(error), opened: rest });
  }
}

/** The changes of items so far. */
let edited: Promise<void> = Promise.resolve();

/**
 * Changes the items of what is open, after the changes that were asked for before: each is one of the list that those have left, or the list of the
 * last to end would lack the others.
 */
export function editItems(edits: (list: ItemList) => Parameters<ItemList['edit']>[0]): Promise<void> {
  const mine = edited.then(async () => {
    const list = state.opened?.list;
    if (list === undefined) return;
    const next = await list.edit(edits(list));
    // The next change does not wait for the preview of this one.
    if (state.opened?.list === list) edit({ list: next });
    else next.release();
  });
  edited = mine.catch(() => {});
  return mine;
}

/** Takes a snapshot that was made in the page into the time line; its record is that of what is open, unless that was edited or replaced meanwhile. */
export function addStep(step: Step): void {
  const { opened } = state;
  const isOpen = opened !== undefined && opened.list === step.list && opened.preview?.hash === step.record.hash;
  set({
    steps: [...state.steps, step],
    ...(isOpen && { opened: { ...opened, record: step.record, verification: undefined } }),
  });
}

const keys: { publicKey: CryptoKey; keyid: string }[] = [];
export const trust = (publicKey: CryptoKey, keyid: string): void => {
  keys.push({ publicKey, keyid });
};

/** What a check found: its verdict, and in words what was compared. */
type Finding = Pick<Check, 'verdict' | 'detail'> & { readonly issues?: readonly Issue[] };
const compared = ({ valid, issues }: Verification, detail: string): Finding => ({
  verdict: valid ? 'valid' : 'invalid',
  issues,
  detail,
});

const unverified = (detail: string): Finding => ({ verdict: 'unverified', detail });

let checks = 0;

/** Checks a proof, an envelope or a statement with what is open, and takes a key. */
async function check({ name, found }: Part & { found: Checked }, signal: AbortSignal): Promise<void> {
  const { opened } = state;
  const { verdict, issues = [], detail } = await findingOf(found, name, opened);
  signal.throwIfAborted();
  // If something else is open by now, nobody asked about that.
  if (state.opened?.list !== opened?.list || state.opened?.pack !== opened?.pack) return;
  say(`${texts.verdict[verdict]}: ${found.form}`);
  set({ checks: [{ id: ++checks, name, form: found.form, verdict, issues, detail }, ...state.checks] });
}

async function findingOf(found: Checked, name: string, opened: Opened | undefined): Promise<Finding> {
  if (found.form === 'key') {
    const algorithm = found.value.kty === 'OKP' ? 'Ed25519' : { name: 'ECDSA', namedCurve: 'P-256' };
    const keyid = (found.value as { kid?: string }).kid ?? name;
    trust(await crypto.subtle.importKey('jwk', found.value, algorithm, true, ['verify']), keyid);
    return unverified(texts.check.key(keyid));
  }
  if (opened === undefined) return unverified(texts.check.nothingOpen);
  const hash = verifiedHash(opened);
  if (hash === undefined) return unverified(texts.check.openNotValid);
  if (found.form === 'proof') {
    const { itemId } = found.value;
    if (opened.list === undefined) return unverified(texts.check.nothingOpen);
    const row = await opened.list.find(itemId);
    if (row === null) return { verdict: 'invalid', detail: texts.check.noItem(itemId) };
    const { json } = await opened.list.text(row.row, Number.MAX_SAFE_INTEGER);
    return compared(await worker.call('explainItem', json, found.value, hash), texts.check.proof(itemId));
  }
  if (found.form === 'absence') {
    const { itemId } = found.value;
    const verdict = await worker.call('explainAbsence', itemId, found.value, hash);
    // Neighbours without their items may have any ids, also if the open pack has the item.
    if (verdict.valid && verdict.anchor !== 'hash') return unverified(texts.check.idsNotCovered);
    return compared(verdict, texts.check.absence(itemId));
  }
  if (found.form === 'envelope') {
    if (keys.length === 0) return unverified(texts.check.noKey);
    const { valid, issues, statement } = await worker.call('verifyEnvelope', found.value as never, keys);
    if (!valid) return { verdict: 'invalid', issues, detail: texts.check.badEnvelope };
    const isSame = hash === `sha256:${statement?.subject[0].digest.sha256}`;
    return { verdict: isSame ? 'valid' : 'invalid', detail: isSame ? texts.check.sameHash : texts.check.otherHash };
  }
  // A statement. Nobody signed it, so it says what the open record says, or nothing that can be verified.
  const { subject } = found.value as { subject?: readonly { digest?: { sha256?: string } }[] };
  if (subject?.length !== 1 || hash !== `sha256:${subject[0]?.digest?.sha256}`)
    return { verdict: 'invalid', detail: texts.check.otherStatement };
  const { record } = opened;
  const own = record && (await worker.call('toStatement', { record }));
  return own !== undefined && (await isSameJson(found.value, own))
    ? { verdict: 'valid', detail: texts.check.statement }
    : unverified(texts.check.unsigned);
}
