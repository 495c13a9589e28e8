// Makes items of the files of a folder, by the rules of `docs/FOLDER.md`, as the command does.
//
// How: with the folder's `context-pack.json`, or with the default rules; both are applied by the code of the command. A browser does not say
// whether the folder is in a git repository, and shows links as files, so `.gitignore` (FOLDER 4) is not applied; the page says so if there is one.

import type { ContextPackRecord } from '@lssm-tech/lib.context-snapshot';
import { checked } from '../../../../pkg/src/cli/folder/checked.js';
import {
  assertNoRuleIsEmpty,
  CONFIG,
  compiled,
  defaultPack,
  defaultRules,
} from '../../../../pkg/src/cli/folder/rules.js';
import { failureOf } from '../failure.ts';
import { texts } from '../texts.ts';
import { hex } from '../words.ts';
import { readJson, worker } from '../worker.ts';
import { assertLock, checkedLock, type Lock } from './lock.ts';
import { decoded } from './text.ts';

export interface FileAt {
  /** Names from the folder to the file, joined with `/`. */
  readonly path: string;
  readonly file: File;
}

const LOCK = 'context.lock.json';
const NEVER = ['.git', 'node_modules', '.context', LOCK];

async function digested(bytes: ArrayBuffer): Promise<{ content: string; bytes: number }> {
  const content = { bytes: bytes.byteLength, sha256: hex(await crypto.subtle.digest('SHA-256', bytes)) };
  return { content: JSON.stringify(content), bytes: bytes.byteLength };
}

const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer());
const sizeOf = (text: string) => new TextEncoder().encode(text).length;

/** Runs what reads a file, and puts its path before what is wrong with it. */
async function inFile<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw new Error(`${path}: ${failureOf(error).message}`);
  }
}

/** Fails for a mistake in the config. */
function fail(path: readonly (string | number)[], message: string): never {
  throw new Error(`${path.join('.')}${path.length > 0 ? ': ' : ''}${message}`);
}

type Config = ReturnType<typeof compiled>;
type Rule = NonNullable<ReturnType<Config['ruleFor']>>;

/** Returns the item as JSON text: content that is JSON is never parsed here. Undefined for a file that is skipped. */
async function itemOf(path: string, file: File, rule: Rule, { eol, binary }: Config): Promise<string | undefined> {
  const raw = await file.arrayBuffer();
  const item = ({ content, bytes }: { content: string; bytes: number }) =>
    `{"itemId":${JSON.stringify(path)},"kind":${JSON.stringify(rule.kind)},"sourceKey":${JSON.stringify(path)},"content":${content},"metadata":{"bytes":${bytes}}}`;
  let text = rule.as === 'digest' ? undefined : decoded(raw);
  if (eol === 'lf') text = text?.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  if (rule.as === 'json') {
    if (text === undefined) throw new Error(texts.folder.notText);
    const content = await worker.call('canonicalizeJson', text);
    if (!content.startsWith('{')) throw new Error(texts.folder.notObject);
    return item({ content, bytes: sizeOf(content) });
  }
  if (text !== undefined && !text.includes('\0')) return item({ content: JSON.stringify(text), bytes: sizeOf(text) });
  if (rule.as !== 'digest' && binary === 'refuse') throw new Error(texts.folder.notText);
  if (rule.as !== 'digest' && binary === 'skip') return undefined;
  return item(await digested(raw));
}

/** Reads the lock of the folder. One that is not valid is refused, as by the command. */
async function lockOf(file: File): Promise<Lock> {
  const lock = checkedLock(await readJson(await bytesOf(file)));
  await assertLock(lock);
  return lock;
}

export interface ReadFolder {
  readonly pack: ContextPackRecord;
  /** The items as JSON lines. */
  readonly items: Blob;
  /** What a browser cannot do as the command does. */
  readonly notes: readonly string[];
  /** `context.lock.json` of the folder, verified. */
  readonly lock: Lock | undefined;
}

export async function readFolder(name: string, given: readonly FileAt[]): Promise<ReadFolder> {
  const files = given.map(({ path, file }) => ({ path: path.normalize('NFC'), file }));
  const at = (path: string) => files.find((file) => file.path === path)?.file;
  const locked = at(LOCK);
  const lock = locked && (await inFile(LOCK, () => lockOf(locked)));
  // FOLDER D2.3-2
  const own = at(CONFIG);
  const config =
    own === undefined
      ? compiled(defaultRules(lock?.record.metadata.$snapshot.manifest.pack ?? defaultPack(name)))
      : await inFile(CONFIG, async () => compiled(checked(await readJson(await bytesOf(own)), fail)));
  const items: string[] = [];
  const notes: string[] = [];
  const taken = new Map<string, { readonly path: string; readonly rule: Rule }>();
  for (const { path, file } of files) {
    if (path.split('/').some((part) => NEVER.includes(part))) continue;
    if (/(^|\/)\.(gitignore|contextignore)$/.test(path)) notes.push(texts.folder.ignored(path));
    const rule = config.ruleFor(path);
    if (rule === undefined) continue;
    // FOLDER D3.2-2
    if (taken.has(path)) throw new Error(texts.folder.twice(path));
    taken.set(path, { path, rule });
    const item = await inFile(path, () => itemOf(path, file, rule, config));
    if (item !== undefined) items.push(`${item}\n`);
  }
  // FOLDER D3.1-6: compared with a lock, a rule that has lost its last file is a difference.
  if (lock === undefined) await inFile(CONFIG, async () => assertNoRuleIsEmpty(config, [...taken.values()]));
  if (items.length === 0) throw new Error(texts.folder.empty);
  return { pack: config.pack, items: new Blob(items), notes, lock };
}

type Entry = FileSystemEntry & Partial<FileSystemFileEntry> & Partial<FileSystemDirectoryEntry>;

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<Entry[]> {
  const reader = folder.createReader();
  const all: Entry[] = [];
  for (;;) {
    // A reader gives at most a hundred at once, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...(some as Entry[]));
  }
}

async function* filesBelow(folder: FileSystemDirectoryEntry, path: string): AsyncGenerator<FileAt> {
  for (const entry of await entriesOf(folder)) {
    const at = path + entry.name;
    if (entry.isDirectory && entry.name !== '.git' && entry.name !== 'node_modules') {
      yield* filesBelow(entry as FileSystemDirectoryEntry, `${at}/`);
    } else if (entry.isFile) {
      yield {
        path: at,
        file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
      };
    }
  }
}

/** Reads what was dropped. A folder has its name and its files; otherwise the files alone. */
export async function dropped(transfer: DataTransfer): Promise<{ folder?: string; files: FileAt[] }> {
  // The entries must be taken before the first await, which empties the list.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const plain = [...transfer.files].map((file) => ({ path: file.name, file }));
  const [first] = entries;
  if (entries.length === 1 && first?.isDirectory) {
    return { folder: first.name, files: await Array.fromAsync(filesBelow(first as FileSystemDirectoryEntry, '')) };
  }
  return { files: plain };
}

/** Reads what was picked with `<input webkitdirectory>`, whose paths begin with the name of the folder. */
export function picked(list: FileList): { folder?: string; files: FileAt[] } {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  const [folder = ''] = files[0]?.path.split('/') ?? [];
  if (!files.some(({ file }) => file.webkitRelativePath !== '')) return { files };
  return { folder, files: files.map(({ path, file }) => ({ path: path.slice(folder.length + 1), file })) };
}
