// The entry without WebAssembly: canonical JSON, digests, and the verification of snapshots, items and chains.
//
// Why: a page may forbid WebAssembly (Content-Security-Policy), and an auditor may trust nobody. So this is a second
// implementation, written from docs/FORMAT.md and docs/ERRORS.md, that shares no code with the first.
//
// How: what the caller passes in is read once and becomes canonical text (read.js); the text is checked, hashed by Web
// Crypto (hash.js) and compared, step by step as FORMAT section 11 has it. What differs becomes an issue (report.js).

import { digestText, rootFrom, rootOf } from './verify/hash.js';
import { array, freeze, indexOf, iterator, parse, run, slice, sort, table } from './verify/own.js';
import {
  boolean,
  close,
  compose,
  content,
  count,
  digest as digestRule,
  either,
  filled,
  hint,
  identifier,
  integer,
  isFunction,
  isSome,
  isStopped,
  json,
  list,
  object,
  open,
  read,
  reader,
  STORED,
  STRICT,
  string,
  take,
  time,
  wrong,
} from './verify/read.js';
import { add, compare, isFull, join, refusal, shorten } from './verify/report.js';

export { SnapshotError } from './verify/report.js';

// The shapes of sections 1, 3, 4 and 6, with their members in the order of ERRORS.md sections 5 and 8.1.

const strings = (document, path, value) => list(document, path, value, string);
const SOURCE = table({ kind: filled, key: filled, version: [string], required: [boolean], description: [string] });
function source(document, path, value) {
  const texts = take(document, path, value, SOURCE);
  document.sourceTexts[document.sourceTexts.length] = texts;
  return compose(texts);
}
function sources(document, path, value) {
  document.sourceTexts = array();
  return list(document, path, value, source);
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
  document.packTexts = take(document, path, value, PACK);
}
const MANIFEST = table({
  format: either('"context.pack.snapshot/v1"'),
  itemCount: integer,
  itemsRoot: digestRule,
  pack,
});
function manifest(document, path, value) {
  const own = read(document.faults, path, value, MANIFEST, STRICT);
  if (!own.isRight) return;
  own.canonicalText = canonical(value);
  own.size = own.texts.itemCount;
  own.root = parse(own.texts.itemsRoot);
  document.used = own;
}
const SNAPSHOT = table({
  manifest,
  seal: digestRule,
  actor: either('"admin"', '"user"'),
  grant: either('"actor"', '"role"'),
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
  path: (document, path, value) => list(document, path, value, digestRule),
  manifest: (document, path, value) => {
    const own = open(document.faults);
    const text = json(own, path, value, 1);
    if (close(own, path)) manifest(document, path, parse(text));
  },
  hash: digestRule,
});

/** A digest without its quotes; what is absent stays so. */
const bare = (text) => text && parse(text);
/** What is hashed for an item: U+0000 is the byte 0. */
const leafText = (texts) => `\0${compose(texts)}`;
/** Names a source in a table: texts of strings show where they end. */
const sourceName = (kind, key, version = '') => kind + key + version;

const verdict = (issues) => freeze({ valid: issues.length === 0, issues: freeze(issues) });

/** The values of an iterable, which is asked for its iterator once; null of anything else. */
function iterable(issues, path, value) {
  const method = isSome(value) && value[iterator];
  return isFunction(method)
    ? { [iterator]: () => run(method, value) }
    : wrong(open(issues), path, 'iterable', value, hint(value));
}

/** Steps 1 to 5, and what was computed in them. */
async function verifyRecord(issues, path, value) {
  const metadataPath = join(path, 'metadata');
  const place = join(metadataPath, '$snapshot');
  const document = read(issues, path, value, RECORD, STORED, metadataPath);
  const { texts, parts } = document;
  const found = table();
  if (texts.snapshotId) found.snapshotId = parse(texts.snapshotId);
  if (isStopped(document) || !texts.metadata) return found;

  const snapshot = parts.$snapshot && parse(parts.$snapshot);
  const { texts: told, used } = read(issues, place, snapshot, SNAPSHOT, STRICT);
  const { actor, grant, userId, requestedBy, seal, parent } = told;
  // It is required, so it was not even looked for.
  if (actor === undefined) return found;
  const isWhole = close(document);
  const check = (name, expected, text = texts[name]) => {
    if (text !== null) compare(issues, join(path, name), expected, text);
  };
  if (used) {
    found.used = used;
    found.hash = await digestText(used.canonicalText);
    check('hash', found.hash, bare(texts.hash));
    check('packKey', used.packTexts.packKey);
    check('packVersion', used.packTexts.version);
    check('itemCount', used.size);
  }
  if (userId !== null && requestedBy !== null) check('createdBy', userId ?? requestedBy);
  if (actor && grant) compare(issues, join(place, 'grant'), actor === '"admin"' ? '"actor"' : '"role"', grant);
  if (isWhole) {
    delete snapshot.seal;
    parts.$snapshot = canonical(snapshot);
    texts.metadata = compose(parts);
    found.seal = await digestText(compose(texts));
    found.parent = bare(parent);
    compare(issues, join(place, 'seal'), found.seal, parse(seal));
  }
  return found;
}

/** Step 7. The index, where it has no issue. */
async function verifyIndex(issues, value, used) {
  const document = open(issues);
  const ids = array();
  const digests = array();
  const expected = table();
  let order;
  list(document, 'index', value, (_, path, entry) => {
    const { texts, isRight } = read(issues, path, entry, ENTRY);
    if (!isRight) return;
    const { length } = ids;
    const id = parse(texts.itemId);
    if (ids[length - 1] >= id) {
      order ??= `Unsorted index: expected the itemId of index.${length} to come after that of index.${length - 1}`;
    }
    ids[length] = id;
    digests[length] = expected[id] = parse(texts.digest);
  });
  if (order && close(document)) add(issues, 'index', 'mismatch', order);
  if (used && close(document)) compare(issues, 'index', used.size, `${ids.length}`);
  if (used && close(document)) compare(issues, 'index', used.root, await rootOf(digests));
  return close(document) ? { ids, expected } : undefined;
}

/** Steps 9 to 11. */
async function verifyItems(issues, items, { snapshotId, used }, index, isRow) {
  const each = iterable(issues, 'items', items);
  if (!each) return;
  const { length } = issues;
  const refs = used?.sourceTexts ?? array();
  // The names of sources that have an item.
  const present = table();
  const seen = table();
  const ids = array();
  let position = 0;
  let size = 0;
  let isShaped = true;
  let id;
  let isAgain;
  const shape = itemShape((document, path, value) => {
    id = value;
    if (isRow) {
      const row = open(issues);
      if (!filled(row, path, value)) return count(document, row.bytes);
      const prefix = `${snapshotId ?? slice(value, 0, indexOf(value, ':'))}:`;
      id = slice(value, prefix.length);
      if (prefix + id !== value) {
        const start = snapshotId ? `${shorten(snapshotId)}:` : 'a snapshotId and a colon';
        return add(issues, path, 'mismatch', `Invalid row id: expected it to begin with ${start}`);
      }
    }
    const text = filled(document, path, id);
    if (!text) return null;
    isAgain = seen[id];
    if (isAgain) add(issues, path, 'duplicate', `Duplicate itemId: also at items.${isAgain.position}`);
    else seen[id] = { __proto__: null, position };
    return text;
  });

  for (const value of each) {
    const path = join('items', position);
    isAgain = undefined;
    const { texts, isRight, long, first } = read(issues, path, value, shape, STORED);
    if (!isAgain) size++;
    if (isRight || (isAgain && !long && issues.length === first + 1)) {
      const { kind, sourceKey, sourceVersion } = texts;
      present[sourceName(kind, sourceKey)] = present[sourceName(kind, sourceKey, sourceVersion)] = true;
    } else isShaped = false;
    if (isRight) {
      const digest = await digestText(leafText(texts));
      const expected = index?.expected[id];
      ids[ids.length] = id;
      seen[id].leaf = digest;
      if (index && digest !== expected) {
        const what = expected ? `changed: expected ${expected}, found ${digest}` : 'is not in the index';
        add(issues, path, expected ? 'changed' : 'extra', `Item ${shorten(id)} ${what}`);
      }
    }
    if (isFull(issues)) return;
    position++;
  }

  for (let at = 0; index && at < index.ids.length; at++) {
    id = index.ids[at];
    if (!seen[id]) add(issues, join('index', at), 'missing', `Item ${shorten(id)} is missing`);
  }
  if (used && !index) {
    compare(issues, 'items', used.size, `${size}`);
    if (issues.length === length) {
      sort(ids);
      for (let at = 0; at < ids.length; at++) ids[at] = seen[ids[at]].leaf;
      compare(issues, 'items', used.root, await rootOf(ids));
    }
  }
  for (let at = 0; isShaped && at < refs.length; at++) {
    const { kind, key, version, required } = refs[at];
    if (required !== 'true' || present[sourceName(kind, key, version)]) continue;
    const told = `${parse(kind)} ${parse(key)}${version ? `@${parse(version)}` : ''}`;
    add(issues, join('pack.sources', at), 'missing_source', `Required source has no item: ${told}`);
  }
}

export async function verifySnapshot(parts) {
  const issues = [];
  const get = reader(parts);
  const record = get('record');
  const current = get('pack');
  const entries = get('index');
  const rowIds = get('rowIds');
  const expected = get('expect');
  const items = get('items');

  const found = await verifyRecord(issues, 'record', record);
  const { used } = found;
  if (current !== undefined && current !== null) {
    const { texts, isRight } = read(issues, 'pack', current, PACK, STORED);
    if (isRight && used) {
      for (const name in PACK) compare(issues, join('pack', name), used.packTexts[name], texts[name]);
    }
  }
  const index = entries === undefined ? entries : await verifyIndex(issues, entries, used);
  if (rowIds !== undefined) boolean(open(issues), 'rowIds', rowIds);
  if (expected !== undefined) {
    const { texts } = read(issues, 'expect', expected, EXPECTED);
    for (const name in texts) {
      if (texts[name] && found[name]) compare(issues, join('expect', name), parse(texts[name]), found[name]);
    }
  }
  if (!isFull(issues)) await verifyItems(issues, items, found, index, rowIds === true);
  return verdict(issues);
}

export async function verifyChain(records) {
  const issues = [];
  const each = iterable(issues, 'records', records);
  let position = 0;
  let before;
  if (each) {
    for (const value of each) {
      const path = join('records', position++);
      const { seal, parent } = await verifyRecord(issues, path, value);
      if (before && seal) compare(issues, join(path, 'metadata.$snapshot.parent'), before, parent);
      before = seal;
      if (isFull(issues)) break;
    }
  }
  return verdict(issues);
}

export async function verifyItem(item, proof, hash) {
  const issues = [];
  const { texts: claim, used } = read(issues, undefined, proof, PROOF);
  const { texts } = read(issues, undefined, item, ITEM, STORED);
  if (issues.length || parse(claim.hash) !== hash || claim.itemId !== texts.itemId) return false;
  const at = parse(claim.leafIndex);
  const last = used.size - 1;
  if (at > last || (await digestText(used.canonicalText)) !== hash) return false;
  return (await rootFrom(await digestText(leafText(texts)), at, last, parse(claim.path))) === used.root;
}

/** The canonical text of any value. */
function canonical(value) {
  const issues = [];
  const document = open(issues);
  const text = json(document, undefined, value, 1);
  if (!close(document)) throw refusal(issues);
  return text;
}

export async function canonicalize(value) {
  return canonical(value);
}

export async function digest(value) {
  return digestText(canonical(value));
}
