// Changes one thing of a stored snapshot, as somebody with access to the store might, and asks both verifiers about it.
//
// How: the page makes a snapshot of what is open, unless it came with a record. An experiment gives other parts; then the main entry (in the worker)
// and `./verify` (in the page, without WebAssembly) each verify them three times: trusting nothing, the hash, and the seal.

import type { SnapshotIndexEntry, SnapshotRecord, Verification } from '@lssm-tech/lib.context-snapshot';
import { verifySnapshot } from '@lssm-tech/lib.context-snapshot/verify';
import type { ItemList } from '@lssm-tech/lib.context-snapshot/worker';
import { type Opened, sealOf } from './studio.ts';
import { worker } from './worker.ts';

export const EXPERIMENTS = ['nothing', 'item', 'digest', 'root', 'member', 'tail', 'forge'] as const;
export type Experiment = (typeof EXPERIMENTS)[number];
export const TRUSTS = ['none', 'hash', 'seal'] as const;
export type Trust = (typeof TRUSTS)[number];

/** Above this many items, `./verify` is not asked, because it would run on the page's own thread. */
export const MOST_IN_PAGE = 5000;

export interface Target {
  readonly record: SnapshotRecord;
  readonly list: ItemList;
}

/** A digest before and after. */
export interface Digests {
  readonly name: 'leaf' | 'root' | 'hash' | 'seal';
  readonly before: string;
  readonly after: string;
}

export interface Outcome {
  readonly what: readonly [where: string, before: string, after: string] | undefined;
  /** What one computes of the parts that are there now. */
  readonly digests: readonly Digests[];
  readonly verdicts: Record<'main' | 'verify', Record<Trust, Verification> | undefined>;
}

/** Takes the record that is open, or makes one. */
export async function targetOf({ list, record, pack }: Opened): Promise<Target> {
  if (list === undefined) throw new TypeError('A lock has no items');
  if (record !== undefined) return { list, record };
  const ctx = { actor: 'admin', userId: 'ops-1', pack, now: '2026-01-01T00:00:00Z', snapshotId: 'tamper' } as const;
  return { list, record: (await list.snapshot({ packKey: pack.packKey, reason: 'to tamper with' }, ctx)).record };
}

/** Another character in the place of one. */
const other = (character: string) =>
  /[0-9a-f]/.test(character) ? (character === '0' ? '1' : '0') : character === 'x' ? 'y' : 'x';

/** Changes the last letter or digit inside of the last text of an item's content; the text stays JSON. */
function changedContent(json: string): { readonly text: string; readonly was: string; readonly is: string } {
  const value = JSON.parse(json) as { content: unknown };
  const change = (one: unknown): unknown => {
    if (typeof one === 'string') {
      const at = one.search(/[a-z0-9](?=[^a-z0-9]*$)/i);
      return at < 0 ? `${one}x` : one.slice(0, at) + other(one[at] as string) + one.slice(at + 1);
    }
    if (typeof one === 'number') return one + 1;
    if (typeof one === 'boolean') return !one;
    if (one === null) return 'x';
    const members = Object.entries(one as object);
    const [name, member] = members.at(-1) ?? ['x', null];
    return Array.isArray(one)
      ? [...one.slice(0, -1), change(one.at(-1) ?? null)]
      : { ...(one as object), [name]: change(member) };
  };
  const content = change(value.content);
  const text = JSON.stringify({ ...value, content });
  const [was, is] = [value.content, content].map((part) => (typeof part === 'string' ? part : JSON.stringify(part)));
  return { text, was: was as string, is: is as string };
}

/** Shows two texts around the first place in which they differ. */
function around(was: string, is: string): [string, string] {
  let at = 0;
  while (at < was.length && was[at] === is[at]) at++;
  const cut = (text: string) =>
    `${at > 30 ? '…' : ''}${text.slice(Math.max(0, at - 30), at + 12)}${text.length > at + 12 ? '…' : ''}`;
  return [cut(was), cut(is)];
}

const flip = (digest: string) => digest.slice(0, -1) + other(digest.at(-1) as string);

async function indexOf(list: ItemList): Promise<SnapshotIndexEntry[]> {
  const index: SnapshotIndexEntry[] = [];
  for (let from = 0; from < list.count; from += 1000) {
    const { rows } = await list.rows({ from, count: 1000, sort: 'itemId' });
    for (const { itemId, digest } of rows)
      if (itemId !== undefined && digest !== undefined) index.push({ itemId, digest });
  }
  return index;
}

async function textsOf(list: ItemList): Promise<string[]> {
  const all: string[] = [];
  for (let from = 0; from < list.count; from += 1000) {
    const { rows } = await list.rows({ from, count: 1000 });
    for (const { row } of rows) all.push((await list.text(row, Number.MAX_SAFE_INTEGER)).json);
  }
  return all;
}

const expected = ({ record }: Target): Record<Trust, { expect?: { hash?: string; seal?: string } }> => ({
  none: {},
  hash: { expect: { hash: record.hash } },
  seal: { expect: { seal: sealOf(record) } },
});

export async function run(experiment: Experiment, target: Target, itemId: string, member: string): Promise<Outcome> {
  const { list: whole, record } = target;
  const details = record.metadata.$snapshot;
  const { manifest } = details;
  const row = itemId === '' ? undefined : await whole.find(itemId);
  const chosen = row ?? (await whole.rows({ sort: 'itemId', count: 1 })).rows[0];
  if (chosen?.itemId === undefined) throw new TypeError('There is no item');
  let list = whole;
  let stored: SnapshotRecord = record;
  let index: readonly SnapshotIndexEntry[] | undefined;
  let what: Outcome['what'];
  const withDetails = (change: object): SnapshotRecord => ({
    ...record,
    metadata: { ...record.metadata, $snapshot: { ...details, ...change } },
  });

  if (experiment === 'item' || experiment === 'forge') {
    const { json } = await whole.text(chosen.row, Number.MAX_SAFE_INTEGER);
    const { text, was, is } = changedContent(json);
    list = await whole.edit({ put: [{ row: chosen.row, text }] });
    what = [`${chosen.itemId} → content`, ...around(was, is)];
    if (experiment === 'forge') {
      const { createdAt: now, snapshotId } = record;
      const { actor, grant, userId, reason, requestedBy, parent } = details;
      const caller = { actor, roles: grant === 'role' ? ['admin'] : [], userId };
      stored = (
        await list.snapshot(
          { packKey: record.packKey, reason, requestedBy },
          { ...caller, pack: manifest.pack, now, snapshotId, parent },
        )
      ).record;
    }
  } else if (experiment === 'tail') {
    const { rows } = await whole.rows({ sort: 'itemId', descending: true, count: 1 });
    const last = rows[0];
    if (last !== undefined) list = await whole.edit({ remove: [last.row] });
    what = ['items', last?.itemId ?? '', '∅'];
  } else if (experiment === 'digest') {
    index = (await indexOf(whole)).map((entry) =>
      entry.itemId === chosen.itemId ? { ...entry, digest: flip(entry.digest) as typeof entry.digest } : entry,
    );
    const digest = chosen.digest ?? '';
    what = [`index → ${chosen.itemId}`, `…${digest.slice(-12)}`, `…${flip(digest).slice(-12)}`];
  } else if (experiment === 'root') {
    const itemsRoot = flip(manifest.itemsRoot) as typeof manifest.itemsRoot;
    stored = withDetails({ manifest: { ...manifest, itemsRoot } });
    what = ['record → itemsRoot', `…${manifest.itemsRoot.slice(-12)}`, `…${itemsRoot.slice(-12)}`];
  } else if (experiment === 'member') {
    const isDetail = member in details;
    const was = String(isDetail ? details[member as 'reason'] : record[member as 'createdBy']);
    const is =
      member === 'createdAt' ? new Date(Date.parse(was) + 1).toISOString() : was.slice(0, -1) + other(was.at(-1) ?? '');
    stored = isDetail ? withDetails({ [member]: is }) : { ...record, [member]: is };
    what = [`record → ${member}`, was, is];
  }

  const verify = async (check: (expect: object) => Promise<Verification>) => {
    const verdicts = {} as Record<Trust, Verification>;
    for (const trust of TRUSTS) verdicts[trust] = await check(expected(target)[trust]);
    return verdicts;
  };
  const parts = { record: stored, ...(index && { index }) };
  const main = await verify((expect) => list.verify({ ...parts, ...expect }));
  let second: Outcome['verdicts']['verify'];
  if (list.count <= MOST_IN_PAGE) {
    const items = await textsOf(list);
    second = await verify((expect) => verifySnapshot({ ...parts, ...expect, items }));
  }
  const digests = await digestsOf(target, list, stored, chosen.itemId);
  if (list !== whole) list.release();
  return { what, digests, verdicts: { main, verify: second } };
}

/** Computes leaf, root and hash of the items that are there now, and the seal of the record that is there now. */
async function digestsOf(
  { list: whole, record }: Target,
  list: ItemList,
  stored: SnapshotRecord,
  itemId: string,
): Promise<Digests[]> {
  const { manifest } = record.metadata.$snapshot;
  const [leaf, now] = [await whole.find(itemId), await list.find(itemId)];
  const { hash, manifest: after } = await list.preview(
    { packKey: manifest.pack.packKey },
    { actor: 'user', pack: manifest.pack },
  );
  const { issues } = await worker.call('verifyChain', [stored]);
  // A verifier computes the seal, and says what it got.
  const computed = issues.find(({ path }) => path.endsWith('$snapshot.seal'))?.message.match(/sha256:[0-9a-f]{64}/g);
  const seal = computed?.find((digest) => digest !== sealOf(stored)) ?? sealOf(stored);
  return [
    { name: 'leaf', before: leaf?.digest ?? '', after: now?.digest ?? '' },
    { name: 'root', before: manifest.itemsRoot, after: after?.itemsRoot ?? '' },
    { name: 'hash', before: record.hash, after: hash ?? '' },
    { name: 'seal', before: sealOf(record), after: seal },
  ];
}
