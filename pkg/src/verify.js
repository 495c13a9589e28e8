// The entry without WebAssembly: canonical JSON, digests, and the verification of snapshots, items and chains.
//
// Why: a page may forbid WebAssembly (Content-Security-Policy), and an auditor may trust nobody. So this is a second
// implementation, written from docs/FORMAT.md and docs/ERRORS.md, that shares no code with the first.
//
// How: what the caller passes in is read once and becomes canonical text (read.js); the text is checked, hashed by Web
// Crypto (hash.js) and compared, step by step as FORMAT section 11 has it. What differs becomes an issue (report.js).

import { digestText, rootFrom, rootOf } from './verify/hash.js';
import {
  array,
  define,
  freeze,
  indexOf,
  isArray,
  match,
  parse,
  settled,
  slice,
  sort,
  table,
  withoutThen,
} from './verify/own.js';
import {
  boolean,
  close,
  compose,
  content,
  digest as digestRule,
  either,
  element,
  filled,
  hint,
  identifier,
  integer,
  integerTo,
  isMap,
  isObject,
  isStopped,
  iterable,
  json,
  LIMITS,
  list,
  object,
  open,
  quote,
  read,
  reader,
  STORED,
  STRICT,
  string,
  take,
  time,
  unknown,
  wrong,
} from './verify/read.js';
import { add, append, compare, HALF, isFull, join, refusal, shown, told, tooBig } from './verify/report.js';

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
/** Reads what was parsed from canonical JSON, so it is measured already. */
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
const PAYLOAD = table({
  snapshotId: string,
  packKey: string,
  packVersion: string,
  hash: digestRule,
  itemCount: integer,
  createdAt: time,
});
const EVENT = table({
  id: string,
  key: either('"context.snapshot.created"'),
  version: either('"1.0.0"'),
  occurredAt: time,
  traceId: [string],
  payload(document, path, value) {
    document.payloadTexts = take(document, path, value, PAYLOAD);
  },
});
/** What a verifier trusts: of a snapshot, of a chain. */
const EXPECTED = table({ hash: [digestRule], seal: [digestRule] });
const SEALED = table({ seal: [digestRule] });
const BOUNDS = table({
  documentBytes: [integerTo(LIMITS.documentBytes)],
  levels: [integerTo(LIMITS.levels)],
  items: [integerTo(LIMITS.items)],
  totalBytes: [integerTo(LIMITS.totalBytes)],
});
/** Members of the parts, and names that are taken for one of them. */
const PARTS = table({
  ...{ limits: true, record: true, pack: true, index: true, rowIds: true },
  ...{ event: true, manifest: true, output: true, expect: true, items: true },
});
const KNOWN = table({ ...PARTS, itemsJson: true });
/** Those that may be left out, each with what it is called if it was not compared. */
const OPTIONAL = table({
  ...{ pack: 'pack', index: 'index', event: 'event', manifest: 'the manifest given', output: 'output' },
});
const HINTS = table({ expected: 'expect', hash: 'expect.hash', seal: 'expect.seal' });
const OPTIONS = table({ expect: true });
const CHAIN_HINTS = table({ expected: 'expect', hash: 'expect.seal', seal: 'expect.seal' });
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
/** The manifest of an event's neighbours and of proofs: all of it JSON, and then a manifest. */
function jsonManifest(document, path, value) {
  const own = open(0, document.limits);
  const text = json(own, path, value, 1);
  if (close(own, document.faults, path)) manifest(document, path, parse(text));
}
const PROOF = table({
  itemId: filled,
  leafIndex: integer,
  path: (document, path, value) => list(document, path, value, digestRule),
  manifest: jsonManifest,
  hash: digestRule,
});

/** A digest without its quotes; what is absent stays so. */
const bare = (text) => text && parse(text);
/** What is hashed for an item: U+0000 is the byte 0. */
const leafText = (texts) => `\0${compose(texts)}`;
/** Names a source in a table: texts of strings show where they end. */
const sourceName = (kind, key, version = '') => kind + key + version;

// A verification is right by what was compared, not by what was not found: its evidence names each comparison, false until it
// was made and held. That there is no issue proves nothing.

/** What a record is compared in. */
const COMPARED = table({
  ...{ manifest: false, hash: false, packKey: false, packVersion: false, itemCount: false },
  ...{ createdBy: false, grant: false, seal: false },
});

/** What was not compared; undefined if all was. */
function lacking(evidence) {
  for (const name in evidence) if (evidence[name] !== true) return name;
  return undefined;
}

/** The result, a plain object. `length` is that of a chain. */
function conclude(issues, evidence, anchor, length) {
  const lack = lacking(evidence);
  if (lack !== undefined && issues.length === 0) add(issues, '', 'mismatch', `Not verified: ${lack} was not compared`);
  const result = { valid: lack === undefined && issues.length === 0, issues: told(issues), anchor };
  if (length !== undefined) define(result, 'length', length);
  return freeze(withoutThen(result));
}

/** Refuses arguments that a caller may take for a trusted value. */
function refuseMore(name, count, more, why = '') {
  if (more.length === 0) return;
  const takes = `${count} argument${count > 1 ? 's' : ''}`;
  throw new TypeError(`${name} takes ${takes}, received ${count + more.length}${why}`);
}

/** The values of a member of the caller's. */
function valuesOf(issues, path, value) {
  const values = iterable(value);
  if (!values) wrong(issues, path, 'iterable', value, hint(value));
  return values;
}

/** The limits in force: the format's if there is anything wrong with those that were given. */
function limitsOf(issues, value) {
  if (value === undefined || value === null) return LIMITS;
  const { texts, isRight } = read(issues, 'limits', value, BOUNDS, STRICT);
  if (!isRight) return LIMITS;
  const limits = table();
  for (const name in LIMITS) limits[name] = texts[name] ? parse(texts[name]) : LIMITS[name];
  return limits;
}

/**
 * Reads what the verifier trusts. It has to name something to compare with: if it is empty, nothing would be compared and
 * everything would pass.
 */
function trustOf(issues, value, shape, evidence) {
  const what = shape.hash ? 'a hash or a seal' : 'a seal';
  const document = open();
  let texts = table();
  if (isObject(value)) {
    const own = table();
    let isEmpty = true;
    for (const name in shape) {
      own[name] = element(value, name);
      isEmpty &&= own[name] === undefined || own[name] === null || own[name] === '';
    }
    if (isEmpty) add(document.faults, 'expect', 'missing', `Missing: expected ${what} to compare with`);
    else texts = take(document, 'expect', own, shape);
    unknown(document.faults, 'expect', value, shape);
  } else wrong(document.faults, 'expect', `plain object with ${what}`, value);
  close(document, issues, 'expect');
  evidence.expect = false;
  for (const name in texts) evidence[`expect.${name}`] = false;
  return texts;
}

/** Compares what the verifier trusts, and returns what the verification is anchored in. */
function compareTrusted(issues, texts, found, evidence) {
  let anchor = 'none';
  for (const name in texts) {
    if (!texts[name] || !found[name]) continue;
    const isSame = compare(issues, join('expect', name), parse(texts[name]), found[name]);
    evidence[`expect.${name}`] = isSame;
    if (isSame) anchor = name;
  }
  if (evidence.expect === false) evidence.expect = anchor !== 'none';
  return anchor;
}

/** Steps 1 to 5, and what was computed in them. */
async function examine(issues, path, value, limits, evidence) {
  for (const name in COMPARED) evidence[name] = false;
  const metadataPath = join(path, 'metadata');
  const place = join(metadataPath, '$snapshot');
  const document = read(issues, path, value, RECORD, STORED, limits, metadataPath);
  const { texts, parts } = document;
  const found = table({ texts });
  if (texts.snapshotId) found.snapshotId = parse(texts.snapshotId);
  if (isStopped(document) || !texts.metadata) return found;

  const snapshot = parts.$snapshot && parse(parts.$snapshot);
  const own = read(issues, place, snapshot, SNAPSHOT, STRICT);
  const { used } = own;
  const { actor, grant, userId, requestedBy, seal, parent } = own.texts;
  // It is required, so it was not even looked for.
  if (actor === undefined) return found;
  const check = (name, expected, text = texts[name]) => {
    if (text !== null) evidence[name] = compare(issues, join(path, name), expected, text);
  };
  if (used) {
    found.used = used;
    found.hash = await digestText(used.canonicalText);
    evidence.manifest = used.isRight === true;
    check('hash', found.hash, bare(texts.hash));
    check('packKey', used.packTexts.packKey);
    check('packVersion', used.packTexts.version);
    check('itemCount', used.size);
  }
  if (userId !== null && requestedBy !== null) check('createdBy', userId ?? requestedBy);
  if (actor && grant) {
    evidence.grant = compare(issues, join(place, 'grant'), actor === '"admin"' ? '"actor"' : '"role"', grant);
  }
  if (document.isRight && own.isRight) {
    delete snapshot.seal;
    parts.$snapshot = canonical(snapshot);
    texts.metadata = compose(parts);
    found.seal = await digestText(compose(texts));
    found.parent = bare(parent);
    found.traceId = own.texts.traceId;
    evidence.seal = compare(issues, join(place, 'seal'), found.seal, parse(seal));
  }
  return found;
}
const verifyRecord = (issues, path, value, limits, evidence) => settled(examine(issues, path, value, limits, evidence));

/** Step 6. */
function verifyPack(issues, value, { used }, limits, evidence) {
  const { texts, isRight } = read(issues, 'pack', value, PACK, STORED, limits);
  if (!isRight || !used) return;
  let isSame = true;
  for (const name in PACK) isSame = compare(issues, join('pack', name), used.packTexts[name], texts[name]) && isSame;
  evidence.pack = isSame;
}

/** Step 7. The index, if it has no issue. */
async function verifyIndex(issues, value, used, limits, evidence) {
  const ids = array();
  const digests = array();
  const byId = table();
  let order;
  let isRight = isArray(value);
  if (!isRight) wrong(issues, 'index', 'array', value);
  else if (value.length > limits.items) isRight = tooBig(issues, 'index', `${limits.items} items`);
  for (let at = 0, length = isRight ? value.length : 0; at < length && !isFull(issues); at++) {
    const entry = read(issues, join('index', at), element(value, at), ENTRY, 0, limits);
    isRight &&= entry.isRight;
    if (!entry.isRight) continue;
    const id = parse(entry.texts.itemId);
    const last = ids.length;
    if (ids[last - 1] >= id) {
      order ??= `Unsorted index: expected the itemId of index.${last} to come after that of index.${last - 1}`;
    }
    ids[last] = id;
    digests[last] = byId[id] = parse(entry.texts.digest);
  }
  if (!isRight) return undefined;
  if (order) return add(issues, 'index', 'mismatch', order) ?? undefined;
  if (used) {
    if (!compare(issues, 'index', used.size, `${ids.length}`)) return undefined;
    if (!compare(issues, 'index', used.root, await rootOf(digests))) return undefined;
    evidence.index = true;
  }
  return table({ ids, byId });
}

/** Whether the payload of an event, or an output, says what the record says. */
function comparePayload(issues, path, texts, found) {
  let isSame = true;
  for (const name in PAYLOAD) {
    const tell = name === 'hash' ? bare : (text) => text;
    isSame = compare(issues, join(path, name), tell(found.texts[name]), tell(texts[name])) && isSame;
  }
  return isSame;
}

/** Step 12. */
async function verifyEvent(issues, value, found, limits, evidence) {
  const { texts, payloadTexts, isRight } = read(issues, 'event', value, EVENT, STORED, limits);
  if (!isRight || !found.seal) return;
  const { snapshotId, createdAt } = found.texts;
  const digits = slice(await digestText(`{"event":"context.snapshot.created","snapshotId":${snapshotId}}`), 7);
  // A UUID of version 8.
  const variant = '89ab'[`0x${digits[16]}` % 4];
  const id = `"${slice(digits, 0, 8)}-${slice(digits, 8, 12)}-8${slice(digits, 13, 16)}-${variant}${slice(digits, 17, 20)}-${slice(digits, 20, 32)}"`;
  const isSame = compare(issues, 'event.id', id, texts.id);
  const isThen = compare(issues, 'event.occurredAt', createdAt, texts.occurredAt);
  const isTraced = compare(issues, 'event.traceId', found.traceId, texts.traceId);
  evidence.event = comparePayload(issues, 'event.payload', payloadTexts, found) && isSame && isThen && isTraced;
}

/** The manifest beside the record. */
async function verifyManifest(issues, value, found, limits, evidence) {
  const holder = open(0, limits);
  jsonManifest(holder, 'manifest', value);
  if (close(holder, issues) && found.hash) {
    evidence['the manifest given'] = compare(
      issues,
      'manifest',
      found.hash,
      await digestText(holder.used.canonicalText),
    );
  }
}

function verifyOutput(issues, value, found, limits, evidence) {
  const { texts, isRight } = read(issues, 'output', value, PAYLOAD, STORED, limits);
  if (isRight && found.seal) evidence.output = comparePayload(issues, 'output', texts, found);
}

/** Steps 9 to 11. */
async function verifyItems(issues, items, { snapshotId, used }, index, isRow, limits, evidence) {
  const values = valuesOf(issues, 'items', items);
  if (!values) return;
  const { length } = issues;
  const refs = used?.sourceTexts ?? array();
  // The names of sources that have an item.
  const present = table();
  const seen = table();
  const ids = array();
  let position = 0;
  let size = 0;
  let matched = 0;
  let total = 0;
  let isShaped = true;
  let id;
  let isAgain;
  const shape = itemShape((document, path, value) => {
    id = value;
    // What is wrong with a string itself is told of the whole row id.
    if (isRow && typeof value === 'string' && value !== '' && !match(HALF, value)) {
      const prefix = `${snapshotId ?? slice(value, 0, indexOf(value, ':'))}:`;
      id = slice(value, prefix.length);
      if (prefix + id !== value) {
        quote(document, path, value);
        const start = snapshotId ? `${shown(snapshotId)}:` : 'a snapshotId and a colon';
        return add(document.faults, path, 'mismatch', `Invalid row id: expected it to begin with ${start}`);
      }
    }
    const text = filled(document, path, id);
    if (!text) return null;
    isAgain = seen[id];
    if (isAgain) add(document.faults, path, 'duplicate', `Duplicate itemId: also at items.${isAgain.position}`);
    else seen[id] = { __proto__: null, position, leaf: undefined };
    return text;
  });

  for (const value of values) {
    if (position === limits.items) return tooBig(issues, 'items', `${limits.items} items`);
    const path = join('items', position);
    isAgain = undefined;
    const { texts, isRight, long, faults, bytes } = read(issues, path, value, shape, STORED, limits);
    if (!isAgain) size++;
    if (isRight || (isAgain && !long && faults.length === 1)) {
      const { kind, sourceKey, sourceVersion } = texts;
      present[sourceName(kind, sourceKey)] = present[sourceName(kind, sourceKey, sourceVersion)] = true;
    } else isShaped = false;
    if (isRight) {
      total += bytes;
      if (total > limits.totalBytes) return tooBig(issues, 'items', `${limits.totalBytes} canonical bytes in all`);
      const digest = await digestText(leafText(texts));
      const expected = index?.byId[id];
      ids[ids.length] = id;
      seen[id].leaf = digest;
      if (index) {
        if (digest === expected) matched++;
        else {
          const what = expected ? `changed: expected ${expected}, found ${digest}` : 'is not in the index';
          add(issues, path, expected ? 'changed' : 'extra', `Item ${shown(id)} ${what}`);
        }
      }
    }
    if (isFull(issues)) return;
    position++;
  }
  evidence.items = true;

  for (let at = 0; index && at < index.ids.length; at++) {
    id = index.ids[at];
    if (!seen[id]) add(issues, join('index', at), 'missing', `Item ${shown(id)} is missing`);
  }
  if (index) evidence['every item'] = matched === index.ids.length && matched === position;
  else if (used) {
    evidence['the count'] = compare(issues, 'items', used.size, `${size}`);
    if (issues.length === length) {
      sort(ids);
      for (let at = 0; at < ids.length; at++) ids[at] = seen[ids[at]].leaf;
      evidence['the root'] = compare(issues, 'items', used.root, await rootOf(ids));
    }
  }
  if (!isShaped || !used) return;
  let found = 0;
  for (let at = 0; at < refs.length; at++) {
    const { kind, key, version, required } = refs[at];
    if (required !== 'true' || present[sourceName(kind, key, version)]) {
      found++;
      continue;
    }
    const name = `${shown(parse(kind))} ${shown(parse(key))}${version ? `@${shown(parse(version))}` : ''}`;
    add(issues, join('pack.sources', at), 'missing_source', `Required source has no item: ${name}`);
  }
  evidence['required sources'] = found === refs.length;
}

async function resultOfSnapshot(parts, more) {
  refuseMore('verifySnapshot', 1, more, ': what you trust goes into expect');
  const hasMembers = isMap(parts);
  const get = reader(hasMembers ? parts : undefined);
  const given = table();
  for (const name in PARTS) given[name] = get(name);
  const { record, pack, index, rowIds, event, manifest, output, expect, items } = given;
  const isTrusting = expect !== undefined || get('expect', true) === true;
  const strangers = array();
  if (hasMembers) unknown(strangers, undefined, parts, KNOWN, HINTS, get);
  const wrongLimits = array();
  const limits = limitsOf(wrongLimits, given.limits);

  const issues = array();
  const evidence = table();
  const isGiven = (name) => given[name] !== undefined && (name !== 'pack' || pack !== null);
  const ask = (name) => {
    evidence[name] = false;
  };
  ask('items');
  ask('required sources');
  for (const name in OPTIONAL) if (isGiven(name)) ask(OPTIONAL[name]);
  ask(isGiven('index') ? 'every item' : 'the count');
  if (!isGiven('index')) ask('the root');

  const found = await verifyRecord(issues, 'record', record, limits, evidence);
  if (isGiven('pack')) verifyPack(issues, pack, found, limits, evidence);
  const usable = isGiven('index') ? await settled(verifyIndex(issues, index, found.used, limits, evidence)) : undefined;
  if (isGiven('rowIds')) {
    const document = open();
    boolean(document, 'rowIds', rowIds);
    close(document, issues);
  }
  append(issues, wrongLimits);
  if (isGiven('event')) await settled(verifyEvent(issues, event, found, limits, evidence));
  if (isGiven('manifest')) await settled(verifyManifest(issues, manifest, found, limits, evidence));
  if (isGiven('output')) verifyOutput(issues, output, found, limits, evidence);
  const trust = isTrusting ? trustOf(issues, expect, EXPECTED, evidence) : table();
  // Step 8.
  const anchor = compareTrusted(issues, trust, found, evidence);
  append(issues, strangers);
  if (!isFull(issues)) {
    await settled(verifyItems(issues, items, found, usable, rowIds === true, limits, evidence));
  }
  return conclude(issues, evidence, anchor);
}

export function verifySnapshot(parts, ...more) {
  return settled(resultOfSnapshot(parts, more));
}

/** The positions of records in the order in which each parent is the seal before; undefined if there is none. */
function orderOf(links) {
  const { length } = links;
  const places = table();
  const next = array();
  for (let at = 0; at < length; at++) {
    const { seal } = links[at];
    if (!seal || places[seal] !== undefined) return undefined;
    places[seal] = at;
  }
  let at;
  for (let record = 0; record < length; record++) {
    const before = places[links[record].parent];
    if (before === undefined) at = record;
    else next[before] = record;
  }
  const order = array();
  for (; at !== undefined && order.length < length; at = next[at]) order[order.length] = at;
  return order.length === length ? order : undefined;
}

/** The links of a chain. Returns the newest record's. */
function verifyLinks(issues, links, evidence) {
  const order = orderOf(links);
  let text = '';
  let isRight = true;
  for (let at = 0; order && at < order.length; at++) {
    text += `${at ? ', ' : ''}${order[at]}`;
    isRight &&= order[at] === at;
  }
  if (order && !isRight) {
    add(issues, 'records', 'order', `Records out of order: expected ${shown(text)}`);
    return links[order[order.length - 1]];
  }
  let linked = 1;
  for (let at = 1; at < links.length; at++) {
    const before = links[at - 1].seal;
    const { seal, parent } = links[at];
    if (!before || !seal) continue;
    const isLinked = compare(issues, join(join('records', at), 'metadata.$snapshot.parent'), before, parent);
    if (isLinked) linked++;
  }
  evidence['every link'] = linked === links.length;
  return links[links.length - 1];
}

async function resultOfChain(records, options, more) {
  refuseMore('verifyChain', 2, more);
  const issues = array();
  let expect;
  let isTrusting = false;
  if (isMap(options)) {
    const get = reader(options);
    expect = get('expect');
    isTrusting = expect !== undefined || get('expect', true) === true;
    unknown(issues, undefined, options, OPTIONS, CHAIN_HINTS, get);
  } else if (options !== undefined) wrong(issues, 'options', 'object', options);
  const evidence = table({ 'every record': false, 'every link': false });
  const trust = isTrusting ? trustOf(issues, expect, SEALED, evidence) : table();

  const links = array();
  const values = valuesOf(issues, 'records', records);
  let whole = 0;
  let isRead = false;
  if (values) {
    for (const value of values) {
      if (isFull(issues)) break;
      const path = join('records', links.length);
      const own = table();
      const { seal, parent } = await verifyRecord(issues, path, value, LIMITS, own);
      if (lacking(own) === undefined) whole++;
      links[links.length] = table({ seal, parent });
      if (isFull(issues)) break;
    }
    isRead = !isFull(issues);
    if (isRead && links.length === 0) {
      add(issues, 'records', 'too_small', 'Too small: expected iterable to have >=1 items');
    }
  }
  let anchor = 'none';
  if (isRead && links.length) {
    evidence['every record'] = whole === links.length;
    const newest = verifyLinks(issues, links, evidence);
    anchor = compareTrusted(issues, trust, newest, evidence);
  }
  return conclude(issues, evidence, anchor, links.length);
}

export function verifyChain(records, options, ...more) {
  return settled(resultOfChain(records, options, more));
}

async function resultOfItem(item, proof, hash, more) {
  refuseMore('verifyItem', 3, more);
  const issues = array();
  const evidence = table({ proof: false, item: false, hash: false, itemId: false, manifest: false, 'the root': false });
  const { texts: claim, used, isRight: isProof } = read(issues, undefined, proof, PROOF);
  const { texts, isRight } = read(issues, undefined, item, ITEM, STORED);
  evidence.proof = isProof;
  evidence.item = isRight;
  if (!isProof || !isRight || !used) return false;
  evidence.hash = parse(claim.hash) === hash;
  evidence.itemId = claim.itemId === texts.itemId;
  const at = parse(claim.leafIndex);
  const last = used.size - 1;
  if (!evidence.hash || !evidence.itemId || at > last) return false;
  evidence.manifest = (await digestText(used.canonicalText)) === hash;
  evidence['the root'] = (await rootFrom(await digestText(leafText(texts)), at, last, parse(claim.path))) === used.root;
  return lacking(evidence) === undefined && issues.length === 0;
}

export function verifyItem(item, proof, hash, ...more) {
  return settled(resultOfItem(item, proof, hash, more));
}

/** The canonical text of any value. */
function canonical(value) {
  const issues = array();
  const document = open();
  const text = json(document, undefined, value, 1);
  if (!close(document, issues)) throw refusal(issues);
  return text;
}

async function textOf(value) {
  return canonical(value);
}
export const canonicalize = (value) => settled(textOf(value));

async function digestOf(value) {
  return digestText(canonical(value));
}
export const digest = (value) => settled(digestOf(value));
