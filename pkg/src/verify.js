// The entry without WebAssembly: canonical JSON, digests, and the verification of snapshots, items and chains.
//
// Why: a page may forbid WebAssembly (Content-Security-Policy), and an auditor may trust nobody. So this is a second
// implementation, written from docs/FORMAT.md and docs/ERRORS.md, that shares no code with the first.
//
// How: what the caller passes in is read once and becomes canonical text (read.js); the text is checked, hashed by Web
// Crypto (hash.js) and compared, step by step as FORMAT section 11 has them. What differs is told in a report (report.js).

import { digestOf, digestText, rootFrom, rootOf, wait } from './verify/hash.js';
import {
  encode,
  freeze,
  hasOwn,
  indexOf,
  isArray,
  iterator,
  list,
  parse,
  run,
  slice,
  sort,
  Table,
  table,
  tableDelete,
  tableGet,
  tableSet,
} from './verify/own.js';
import {
  boolean,
  checkObject,
  compose,
  content,
  Document,
  digest as digestRule,
  either,
  filled,
  hint,
  identifier,
  integer,
  isDigest,
  object,
  reader,
  string,
  time,
  wrong,
} from './verify/read.js';
import { join, Report, refusal, shorten } from './verify/report.js';

export { SnapshotError } from './verify/report.js';

// The shapes of sections 1, 3, 4 and 6: members in the order of ERRORS.md sections 5 and 8.1, optional ones in brackets.

const FORMAT = 'context.pack.snapshot/v1';
const strings = (document, path, value) => document.list(path, value, string);
const SOURCE = table({ kind: filled, key: filled, version: [string], required: [boolean], description: [string] });
function source(document, path, value) {
  if (!checkObject(document.report, path, value)) return null;
  document.count(1);
  const texts = document.members(path, value, SOURCE);
  document.sources[document.sources.length] = texts;
  return compose(texts);
}
function sources(document, path, value) {
  document.sources = list();
  return document.list(path, value, source);
}
const PACK = table({
  packKey: filled,
  version: string,
  title: string,
  description: [string],
  owners: [strings],
  tags: [strings],
  sources: [sources],
});
function pack(document, path, value) {
  document.pack = checkObject(document.report, path, value) && document.members(path, value, PACK);
}
const MANIFEST = table({ format: either(FORMAT, FORMAT), itemCount: integer, itemsRoot: digestRule, pack });
function manifest(document, path, value) {
  if (!checkObject(document.report, path, value)) return;
  const own = new Document(document.report, false, true);
  const { itemCount, itemsRoot } = own.members(path, value, MANIFEST);
  if (!own.right) return;
  document.manifest = {
    text: canonical(value),
    count: itemCount,
    root: bare(itemsRoot),
    pack: own.pack,
    sources: own.sources ?? list(),
  };
}
const SNAPSHOT = table({
  manifest,
  seal: digestRule,
  actor: either('admin', 'user'),
  grant: either('actor', 'role'),
  userId: [filled],
  reason: [string],
  requestedBy: [string],
  traceId: [string],
  idemKey: [filled],
  tenantId: [string],
  organizationId: [string],
  workspaceId: [string],
  channel: [string],
  parent: [digestRule],
});
const RECORD = table({
  snapshotId: identifier,
  packKey: filled,
  packVersion: string,
  hash: digestRule,
  itemCount: integer,
  createdAt: time,
  createdBy: [string],
  metadata: object,
});
const ENTRY = table({ itemId: filled, digest: digestRule });
const EXPECTED = table({ hash: [digestRule], seal: [digestRule] });
const itemShape = (itemId) =>
  table({
    itemId,
    kind: filled,
    sourceKey: filled,
    sourceVersion: [string],
    content,
    textContent: [string],
    metadata: [object],
  });
const ITEM = itemShape(filled);
const PROOF = table({
  itemId: filled,
  leafIndex: integer,
  path: (document, path, value) => {
    document.path = list();
    return document.list(path, value, (_, place, element) => {
      document.path[document.path.length] = element;
      return digestRule(document, place, element);
    });
  },
  manifest: (document, path, value) => {
    const own = new Document(document.report);
    const text = own.json(path, value, 1);
    if (own.end(path)) manifest(document, path, parse(text));
  },
  hash: digestRule,
});

/** A digest without its quotes; what is absent stays so. */
const bare = (text) => text && slice(text, 1, -1);
/** What is hashed for an item: U+0000 is the byte 0. */
const leafText = (texts) => `\0${compose(texts)}`;
/** Names a source in a table: texts of strings show where they end. */
const sourceName = (kind, key, version = '') => kind + key + version;

const verdict = ({ issues }) => freeze({ valid: issues.length === 0, issues: freeze(issues) });

/** The items of an iterable, which is asked for its iterator once; null of anything else. */
function iterable(report, path, value) {
  const method = typeof value === 'object' && value !== null ? value[iterator] : undefined;
  return typeof method === 'function'
    ? { [iterator]: () => run(method, value) }
    : wrong(report, path, 'iterable', value, hint(value));
}

/** Steps 1 to 5, and what was computed in them. */
async function verifyRecord(report, path, value) {
  const found = table();
  const document = new Document(report, true);
  if (!checkObject(report, path, value, true)) return found;
  const texts = document.members(path, value, RECORD);
  const metadataPath = join(path, 'metadata');
  document.end(metadataPath);
  if (texts.snapshotId) found.snapshotId = parse(texts.snapshotId);
  if (document.stopped || texts.metadata === null) return found;

  const place = join(metadataPath, '$snapshot');
  const { parts } = document;
  const snapshot = parts.$snapshot && parse(parts.$snapshot);
  if (!checkObject(report, place, snapshot)) return found;
  const inner = new Document(report, false, true);
  const told = inner.members(place, snapshot, SNAPSHOT);
  if (report.full) return found;
  const isWhole = document.right;
  const compare = (name, expected, tell = (text) => text) => {
    if (texts[name] !== null) report.compare(join(path, name), expected, tell(texts[name]));
  };
  const used = inner.manifest;
  if (used !== undefined) {
    found.manifest = used;
    found.hash = await digestText(used.text);
    compare('hash', found.hash, bare);
    compare('packKey', used.pack.packKey);
    compare('packVersion', used.pack.version);
    compare('itemCount', used.count);
  }
  if (told.userId !== null && told.requestedBy !== null) compare('createdBy', told.userId ?? told.requestedBy);
  if (told.actor && told.grant) {
    report.compare(join(place, 'grant'), told.actor === '"admin"' ? '"actor"' : '"role"', told.grant);
  }
  if (isWhole) {
    delete snapshot.seal;
    parts.$snapshot = canonical(snapshot);
    texts.metadata = compose(parts);
    found.seal = await digestText(compose(texts));
    found.parent = bare(told.parent);
    report.compare(join(place, 'seal'), found.seal, bare(told.seal));
  }
  return found;
}

/** Step 6. */
function verifyPack(report, value, used) {
  const document = new Document(report, true);
  if (!checkObject(report, 'pack', value, true)) return;
  const texts = document.members('pack', value, PACK);
  if (!document.end('pack') || used === undefined) return;
  for (const name in PACK) report.compare(join('pack', name), used.pack[name], texts[name]);
}

/** Step 7. The index as a table, where it has no issue. */
async function verifyIndex(report, value, used) {
  if (!isArray(value)) return wrong(report, 'index', 'array', value);
  const all = new Document(report);
  const ids = list();
  const digests = list();
  const { length } = value;
  for (let at = 0; at < length && !report.full; at++) {
    const path = join('index', at);
    const element = value[at];
    const entry = hasOwn(value, at) ? element : undefined;
    const document = new Document(report);
    if (!checkObject(report, path, entry)) continue;
    const texts = document.members(path, entry, ENTRY);
    if (!document.end(path)) continue;
    ids[at] = parse(texts.itemId);
    digests[at] = bare(texts.digest);
  }
  for (let at = 1; at < ids.length && all.right; at++) {
    if (ids[at - 1] < ids[at]) continue;
    const order = `expected the itemId of index.${at} to come after that of index.${at - 1}`;
    report.add('index', 'mismatch', `Unsorted index: ${order}`);
  }
  if (all.right && used !== undefined) report.compare('index', used.count, `${ids.length}`);
  if (all.right && used !== undefined) report.compare('index', used.root, await rootOf(digests));
  return all.right ? { ids, digests } : null;
}

/** Step 8. */
function verifyExpected(report, value, found) {
  if (!checkObject(report, 'expect', value)) return;
  const texts = new Document(report).members('expect', value, EXPECTED);
  for (const name in EXPECTED) {
    if (texts[name] && found[name]) report.compare(join('expect', name), bare(texts[name]), found[name]);
  }
}

/** Steps 9 to 11. */
async function verifyItems(report, items, { snapshotId, manifest: used }, index, isRow) {
  const each = iterable(report, 'items', items);
  if (each === null) return;
  const required = new Table();
  const refs = used?.sources ?? list();
  for (let at = 0; at < refs.length; at++) {
    const { kind, key, version, required: isRequired } = refs[at];
    if (isRequired === 'true') tableSet(required, sourceName(kind, key, version), true);
  }
  const expected = new Table();
  for (let at = 0; index !== null && at < index.ids.length; at++) tableSet(expected, index.ids[at], index.digests[at]);

  const positions = new Table();
  const leaves = list();
  const { length } = report.issues;
  let position = 0;
  let duplicates = 0;
  let waiting = 0;
  let isShaped = true;
  let id;
  let isAgain;
  const shape = itemShape((document, path, value) => {
    id = value;
    if (isRow) {
      const row = new Document(report);
      if (filled(row, path, value) === null) return document.count(row.bytes);
      const prefix = `${snapshotId ?? slice(value, 0, indexOf(value, ':'))}:`;
      if (slice(value, 0, prefix.length) !== prefix) {
        const start = snapshotId === undefined ? 'a snapshotId and a colon' : `${shorten(snapshotId)}:`;
        return report.add(path, 'mismatch', `Invalid row id: expected it to begin with ${start}`);
      }
      id = slice(value, prefix.length);
    }
    const text = filled(document, path, id);
    if (text === null) return null;
    const earlier = tableGet(positions, id);
    isAgain = earlier !== undefined;
    if (isAgain) report.add(path, 'duplicate', `Duplicate itemId: also at items.${earlier}`);
    else tableSet(positions, id, position);
    return text;
  });

  for (const value of each) {
    const path = join('items', position);
    const document = new Document(report, true);
    const first = report.issues.length;
    isAgain = false;
    const texts = checkObject(report, path, value, true) ? document.members(path, value, shape) : table();
    const isRight = document.end(path);
    if (isAgain) duplicates++;
    if (isRight || (isAgain && !document.long && report.issues.length === first + 1)) {
      tableDelete(required, sourceName(texts.kind, texts.sourceKey));
      tableDelete(required, sourceName(texts.kind, texts.sourceKey, texts.sourceVersion));
    } else isShaped = false;
    const wanted = tableGet(expected, id);
    if (isRight && index !== null && wanted === undefined) {
      report.add(path, 'extra', `Item ${shorten(id)} is not in the index`);
    } else if (isRight) {
      const bytes = encode(leafText(texts));
      const leaf = { id, digest: digestOf(bytes) };
      waiting += bytes.length;
      // Without an index no issue comes of it, so that some may be computed side by side.
      if (index !== null || waiting > 2 ** 22 || position % 64 === 0) {
        waiting = 0;
        leaf.digest = await wait(leaf.digest);
      }
      if (index === null) leaves[leaves.length] = leaf;
      else if (leaf.digest !== wanted) {
        report.add(path, 'changed', `Item ${shorten(id)} changed: expected ${wanted}, found ${leaf.digest}`);
      }
    }
    if (report.full) return;
    position++;
  }

  for (let at = 0; index !== null && at < index.ids.length; at++) {
    const name = index.ids[at];
    if (tableGet(positions, name) === undefined)
      report.add(join('index', at), 'missing', `Item ${shorten(name)} is missing`);
  }
  if (index === null && used !== undefined) {
    report.compare('items', used.count, `${position - duplicates}`);
    if (report.issues.length === length) {
      sort(leaves, (left, right) => (left.id < right.id ? -1 : 1));
      for (let at = 0; at < leaves.length; at++) leaves[at] = await wait(leaves[at].digest);
      report.compare('items', used.root, await rootOf(leaves));
    }
  }
  for (let at = 0; isShaped && at < refs.length; at++) {
    const { kind, key, version } = refs[at];
    if (tableGet(required, sourceName(kind, key, version)) === undefined) continue;
    const name = `${parse(kind)} ${parse(key)}${version === undefined ? '' : `@${parse(version)}`}`;
    report.add(join('pack.sources', at), 'missing_source', `Required source has no item: ${name}`);
  }
}

export async function verifySnapshot(parts) {
  const report = new Report();
  const get = reader(parts);
  const record = get('record');
  const current = get('pack');
  const entries = get('index');
  const rowIds = get('rowIds');
  const expected = get('expect');
  const items = get('items');

  const found = await verifyRecord(report, 'record', record);
  if (!report.full && current !== undefined && current !== null) verifyPack(report, current, found.manifest);
  const index = report.full || entries === undefined ? null : await verifyIndex(report, entries, found.manifest);
  if (rowIds !== undefined && typeof rowIds !== 'boolean') wrong(report, 'rowIds', 'boolean', rowIds);
  if (!report.full && expected !== undefined) verifyExpected(report, expected, found);
  if (!report.full) await verifyItems(report, items, found, index, rowIds === true);
  return verdict(report);
}

export async function verifyChain(records) {
  const report = new Report();
  const each = iterable(report, 'records', records);
  if (each === null) return verdict(report);
  let position = 0;
  let before;
  for (const value of each) {
    const path = join('records', position);
    const { seal, parent } = await verifyRecord(report, path, value);
    if (before !== undefined && seal !== undefined) {
      report.compare(join(path, 'metadata.$snapshot.parent'), before, parent);
    }
    if (report.full) break;
    before = seal;
    position++;
  }
  return verdict(report);
}

export async function verifyItem(item, proof, hash) {
  const report = new Report();
  const given = new Document(report);
  const document = new Document(report, true);
  const claim = given.members(undefined, proof, PROOF);
  given.end();
  const texts = document.members(undefined, item, ITEM);
  document.end();
  if (report.issues.length > 0 || !isDigest(hash) || bare(claim.hash) !== hash || claim.itemId !== texts.itemId)
    return false;
  const { manifest: used, path } = given;
  const at = parse(claim.leafIndex);
  const count = parse(used.count);
  if (at >= count || (await digestText(used.text)) !== hash) return false;
  return (await rootFrom(await digestText(leafText(texts)), at, count, path)) === used.root;
}

/** The canonical text of any value. */
function canonical(value) {
  const report = new Report();
  const document = new Document(report);
  const text = document.json(undefined, value, 1);
  if (!document.end()) throw refusal(report.issues);
  return text;
}

export async function canonicalize(value) {
  return canonical(value);
}

export async function digest(value) {
  return digestText(canonical(value));
}
