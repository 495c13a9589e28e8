// Why: a hash or a seal is only useful if somebody else can recompute it. This program does so. It shares no code with the
// package, and was written from docs/FORMAT.md alone. Numbers in comments are sections of that document.
//
// How: node examples/independent-verify.mjs <folder> [--expect-hash sha256:…] [--expect-seal sha256:…]
// The folder holds record.json, items.jsonl and, if there are such files, manifest.json and event.json; or context.lock.json
// and .context, where the texts of the items of all locks are (FOLDER.md 7 and 8). One item per line, in any order, with item
// ids (not row ids, 5.4). Each line of the report is a check: "expected" is the stored or trusted value, "found" the value
// computed from the files. The report stops at the first part whose form FORMAT.md refuses. Without a trusted hash or seal,
// "verified" only means that the parts belong together, because whoever can write all of them can replace them (8).
// Exit code: 0 verified, 1 not verified, 2 bad usage or unreadable files.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

class Malformed extends Error {} // readable, but refused by FORMAT.md

// Canonical JSON (9), refusals (7.4) and limits (10). sort() compares UTF-16 code units, as 9.4 requires.
function canonical(value, level = 1) {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Malformed('a number is too large for a binary64');
  if (typeof value === 'string' && !value.isWellFormed()) throw new Malformed(`unpaired surrogate in ${show(value)}`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (level > 1000) throw new Malformed('there are more than 1,000 levels');
  if (Array.isArray(value)) return `[${value.map((element) => canonical(element, level + 1)).join(',')}]`;
  const member = (name) => `${canonical(name)}:${canonical(value[name], level + 1)}`;
  return `{${Object.keys(value).sort().map(member).join(',')}}`;
}
function jcs(value) {
  const bytes = Buffer.from(canonical(value), 'utf8');
  if (bytes.length > 268_435_456) throw new Malformed('a document has more than 256 MiB');
  return bytes;
}
const H = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const digestString = (hash) => `sha256:${hash.toString('hex')}`;

// The Merkle tree (2.2): the left subtree has the largest power of two leaves that is smaller than the total.
function merkleRoot(leaves) {
  if (leaves.length < 2) return leaves[0] ?? H();
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return H(Buffer.of(1), merkleRoot(leaves.slice(0, k)), merkleRoot(leaves.slice(k)));
}

// UUID version 8 (5.2).
function uuid8(hash) {
  hash[6] = 0x80 | (hash[6] & 0x0f);
  hash[8] = 0x80 | (hash[8] & 0x3f);
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}

// Converts a stored time to the form of 5.1; undefined if it is invalid. Date turns 30 February into 2 March: hence the comparison.
function instant(value) {
  const form = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3])(?::([0-5]\d))?)$/;
  const [, day, time, fraction = '', sign, hours = 0, minutes = 0] = form.exec(value) ?? [];
  const local = `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  if (Number.isNaN(Date.parse(local)) || new Date(local).toISOString() !== local) return undefined;
  const utc = Date.parse(local) + (sign === '-' ? 60_000 : -60_000) * (60 * hours + Number(minutes));
  return utc >= 0 && utc < Date.UTC(10_000, 0) ? new Date(utc).toISOString() : undefined;
}

// JSON text (7.4). JSON.parse only checks the grammar: it keeps the last of two equal names, rounds numbers, and in Node.js 26 it confuses names
// with escapes. The value is made of the tokens. A string is not one token, because a regular expression cannot read a long one.
const COLON = /\s*:/y;
function parse(text) {
  JSON.parse(text);
  const open = [{ container: [] }];
  const put = (value) => {
    const { container, name = container.length } = open.at(-1);
    Object.defineProperty(container, name, { value, enumerable: true, writable: true, configurable: true });
    if (typeof value === 'object' && value !== null) open.push({ container: value });
    if (open.length > 1001) throw new Malformed('there are more than 1,000 levels');
  };
  let start = -1; // of the string that is being read
  for (const { 0: token, index } of text.matchAll(/\\.|["{}[\]]|-?\d[\d.eE+-]*|true|false|null/g)) {
    if (token === '"' && start < 0) start = index;
    else if (token === '"') {
      const string = text.slice(start, index + 1);
      const value = JSON.parse(string);
      if (!value.isWellFormed()) throw new Malformed(`unpaired surrogate in ${string}`);
      start = -1;
      COLON.lastIndex = index + 1;
      if (!COLON.test(text)) put(value);
      else if (Object.hasOwn(open.at(-1).container, value)) throw new Malformed(`two members ${string}`);
      else open.at(-1).name = value;
    } else if (start >= 0) continue;
    else if (token === '{' || token === '[') put(token === '{' ? {} : []);
    else if (token === '}' || token === ']') open.pop();
    else if (/^[tfn]/.test(token)) put(JSON.parse(token));
    else if (isKept(token)) put(Number(token));
    else throw new Malformed(`${token} would become ${Number(token)}`);
  }
  return open[0].container[0];
}

// True if a binary64 holds a number (7.4-4): it has few digits, or those of the binary64, shortest or rounded; half is rounded both ways.
const digitsOf = (number) => number.replace(/^-|\.|e.*$/gi, '').replace(/^0+|(?<!0)0+$/g, '');
function isKept(text) {
  const value = Math.abs(Number(text));
  const digits = digitsOf(text);
  if (digits === '' || value === 0 || value === Infinity) return digits === '';
  if (digits.length <= 15 || digits === digitsOf(String(value))) return true;
  let [units, halvings] = [value, 0n];
  for (; !Number.isInteger(units); halvings++) units *= 2;
  const exact = digitsOf(String(BigInt(units) * 5n ** halvings));
  if (digits.length >= exact.length) return digits === exact;
  const [cut, rest] = [BigInt(exact.slice(0, digits.length)), exact.slice(digits.length)];
  if (BigInt(digits) === cut) return rest < '5' || (rest === '5' && cut % 2n === 0n);
  return BigInt(digits) === cut + 1n && rest >= '5';
}

// Types, and the members of each part (1.1, 3, 4, 5). A `?` marks optional members.
const TYPES = {
  text: (v) => typeof v === 'string',
  nonEmpty: (v) => TYPES.text(v) && v !== '',
  id: (v) => TYPES.nonEmpty(v) && !v.includes(':'),
  digest: (v) => TYPES.text(v) && /^sha256:[0-9a-f]{64}$/.test(v),
  time: (v) => TYPES.text(v) && instant(v) !== undefined,
  boolean: (v) => typeof v === 'boolean',
  count: (v) => Number.isSafeInteger(v) && v >= 0,
  array: Array.isArray,
  texts: (v) => Array.isArray(v) && v.every(TYPES.text),
  object: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
  textOrObject: (v) => TYPES.text(v) || TYPES.object(v),
};
const RECORD = `snapshotId:id packKey:nonEmpty packVersion:text hash:digest itemCount:count createdAt:time
  createdBy?:text metadata:object`;
const SNAPSHOT = `manifest:object seal:digest actor:text grant:text userId?:nonEmpty reason?:text requestedBy?:text
  traceId?:text idemKey?:nonEmpty tenantId?:text organizationId?:text workspaceId?:text channel?:text parent?:digest`;
const MANIFEST = 'format:text itemCount:count itemsRoot:digest pack:object';
const PACK = 'packKey:nonEmpty version:text title:text description?:text owners?:texts tags?:texts sources?:array';
const SOURCE = 'kind:nonEmpty key:nonEmpty version?:text required?:boolean description?:text';
const PAYLOAD = 'snapshotId:id packKey:nonEmpty packVersion:text hash:digest itemCount:count createdAt:time';
const EVENT = 'id:text key:text version:text occurredAt:time traceId?:text payload:object';
const ITEM = `itemId:nonEmpty kind:nonEmpty sourceKey:nonEmpty sourceVersion?:text content:textOrObject
  textContent?:text metadata?:object`;

// Picks the members listed in `form`. In rows of a store (record, item), null counts as absent and unknown members are
// dropped. The manifest and $snapshot are closed: there, both are errors (11).
function take(where, value, form, closed = false) {
  const refuse = (what, why, v) => {
    throw new Malformed(`${what}: expected ${why}, found ${show(v)}`);
  };
  if (!TYPES.object(value)) refuse(where, 'object', value);
  const taken = {};
  for (const [, name, optional, type] of form.matchAll(/(\w+)(\??):(\w+)/g)) {
    if (optional && (value[name] === undefined || (value[name] === null && !closed))) continue;
    if (!TYPES[type](value[name])) refuse(`${where}.${name}`, type, value[name]);
    taken[name] = value[name];
  }
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(taken, name));
  if (closed && unknown !== undefined) refuse(where, 'no other member', unknown);
  return taken;
}

// Whoever wrote the files chose their names: no character of them moves the cursor, hides or turns text, or fills the terminal.
const escaped = (character) => (character === ' ' ? character : `\\u{${character.codePointAt(0).toString(16)}}`);
const printable = (text) => text.slice(0, 500).replace(/[\p{C}\p{Z}\p{DI}]/gu, escaped);

let holds = true;
function show(value) {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'array' : 'object';
  return TYPES.digest(value) ? value : (JSON.stringify(value) ?? 'nothing');
}
function report(right, name, note) {
  holds &&= right;
  console.log((right ? 'ok' : 'WRONG').padEnd(7) + name.padEnd(18) + printable(note));
}
function same(name, expected, found) {
  const note = expected === found ? show(found) : `expected ${show(expected)}, found ${show(found)}`;
  report(expected === found, name, note);
}

function verify(trusted, storedRecord, storedItems, { manifest: manifestFile, event, index }) {
  const hashOf = (value) => digestString(H(jcs(value)));
  const record = take('record', storedRecord, RECORD);
  record.createdAt = instant(record.createdAt);
  const { seal, ...unsealed } = take('$snapshot', record.metadata.$snapshot, SNAPSHOT, true);
  jcs(record); // throws if the record with its seal exceeds a limit (10)
  report(true, 'record', 'has the right members');
  const { actor, grant, userId, requestedBy, manifest } = unsealed;
  const { format, pack } = take('manifest', manifest, MANIFEST, true);
  const { sources = [] } = take('manifest.pack', pack, PACK, true);
  for (const [i, source] of sources.entries()) take(`manifest.pack.sources[${i}]`, source, SOURCE, true);
  report(true, 'manifest', 'has the right members');
  same('format', 'context.pack.snapshot/v1', format);
  if (manifestFile !== undefined) same('manifest.json', hashOf(manifestFile), hashOf(manifest));
  same('hash', record.hash, hashOf(manifest));
  same('packKey', record.packKey, pack.packKey);
  same('packVersion', record.packVersion, pack.version);
  same('itemCount', record.itemCount, manifest.itemCount);
  same('grant', grant, { __proto__: null, admin: 'actor', user: 'role' }[actor]);
  same('createdBy', record.createdBy, userId ?? requestedBy);
  const computedSeal = hashOf({ ...record, metadata: { ...record.metadata, $snapshot: unsealed } });
  same('seal', seal, computedSeal);
  const items = storedItems.map((item, i) => take(`item ${i + 1}`, item, ITEM));
  items.sort((a, b) => (a.itemId < b.itemId ? -1 : 1));
  const leaves = items.map((item) => H(Buffer.of(0), jcs(item)));
  report(true, 'items', 'have the right members');
  const twice = items.find(({ itemId }, i) => i > 0 && itemId === items[i - 1].itemId);
  report(!twice, 'item ids', twice ? `expected each once, found ${show(twice.itemId)} twice` : 'occur once each');
  same('number of items', manifest.itemCount, items.length);
  same('items root', manifest.itemsRoot, digestString(merkleRoot(leaves)));
  // The digest of a kept text covers members that an item does not have.
  const indexed = index?.map(({ digest }) => Buffer.from(digest.slice('sha256:'.length), 'hex'));
  if (indexed !== undefined) same('index root', manifest.itemsRoot, digestString(merkleRoot(indexed)));
  for (const { kind, key, version } of sources.filter(({ required }) => required)) {
    const source = [kind, key, version].filter(TYPES.text).map(show).join(' ');
    const found = items.some(
      (item) =>
        item.kind === kind && item.sourceKey === key && (version === undefined || item.sourceVersion === version),
    );
    report(found, 'required source', found ? source : `expected an item from ${source}, found none`);
  }
  const { snapshotId, packKey, packVersion, hash, itemCount, createdAt } = record;
  const eventId = uuid8(H(jcs({ event: 'context.snapshot.created', snapshotId })));
  const payload = { snapshotId, packKey, packVersion, hash, itemCount, createdAt };
  const derived = { id: eventId, key: 'context.snapshot.created', version: '1.0.0', occurredAt: createdAt, payload };
  if (unsealed.traceId !== undefined) derived.traceId = unsealed.traceId;
  if (event !== undefined) {
    const stored = take('event', event, EVENT);
    const storedPayload = take('event.payload', stored.payload, PAYLOAD);
    storedPayload.createdAt = instant(storedPayload.createdAt);
    same('event id', stored.id, eventId);
    const whole = { ...stored, occurredAt: instant(stored.occurredAt), payload: storedPayload };
    same('whole event', hashOf(whole), hashOf(derived));
  }
  if (trusted['--expect-hash']) same('trusted hash', trusted['--expect-hash'], record.hash);
  if (trusted['--expect-seal']) same('trusted seal', trusted['--expect-seal'], computedSeal);
}

function read(folder, file, parts = parse) {
  try {
    return parts(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(join(folder, file))));
  } catch (error) {
    if (error instanceof Malformed) throw new Malformed(`${file}: ${error.message}`);
    throw new Error(`${file} cannot be read. ${error.message}`);
  }
}
const lines = (text) =>
  text
    .split('\n')
    .filter((line) => /[^ \t\r]/.test(line))
    .map(parse);
function snapshotOf(folder) {
  const optional = (file) => (existsSync(join(folder, file)) ? read(folder, file) : undefined);
  const [manifest, event] = ['manifest.json', 'event.json'].map(optional);
  return [read(folder, 'record.json'), read(folder, 'items.jsonl', lines), { manifest, event }];
}
function lockOf(folder) {
  const { record, index } = read(folder, 'context.lock.json');
  const texts = readdirSync(join(folder, '.context/objects')).filter((file) => file.endsWith('.jsonl'));
  const items = texts.flatMap((file) => read(folder, `.context/objects/${file}`, lines));
  const kept = new Map(items.map((item) => [digestString(H(Buffer.of(0), jcs(item))), item]));
  const locked = index.map(({ itemId, digest }, i) => {
    const isNext = i === 0 || index[i - 1].itemId < itemId;
    if (isNext && kept.get(digest)?.itemId === itemId) return kept.get(digest);
    throw new Malformed(`index: expected ids in their order, each with a text that is kept; found ${show(itemId)}`);
  });
  return [record, locked, { index }];
}
try {
  const [folder, ...options] = process.argv.slice(2);
  const trusted = {};
  for (let i = 0; i < options.length; i += 2) trusted[options[i]] = options[i + 1];
  const isOption = ([name, value]) => /^--expect-(hash|seal)$/.test(name) && TYPES.digest(value);
  // A value that is given twice would be compared once.
  const isOnce = 2 * Object.keys(trusted).length === options.length;
  if (!folder || folder.startsWith('-') || !isOnce || !Object.entries(trusted).every(isOption)) {
    throw new Error('usage: node independent-verify.mjs <folder> [--expect-hash sha256:…] [--expect-seal sha256:…]');
  }
  const [isLock, isRecord] = ['context.lock.json', 'record.json'].map((file) => existsSync(join(folder, file)));
  const parts = isLock ? lockOf(folder) : snapshotOf(folder);
  // A record that is an item of the lock is verified as one.
  if (isLock && isRecord && !parts[1].some(({ itemId }) => itemId === 'record.json'))
    throw new Error('a record.json that the context.lock.json beside it does not have: move one of the two elsewhere');
  verify(trusted, ...parts);
} catch (error) {
  if (!(error instanceof Malformed)) {
    console.error(printable(error.message));
    process.exit(2);
  }
  report(false, 'form', error.message);
}
console.log(holds ? 'verified' : 'NOT verified');
process.exitCode = holds ? 0 : 1;
