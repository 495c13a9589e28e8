// Makes items of the files of a folder, by the rules of `docs/FOLDER.md`, as the command does.
//
// How: with the folder's `context-pack.json`, or with the default rules. A browser does not say whether the folder is in a git repository, and shows
// links as files, so `.gitignore` (FOLDER 4) is not applied; the page says so if there is one.

import { readPattern } from '../../../../pkg/src/cli/folder/pattern.js';
import { texts } from '../texts.ts';

export interface FileAt {
  /** Names from the folder to the file, joined with `/`. */
  readonly path: string;
  readonly file: File;
}

interface Rule {
  readonly files: string;
  readonly kind: string;
  readonly as?: 'text' | 'json' | 'digest';
}
interface Config {
  readonly packKey: string;
  readonly version: string;
  readonly title: string;
  readonly include: readonly Rule[];
  readonly exclude?: readonly string[];
  readonly eol?: 'lf' | 'keep';
  readonly binary?: 'digest' | 'skip' | 'refuse';
  readonly [member: string]: unknown;
}

const NEVER = ['.git', 'node_modules', '.context', 'context.lock.json'];
const CONFIG = 'context-pack.json';
const PACK_MEMBERS = ['packKey', 'version', 'title', 'description', 'owners', 'tags'];
const DEFAULT: readonly Rule[] = [
  { files: '**/*.{md,mdx,markdown,txt,rst,adoc}', kind: 'docblock' },
  { files: '**', kind: 'external' },
];

const hex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

async function digested(bytes: ArrayBuffer): Promise<{ content: object; bytes: number }> {
  const content = { bytes: bytes.byteLength, sha256: hex(await crypto.subtle.digest('SHA-256', bytes)) };
  return { content, bytes: bytes.byteLength };
}

function decoded(bytes: ArrayBuffer, eol: 'lf' | 'keep'): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return eol === 'keep' ? text : text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

const sizeOf = (text: string) => new TextEncoder().encode(text).length;

/** Returns `undefined` for a file that is skipped. */
async function itemOf(path: string, file: File, rule: Rule, config: Config): Promise<object | undefined> {
  const { eol = 'lf', binary = 'digest' } = config;
  const raw = await file.arrayBuffer();
  const item = (content: unknown, bytes: number) => ({
    itemId: path,
    kind: rule.kind,
    sourceKey: path,
    content,
    metadata: { bytes },
  });
  const text = rule.as === 'digest' ? undefined : decoded(raw, eol);
  if (rule.as === 'json') {
    if (text === undefined) throw new Error(texts.folder.notText(path));
    const content: unknown = JSON.parse(text);
    return item(content, sizeOf(JSON.stringify(content)));
  }
  if (text !== undefined && !text.includes('\0')) return item(text, sizeOf(text));
  if (rule.as !== 'digest' && binary === 'refuse') throw new Error(texts.folder.notText(path));
  if (rule.as !== 'digest' && binary === 'skip') return undefined;
  const { content, bytes } = await digested(raw);
  return item(content, bytes);
}

export interface ReadFolder {
  readonly pack: object;
  readonly items: readonly object[];
  /** What a browser cannot do as the command does. */
  readonly notes: readonly string[];
  /** `context.lock.json` of the folder. */
  readonly lock: File | undefined;
}

export async function readFolder(name: string, given: readonly FileAt[]): Promise<ReadFolder> {
  const files = given.map(({ path, file }) => ({ path: path.normalize('NFC'), file }));
  const at = (path: string) => files.find((file) => file.path === path)?.file;
  const own = at(CONFIG);
  const config: Config =
    own === undefined
      ? { packKey: name.normalize('NFC'), version: '1.0.0', title: name.normalize('NFC'), include: DEFAULT }
      : JSON.parse(await own.text());
  if (!Array.isArray(config.include)) throw new Error(texts.folder.noRules);
  const exclude = (config.exclude ?? []).map((pattern) => readPattern(pattern, true));
  const rules = config.include.map((rule) => ({ rule, pattern: readPattern(rule.files, false) }));
  const items: object[] = [];
  const notes: string[] = [];
  for (const { path, file } of files) {
    if (path.split('/').some((part) => NEVER.includes(part))) continue;
    if (/(^|\/)\.(gitignore|contextignore)$/.test(path)) notes.push(texts.folder.ignored(path));
    if (exclude.some((pattern) => pattern.matches(path))) continue;
    const rule = rules.find(({ pattern }) => pattern.matches(path))?.rule;
    const item = rule && (await itemOf(path, file, rule, config));
    if (item !== undefined) items.push(item);
  }
  if (items.length === 0) throw new Error(texts.folder.empty);
  const pack = Object.fromEntries(
    PACK_MEMBERS.flatMap((member) => (config[member] === undefined ? [] : [[member, config[member]]])),
  );
  return { pack, items, notes, lock: at('context.lock.json') };
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
