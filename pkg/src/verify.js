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
  freeze,
  hasOwn,
  indexOf,
  isArray,
  keys,
  match,
  normalize,
  parse,
  promising,
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
const source = (document, path, value) => {
  const texts = take(document, path, value, SOURCE);
  document.sourceTexts_[document.sourceTexts_.length] = texts;
  return compose(texts);
};
const sources = (document, path, value) => {
  document.sourceTexts_ = array();
  return list(document, path, value, source);
};
const PACK = table({
  packKey: filled,
  version: string,
  title: string,
  description: [string],
  owners: [strings],
  tags: [strings],
  sources: [sources],
});
const pack = (document, path, value) => {
  document.packTexts_ = take(document, path, value, PACK);
};
const MANIFEST = table({
  format: either('"context.pack.snapshot/v1"'),
  itemCount: integer,
  itemsRoot: digestRule,
  pack,
});
/** Reads what was parsed from canonical JSON, so it is measured already. */
const manifest = (document, path, value) => {
  const own = read(document.faults_, path, value, MANIFEST, STRICT);
  if (!own.isRight_) return;
  own.canonicalText_ = canonical(value);
  own.size_ = own.texts_.itemCount;
  own.root_ = parse(own.texts_.itemsRoot);
  document.used_ = own;
};
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
const PAYLOAD = table({
  snapshotId: string,
  packKey: string,
  packVersion: string,
  hash: digestRule,
  itemCount: integer,
  createdAt: time,
});
const RECORD = table({
  ...PAYLOAD,
  ...{ snapshotId: identifier, packKey: filled, createdBy: [string], metadata: object },
});
const ENTRY = table({ itemId: filled, digest: digestRule });
const EVENT = table({
  id: string,
  key: either('"context.snapshot.created"'),
  version: either('"1.0.0"'),
  occurredAt: time,
  traceId: [string],
  payload(document, path, value) {
    document.payloadTexts_ = take(document, path, value, PAYLOAD);
  },
});
/** What a verifier trusts: of a snapshot, of a chain. */
const EXPECTED = table({ hash: [digestRule], seal: [digestRule] });
const SEALED = table({ seal: [digestRule] });
const BOUNDS = table();
for (const name in LIMITS) BOUNDS[name] = [integerTo(LIMITS[name])];
/** Names that are taken for what a verifier trusts, with what is meant. */
const HINTS = table({ expected: 'expect', hash: 'expect.hash', seal: 'expect.seal' });
const CHAIN_HINTS = table({ ...HINTS, hash: HINTS.seal });
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
const jsonManifest = (document, path, value) => {
  if (!isObject(value)) return wrong(document.faults_, path, 'object', value);
  const own = open(0, document.bounds_);
  const text = json(own, path, value, 1);
  if (close(own, document.faults_, path)) manifest(document, path, parse(text));
};
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

// A verification is right by what was compared, not by what was not found. Its evidence names each comparison that it
// consists of, false until that was made and held. That there is no issue proves nothing.

/** The result, a plain object; of a chain, with `more` members. */
const conclude = (issues, evidence, anchor, more) => {
  let lack;
  for (const name in evidence) if (evidence[name] !== true) lack ??= name;
  if (lack && issues.length === 0) add(issues, '', 'mismatch', `Not verified: ${lack} was not compared`);
  const valid = lack === undefined && issues.length === 0;
  return freeze(withoutThen({ valid, issues: told(issues), anchor, ...more }));
};

/** Refuses arguments that a caller may take for a trusted value. */
const refuseMore = (more, count, takes, why = '') => {
  if (more.length) throw new TypeError(`${takes}, received ${count + more.length}${why}`);
};

/** Whether all members of a shape say the same; both sides are texts. */
const isSame = (issues, path, shape, expected, found) => {
  let same = true;
  for (const name in shape) {
    const tell = name === 'hash' ? bare : (text) => text;
    same = compare(issues, join(path, name), tell(expected[name]), tell(found[name])) && same;
  }
  return same;
};

/** The limits in force: the format's if there is anything wrong with those that were given. */
const limitsOf = (issues, value) => {
  if (value === undefined || value === null) return LIMITS;
  if (!isObject(value)) {
    wrong(issues, 'limits', 'object', value);
    return LIMITS;
  }
  const { texts_: texts, isRight_: isRight } = read(issues, 'limits', value, BOUNDS, STRICT);
  const limits = table();
  for (const name in LIMITS) limits[name] = isRight && texts[name] ? parse(texts[name]) : LIMITS[name];
  return limits;
};

/**
 * Reads what the verifier trusts. It has to name something to compare with: if it is empty, nothing would be compared and
 * everything would pass.
 */
const trustOf = (issues, value, shape, what, mode) => {
  if (!isObject(value)) return wrong(issues, 'expect', `plain object with ${what}`, value);
  // A member that is not enumerable is one, too.
  const own = table();
  const names = keys(value);
  for (let at = 0; at < names.length; at++) if (!shape[names[at]]) own[names[at]] = true;
  for (const name in shape) if (hasOwn(value, name)) own[name] = value[name];
  let isEmpty = true;
  for (const name in shape) isEmpty &&= (own[name] ?? '') === '';
  if (isEmpty) {
    add(issues, 'expect', 'missing', `Missing: expected ${what} to compare with`);
    for (const name in shape) own[name] = undefined;
  }
  return read(issues, 'expect', own, shape, mode).texts_;
};

/** Compares what the verifier trusts, and returns what the verification is anchored in. */
const compareTrusted = (issues, texts, found, evidence) => {
  let anchor = 'none';
  let left = 0;
  for (const name in texts) {
    left++;
    if (!texts[name] || !found[name] || !compare(issues, join('expect', name), bare(texts[name]), found[name]))
      continue;
    left--;
    anchor = name;
  }
  evidence.expect ||= left === 0 && anchor !== 'none';
  return anchor;
};

/** In a record: `hash`, `packKey`, `packVersion`, `itemCount`, `createdBy`, `grant`, `seal`. */
const COMPARISONS = 7;

/** Steps 1 to 5, and what was computed in them. */
const verifyRecord = promising(async (issues, path, value, limits) => {
  const metadataPath = join(path, 'metadata');
  const place = join(metadataPath, '$snapshot');
  const document = read(issues, path, value, RECORD, STORED, limits, metadataPath);
  const { texts_: texts, parts_: parts } = document;
  const found = table({ texts_: texts, ownId_: bare(texts.snapshotId) });
  if (isStopped(document) || !texts.metadata) return found;

  const snapshot = parts.$snapshot && parse(parts.$snapshot);
  const own = read(issues, place, snapshot, SNAPSHOT, STRICT);
  const { used_: used } = own;
  const { actor, grant, userId, requestedBy, seal, parent, traceId } = own.texts_;
  // It is required, so it was not even looked for.
  if (actor === undefined) return found;
  let held = 0;
  const check = (place, expected, text) => {
    if (text !== null && compare(issues, place, expected, text)) held++;
  };
  const same = (name, expected) => check(join(path, name), expected, texts[name]);
  if (used) {
    found.used_ = used;
    found.hash = await digestText(used.canonicalText_);
    check(join(path, 'hash'), found.hash, bare(texts.hash));
    same('packKey', used.packTexts_.packKey);
    same('packVersion', used.packTexts_.version);
    same('itemCount', used.size_);
  }
  if (userId !== null && requestedBy !== null) same('createdBy', userId ?? requestedBy);
  if (actor && grant) check(join(place, 'grant'), actor === '"admin"' ? '"actor"' : '"role"', grant);
  if (document.isRight_ && own.isRight_) {
    delete snapshot.seal;
    parts.$snapshot = canonical(snapshot);
    texts.metadata = compose(parts);
    found.seal = await digestText(compose(texts));
    found.before_ = bare(parent);
    found.trace_ = traceId;
    check(join(place, 'seal'), found.seal, bare(seal));
  }
  found.isVerified_ = held === COMPARISONS;
  return found;
});

/** Step 7. The index, if it has no issue. */
const verifyIndex = promising(async (issues, value, used, evidence, limits) => {
  const ids = array();
  const digests = array();
  const byId = table();
  let order;
  let isRight = isArray(value);
  if (!isRight) wrong(issues, 'index', 'array', value);
  else if (value.length > limits.items) isRight = tooBig(issues, 'index', `${limits.items} items`);
  for (let at = 0, length = isRight ? value.length : 0; at < length && !isFull(issues); at++) {
    const entry = read(issues, join('index', at), element(value, at), ENTRY, 0, limits);
    if (!entry.isRight_) {
      isRight = false;
      continue;
    }
    const id = parse(entry.texts_.itemId);
    const last = ids.length;
    if (ids[last - 1] >= id) {
      const place = (id, at) => `${shown(id)} (index.${at})`;
      order ??= `Unsorted index: expected itemIds in ascending order of UTF-16 code units, found ${place(ids[last - 1], last - 1)} before ${place(id, last)}`;
    }
    ids[last] = id;
    digests[last] = byId[id] = parse(entry.texts_.digest);
  }
  if (isRight && order) isRight = add(issues, 'index', 'mismatch', order);
  if (isRight && used) {
    isRight =
      compare(issues, 'index', used.size_, `${ids.length}`) &&
      compare(issues, 'index', used.root_, await rootOf(digests));
    evidence.index = isRight;
  }
  return isRight ? table({ ids_: ids, byId_: byId }) : undefined;
});

/** Step 12. */
const verifyEvent = promising(async (issues, value, found, evidence, limits) => {
  const document = open(STORED, limits);
  const texts = take(document, 'event', value, EVENT);
  if (!close(document, issues, 'event') || !found.seal) return;
  const { snapshotId, createdAt } = found.texts_;
  const digits = await digestText(`{"event":"context.snapshot.created","snapshotId":${snapshotId}}`);
  const part = (from, to) => slice(digits, from + 7, to + 7);
  // A UUID of version 8.
  const variant = '89ab'[`0x${part(16, 17)}` % 4];
  const id = `"${part(0, 8)}-${part(8, 12)}-8${part(13, 16)}-${variant}${part(17, 20)}-${part(20, 32)}"`;
  const expected = table({ id, occurredAt: createdAt, traceId: found.trace_ });
  const isEvent = isSame(issues, 'event', expected, expected, texts);
  evidence.event = isSame(issues, 'event.payload', PAYLOAD, found.texts_, document.payloadTexts_) && isEvent;
});

/** Steps 9 to 11. */
const verifyItems = promising(async (issues, items, { ownId_: ownId, used_: used }, evidence, limits, index, isRow) => {
  const values = iterable(issues, 'items', items);
  if (!values) return;
  const { length } = issues;
  // The names of sources that have an item.
  const present = table();
  // What may explain that one has none: an item with another kind or version, or in another normalization.
  const near = table();
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
    document.itemId_ = typeof value === 'string' && value.length + 2 <= limits.documentBytes ? value : undefined;
    // What is wrong with a string itself is told of the whole row id.
    if (isRow && value && typeof value === 'string' && !match(HALF, value)) {
      const prefix = `${ownId ?? slice(value, 0, indexOf(value, ':'))}:`;
      id = slice(value, prefix.length);
      if (prefix + id !== value) {
        quote(document, path, value);
        const start = ownId ? `${shown(ownId)}:` : 'a snapshotId and a colon';
        return add(document.faults_, path, 'mismatch', `Invalid row id: expected it to begin with ${start}`);
      }
      document.itemId_ &&= id;
    }
    const text = filled(document, path, id);
    if (!text) return null;
    isAgain = seen[id];
    if (isAgain) add(document.faults_, path, 'duplicate', `Duplicate itemId: also at items.${isAgain.position_}`);
    else seen[id] = { __proto__: null, position_: position, leaf_: undefined };
    return text;
  });

  for (const value of values) {
    if (position === limits.items) return tooBig(issues, 'items', `${position} items`);
    const path = join('items', position);
    isAgain = undefined;
    const {
      texts_: texts,
      isRight_: isRight,
      long_: long,
      faults_: faults,
      bytes_: bytes,
    } = read(issues, path, value, shape, STORED, limits);
    if (!isAgain) size++;
    if (isRight || (isAgain && !long && faults.length === 1)) {
      const { kind, sourceKey, sourceVersion } = texts;
      present[sourceName(kind, sourceKey)] = present[sourceName(kind, sourceKey, sourceVersion)] = true;
      near[`k${sourceKey}`] ??= kind;
      near[`v${kind}${sourceKey}`] ??= sourceVersion ?? '';
      near[normalize(kind + sourceKey)] = kind;
    } else isShaped = false;
    if (isRight) {
      total += bytes;
      if (total > limits.totalBytes) return tooBig(issues, 'items', `${limits.totalBytes} canonical bytes in all`);
      const digest = await digestText(leafText(texts));
      const expected = index?.byId_[id];
      ids[ids.length] = id;
      seen[id].leaf_ = digest;
      if (digest === expected) matched++;
      else if (index) {
        const what = expected ? `changed: expected ${expected}, found ${digest}` : 'is not in the index';
        add(issues, path, expected ? 'changed' : 'extra', `Item ${shown(id)} ${what}`, id);
      }
    }
    if (isFull(issues)) return;
    position++;
  }

  for (let at = 0; index && at < index.ids_.length; at++) {
    id = index.ids_[at];
    if (!seen[id]) add(issues, join('index', at), 'missing', `Item ${shown(id)} is missing`, id);
  }
  if (index) evidence.items = matched === index.ids_.length && matched === position;
  else if (used) {
    const isCounted = compare(issues, 'items', used.size_, `${size}`);
    if (issues.length === length) {
      sort(ids);
      for (let at = 0; at < ids.length; at++) ids[at] = seen[ids[at]].leaf_;
      evidence.items = compare(issues, 'items', used.root_, await rootOf(ids)) && isCounted;
    }
  }
  if (!isShaped || !used) return;
  const refs = used.sourceTexts_ ?? array();
  let isThere = true;
  for (const at in refs) {
    const { kind, key, version, required } = refs[at];
    if (required !== 'true' || present[sourceName(kind, key, version)]) continue;
    const show = (text) => shown(parse(text));
    const name = `${show(kind)} ${show(key)}${version ? `@${show(version)}` : ''}`;
    const other = near[`v${kind}${key}`];
    let hint = '';
    if (other !== undefined) {
      hint = `; an item of this kind and key has ${other ? `version ${show(other)}` : 'no version'}`;
    } else if (near[`k${key}`]) hint = `; an item of this key has kind ${show(near[`k${key}`])}`;
    else if (near[normalize(kind + key)]) hint = '; an item has this kind and key in another Unicode normalization';
    isThere = !!add(issues, join('pack.sources', at), 'missing_source', `Required source has no item: ${name}${hint}`);
  }
  evidence.sources = isThere;
});

export const verifySnapshot = promising(async (parts, ...more) => {
  refuseMore(more, 1, 'verifySnapshot takes 1 argument', ': what you trust goes into expect');
  const known = table({ itemsJson: true });
  const member = reader(isMap(parts) ? parts : undefined);
  const get = (name) => {
    known[name] = true;
    return member(name);
  };
  const bounds = get('limits');
  const record = get('record');
  const pack = get('pack');
  const entries = get('index');
  const rowIds = get('rowIds');
  const event = get('event');
  const given = get('manifest');
  const output = get('output');
  const expect = get('expect');
  const items = get('items');
  const isTrusting = expect !== undefined || member('expect', true);
  const strangers = array();
  if (isMap(parts)) unknown(strangers, undefined, parts, known, HINTS);
  const faults = array();
  const limits = limitsOf(faults, bounds);

  const issues = array();
  const evidence = table({
    record: false,
    pack: pack === undefined || pack === null,
    index: entries === undefined,
    event: event === undefined,
    manifest: given === undefined,
    output: output === undefined,
    expect: !isTrusting,
    items: false,
    sources: false,
  });
  const found = await verifyRecord(issues, 'record', record, limits);
  evidence.record = found.isVerified_;
  const { used_: used } = found;
  if (!evidence.pack) {
    const { texts_: texts, isRight_: isRight } = read(issues, 'pack', pack, PACK, STORED, limits);
    evidence.pack = isRight && !!used && isSame(issues, 'pack', PACK, used.packTexts_, texts);
  }
  const index = evidence.index ? undefined : await verifyIndex(issues, entries, used, evidence, limits);
  const document = open();
  if (rowIds !== undefined) boolean(document, 'rowIds', rowIds);
  append(issues, document.faults_);
  append(issues, faults);
  if (!evidence.event) await verifyEvent(issues, event, found, evidence, limits);
  if (!evidence.manifest) {
    const holder = open(0, limits);
    jsonManifest(holder, 'manifest', given);
    if (close(holder, issues) && found.hash) {
      evidence.manifest = compare(issues, 'manifest', found.hash, await digestText(holder.used_.canonicalText_));
    }
  }
  if (!evidence.output) {
    const { texts_: texts, isRight_: isRight } = read(issues, 'output', output, PAYLOAD, 0, limits);
    evidence.output = isRight && !!found.seal && isSame(issues, 'output', PAYLOAD, found.texts_, texts);
  }
  const trusted = isTrusting ? trustOf(issues, expect, EXPECTED, 'a hash or a seal') : undefined;
  const anchor = compareTrusted(issues, trusted, found, evidence);
  if (trusted) unknown(issues, 'expect', expect, EXPECTED);
  append(issues, strangers);
  if (!isFull(issues)) await verifyItems(issues, items, found, evidence, limits, index, rowIds === true);
  return conclude(issues, evidence, anchor);
});

/** Compares the links of a chain, and returns the newest one: the last in the order that is right. */
const verifyLinks = (issues, links, evidence) => {
  const last = links.length - 1;
  const known = table();
  const next = table();
  let isWhole = true;
  for (const at in links) {
    const { seal, before_: before } = links[at];
    isWhole &&= seal && !known[seal];
    known[seal] = true;
    next[before] = at;
  }
  let first;
  for (const at in links) if (!known[links[at].before_]) first = at;
  let newest = links[last];
  let text = '';
  let place = 0;
  let isSorted = true;
  for (let at = first; isWhole && at !== undefined; at = next[newest.seal]) {
    newest = links[at];
    isSorted &&= +at === place;
    text += `${place++ ? ', ' : ''}${at}`;
  }
  if (place > last && !isSorted) {
    add(issues, 'records', 'order', `Records out of order: expected ${shown(text)}`);
    return newest;
  }
  let linked = 0;
  for (let at = 0; at < last; at++) {
    const { seal } = links[at];
    const after = links[at + 1];
    const path = `records.${at + 1}.metadata.$snapshot.parent`;
    if (seal && after.seal && compare(issues, path, seal, after.before_)) linked++;
  }
  evidence.links = linked === last;
  return links[last];
};

export const verifyChain = promising(async (records, options, ...more) => {
  refuseMore(more, 2, 'verifyChain takes 2 arguments');
  const issues = array();
  const get = reader(isMap(options) ? options : undefined);
  const expect = get('expect');
  const isTrusting = expect !== undefined || get('expect', true);
  if (isMap(options)) unknown(issues, undefined, options, table({ expect: true }), CHAIN_HINTS);
  else if (options !== undefined) wrong(issues, 'options', 'object', options);
  const trusted = isTrusting ? trustOf(issues, expect, SEALED, 'a seal', STRICT) : undefined;

  const evidence = table({ records: false, links: false, expect: !isTrusting });
  const links = array();
  const values = iterable(issues, 'records', records);
  let whole = 0;
  let newest = links;
  if (values) {
    for (const value of values) {
      if (isFull(issues)) break;
      const {
        seal,
        before_: before,
        isVerified_: isVerified,
      } = await verifyRecord(issues, join('records', links.length), value, LIMITS);
      links[links.length] = table({ seal, before_: before });
      if (isVerified) whole++;
    }
    const { length } = links;
    if (length === 0) add(issues, 'records', 'too_small', 'Too small: expected iterable to have >=1 items');
    else if (!isFull(issues)) {
      evidence.records = whole === length;
      newest = verifyLinks(issues, links, evidence);
    }
  }
  const anchor = compareTrusted(issues, trusted, newest, evidence);
  return conclude(issues, evidence, anchor, { length: links.length });
});

export const verifyItem = promising(async (item, proof, hash, ...more) => {
  refuseMore(more, 3, 'verifyItem takes 3 arguments');
  const { texts_: claim, used_: used, isRight_: isProof } = read(array(), undefined, proof, PROOF);
  const { texts_: texts, isRight_: isRight } = read(array(), undefined, item, ITEM, STORED);
  if (!isProof || !isRight || !used || parse(claim.hash) !== hash || claim.itemId !== texts.itemId) return false;
  const at = parse(claim.leafIndex);
  const last = used.size_ - 1;
  if (at > last || (await digestText(used.canonicalText_)) !== hash) return false;
  return (await rootFrom(await digestText(leafText(texts)), at, last, parse(claim.path))) === used.root_;
});

/** The canonical text of any value. */
const canonical = (value) => {
  const issues = array();
  const document = open();
  const text = json(document, undefined, value, 1);
  if (!close(document, issues)) throw refusal(issues);
  return text;
};

export const canonicalize = promising(async (value) => canonical(value));

export const digest = promising(async (value) => await digestText(canonical(value)));
