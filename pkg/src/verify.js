// The entry without WebAssembly: canonical JSON, digests, and the verification of snapshots, items, absent ids and chains.
//
// Why: a page may forbid WebAssembly (Content-Security-Policy), and an auditor may want a second opinion. So this is another
// implementation, written from docs/FORMAT.md and docs/ERRORS.md. It shares one script with the main entry: the reader of JSON
// text.
//
// How: each argument is read once and becomes canonical text (read.js). The text is checked, hashed with Web Crypto (hash.js) and
// compared, in the steps of FORMAT section 11. Each difference becomes an issue (report.js).

import { CONCURRENT, digestText, rootFrom, rootOf } from './verify/hash.js';
import {
  array,
  freeze,
  hasOwn,
  indexOf,
  isAbsent,
  isArray,
  match,
  normalize,
  parse,
  promising,
  slice,
  sort,
  table,
  unit,
  withoutThen,
} from './verify/own.js';
import {
  AWAITED,
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
  isObject,
  isPlainObject,
  isStopped,
  isString,
  iterable,
  json,
  LIMITS,
  list,
  object,
  open,
  parseObject,
  quote,
  ROW,
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
import { add, append, compare, HALF, isFull, join, published, refusal, shown, tooBig } from './verify/report.js';

export { SnapshotError } from './verify/report.js';

// The objects of FORMAT sections 1, 3, 4 and 6, with their members in the order of ERRORS.md sections 5 and 8.1.

const strings = list(string);
const SOURCE = table({ kind: filled, key: filled, version: [string], required: [boolean], description: [string] });
const source = (document, path, value) => {
  const texts = take(document, path, value, SOURCE);
  document.sourceTexts_[document.sourceTexts_.length] = texts;
  return compose(texts);
};
const sources = (document, path, value) => {
  document.sourceTexts_ = array();
  return list(source)(document, path, value);
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
/** Reads a manifest that was parsed from canonical JSON, so its length has been checked already. */
const manifest = (document, path, value) => {
  const own = read(document.faults_, path, value, MANIFEST, STRICT);
  if (!own.isValid_) return;
  own.canonicalText_ = canonical(value);
  own.size_ = own.texts_.itemCount;
  own.root_ = parse(own.texts_.itemsRoot);
  document.manifest_ = own;
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
/** The trusted values of a snapshot and of a chain. */
const EXPECTED = table({ hash: [digestRule], seal: [digestRule] });
const SEALED = table({ seal: [digestRule] });
const BOUNDS = table();
for (const name in LIMITS) BOUNDS[name] = [integerTo(LIMITS[name])];
/** Maximum canonical bytes of the items that are hashed concurrently. */
const CONCURRENT_BYTES = 2 ** 20;
/** Names that are mistaken for `expect`, with the right one. */
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
/** Reads a manifest beside a record or in a proof: checked as JSON first, then as a manifest. */
const jsonManifest = (document, path, value) => {
  if (!isPlainObject(value)) return wrong(document.faults_, path, 'object', value);
  const own = open(0, document.bounds_);
  const text = json(own, path, value, 1);
  if (close(own, document.faults_, path)) manifest(document, path, parseObject(text));
};
const PROOF = table({
  itemId: filled,
  leafIndex: integer,
  path: list(digestRule),
  manifest: jsonManifest,
  hash: digestRule,
});
/** Reads the item of a neighbour in a proof of absence, which is a document of its own and never JSON text. */
const neighbourItem = (document, path, value) => {
  document.itemTexts_ = read(document.faults_, path, value, ITEM, AWAITED).texts_;
};
const NEIGHBOUR = table({ ...PROOF, digest: digestRule, item: [neighbourItem] });
const ABSENCE = table({
  itemId: filled,
  before: [
    (document, path, value) => {
      document.before_ = read(document.faults_, path, value, NEIGHBOUR);
    },
  ],
  after: [
    (document, path, value) => {
      document.after_ = read(document.faults_, path, value, NEIGHBOUR);
    },
  ],
  // With a neighbour, it is a member like any other that is not known.
  manifest(document, path, value) {
    if (!document.before_ && !document.after_) jsonManifest(document, path, value);
  },
});

/** Removes the quotes of a digest; undefined stays undefined. */
const bare = (text) => text && parse(text);
/** Writes the hashed text of an item: U+0000 is the prefix byte 0. */
const leafText = (texts) => `\0${compose(texts)}`;
// A verification is valid because of what was compared, not because nothing was found. Its evidence has an entry for each comparison,
// which is false until the comparison was made and matched. The absence of issues proves nothing.

/** Makes the result, a plain object; that of a chain has `more` members. */
// F11-13, E8-1, E8-2
const conclude = (issues, evidence, anchor, more) => {
  let isWhole = true;
  for (const name in evidence) isWhole &&= evidence[name] === true;
  if (!isWhole && !issues.length)
    add(issues, '', 'mismatch', `Not verified: the ${more ? 'chain' : 'snapshot'} was not compared`);
  const valid = isWhole && !issues.length;
  return freeze(withoutThen({ valid, issues: published(issues), anchor, ...more }));
};

/** Refuses surplus arguments, which a caller may believe to be a trusted value. */
// E8-4
const refuseMore = (more, count, name, why = '') => {
  if (more.length) {
    throw new TypeError(
      `${name} takes ${count} argument${count > 1 ? 's' : ''}, received ${count + more.length}${why}`,
    );
  }
};

/** Returns true if the texts of all members of two objects are equal. */
const isSame = (issues, path, shape, expected, found) => {
  let same = true;
  for (const name in shape) {
    const show = name === 'hash' ? bare : (text) => text;
    same = compare(issues, join(path, name), show(expected[name]), show(found[name])) && same;
  }
  return same;
};

/** Reads the limits; if there is an issue, those of the format apply. */
// E4.4-5, E4.4-6
const limitsOf = (issues, value) => {
  const limits = table({ ...LIMITS });
  if (isAbsent(value) || value === null) return limits;
  if (!isPlainObject(value)) wrong(issues, 'limits', 'object', value);
  else {
    const { texts_: texts, isValid_: isValid } = read(issues, 'limits', value, BOUNDS, STRICT);
    if (isValid) for (const name in texts) limits[name] = parse(texts[name]);
  }
  return limits;
};

/**
 * Reads the trusted values. There must be at least one: otherwise nothing would be compared, and everything would pass.
 */
// E8-10, E8.1-30
const trustOf = (issues, value, shape, what) => {
  if (!isPlainObject(value)) return wrong(issues, 'expect', `plain object with ${what}`, value);
  const own = table();
  let isEmpty = true;
  for (const name in shape) {
    // A member that is not enumerable counts, too.
    if (hasOwn(value, name)) own[name] = value[name];
    isEmpty &&= (own[name] ?? '') === '';
  }
  if (isEmpty) add(issues, 'expect', 'missing', `Missing: expected ${what} to compare with`);
  return read(issues, 'expect', isEmpty ? table() : own, shape).texts_;
};

/** Compares the trusted values, and returns the anchor. */
// F11-8, E8-3, E8.1-8
const compareTrusted = (issues, texts, found, evidence) => {
  let anchor = 'none';
  let isHeld = true;
  for (const name in texts) {
    if (texts[name] && found[name] && compare(issues, join('expect', name), bare(texts[name]), found[name]))
      anchor = name;
    else isHeld = false;
  }
  evidence.expect ||= isHeld && anchor !== 'none';
  return anchor;
};

/** Computes the id of the event of a snapshot: a UUID version 8 (FORMAT 5.3). */
// F5.3-1
const eventId = promising(async (snapshotId) => {
  const digits = await digestText(`{"event":"context.snapshot.created","snapshotId":${snapshotId}}`);
  const part = (from, to) => slice(digits, from + 7, to + 7);
  const variant = '89ab'[`0x${part(16, 17)}` % 4];
  return `"${part(0, 8)}-${part(8, 12)}-8${part(13, 16)}-${variant}${part(17, 20)}-${part(20, 32)}"`;
});

/** The comparisons in a record: `hash`, `packKey`, `packVersion`, `itemCount`, `createdBy`, `grant`, `seal`. */
const COMPARISONS = 7;

/** Runs steps 1 to 5, and returns the computed values. */
// F11-1, F11-2, F11-3, F11-4, F11-5
const verifyRecord = promising(async (issues, path, value, limits) => {
  const metadataPath = join(path, 'metadata');
  const place = join(metadataPath, '$snapshot');
  const document = read(issues, path, value, RECORD, AWAITED, limits, metadataPath);
  const { texts_: texts, parts_: parts } = document;
  const found = table({ texts_: texts, snapshotId_: bare(texts.snapshotId) });
  if (isStopped(document) || !texts.metadata) return found;

  const snapshot = parts.$snapshot && parseObject(parts.$snapshot);
  const own = read(issues, place, snapshot, SNAPSHOT, STRICT);
  const { manifest_: recorded } = own;
  const { actor, grant, userId, requestedBy, seal, parent, traceId } = own.texts_;
  // An issue about `metadata` was reported already.
  if (isAbsent(actor)) return found;
  let equalCount = 0;
  const check = (path, name, expected, text) => {
    if (text !== null && compare(issues, join(path, name), expected, text)) equalCount++;
  };
  const same = (name, expected) => check(path, name, expected, texts[name]);
  if (recorded) {
    found.manifest_ = recorded;
    found.hash = await digestText(recorded.canonicalText_);
    check(path, 'hash', found.hash, bare(texts.hash));
    same('packKey', recorded.packTexts_.packKey);
    same('packVersion', recorded.packTexts_.version);
    same('itemCount', recorded.size_);
  }
  if (userId !== null && requestedBy !== null) same('createdBy', userId ?? requestedBy);
  if (actor && grant) check(place, 'grant', actor === '"admin"' ? '"actor"' : '"role"', grant);
  if (document.isValid_ && own.isValid_) {
    delete snapshot.seal;
    parts.$snapshot = canonical(snapshot);
    texts.metadata = compose(parts);
    found.seal = await digestText(compose(texts));
    found.parent_ = bare(parent);
    found.traceId_ = traceId;
    check(place, 'seal', found.seal, bare(seal));
  }
  found.isVerified_ = equalCount === COMPARISONS;
  return found;
});

/** Runs step 7. Returns the index if it has no issue. */
// F11-7, E8-13, E8.1-7
const verifyIndex = promising(async (issues, value, recorded, evidence, limits) => {
  const ids = array();
  const digests = array();
  const byId = table();
  let order;
  let isValid = isArray(value) || wrong(issues, 'index', 'array', value);
  let length = isValid ? value.length : 0;
  if (length > limits.items) {
    isValid = tooBig(issues, 'index', `${limits.items} items`);
    length = 0;
  }
  for (let at = 0; at < length && !isFull(issues); at++) {
    const entry = read(issues, join('index', at), element(value, at), ENTRY, 0, limits);
    isValid &&= entry.isValid_;
    if (!entry.isValid_) continue;
    const id = parse(entry.texts_.itemId);
    const last = ids.length;
    ids[last] = id;
    digests[last] = byId[id] = parse(entry.texts_.digest);
    if (ids[last - 1] >= id) {
      const place = (at) => `${shown(ids[at])} (index.${at})`;
      order ??= `Unsorted index: expected itemIds in ascending order of UTF-16 code units, found ${place(last - 1)} before ${place(last)}`;
    }
  }
  isValid &&= !order || add(issues, 'index', 'mismatch', order);
  if (isValid && recorded) {
    evidence.index = isValid =
      compare(issues, 'index', recorded.size_, `${ids.length}`) &&
      compare(issues, 'index', recorded.root_, await rootOf(digests));
  }
  return isValid ? table({ ids_: ids, byId_: byId }) : undefined;
});

/**
 * Returns a name that all sources have whose kind and key are the same in Unicode normalization form C. Long ones stay as they are: engines take time
 * quadratic in the number of combining characters that follow each other.
 */
// E4-15
const normalName = (kind, key) => {
  const text = parse(kind) + parse(key);
  let { length } = text;
  for (let at = 0; at < text.length; at++) if (!unit(text, at)) length++;
  return `n${length < 124 ? normalize(kind + key) : kind + key}`;
};

/** Runs steps 9 to 11. */
// F11-9, F11-10, F11-11
const verifyItems = promising(async (issues, items, found, evidence, limits, index, isRow) => {
  const { snapshotId_: ownId, manifest_: recorded } = found;
  const values = iterable(issues, 'items', items);
  if (!values) return;
  const { length } = issues;
  // The names of sources that have an item. Names with a letter before them are of items that almost match a source: with another
  // kind or version, or in another normalization. They explain a missing source.
  const sources = table();
  const seen = table();
  const ids = array();
  // Items whose digests are being computed, and their bytes.
  const pending = array();
  let weight = 0;
  let position = 0;
  let size = 0;
  let matched = 0;
  let total = 0;
  let isShaped = true;
  let id;
  let isAgain;
  const shape = itemShape((document, path, value) => {
    id = value;
    document.itemId_ = isString(value) && value.length + 2 <= limits.documentBytes ? value : undefined;
    // E8-14, E8.1-27
    // Issues about the string itself are about the whole row id.
    if (isRow && value && isString(value) && !match(HALF, value)) {
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
    if (text) {
      isAgain = seen[id];
      if (isAgain) add(document.faults_, path, 'duplicate', `Duplicate itemId: also at items.${isAgain.position_}`);
      else seen[id] = table({ position_: position });
    }
    return text;
  });
  /** Awaits and compares the pending digests, in the order of their items, and then reports a limit that was reached, if any. */
  const flush = promising(async (most) => {
    for (const at in pending) {
      const { id_: id, path_: path, digest_: computing } = pending[at];
      const digest = await computing;
      const expected = index?.byId_[id];
      seen[id].leaf_ = digest;
      if (digest === expected) matched++;
      else if (index) {
        const what = expected ? `changed: expected ${expected}, found ${digest}` : 'is not in the index';
        add(issues, path, expected ? 'changed' : 'extra', `Item ${shown(id)} ${what}`, id);
      }
    }
    pending.length = weight = 0;
    if (most) tooBig(issues, 'items', most);
  });

  for (const value of values) {
    if (position === limits.items) return await flush(`${position} items`);
    const path = join('items', position);
    isAgain = undefined;
    const faults = array();
    const {
      texts_: texts,
      isValid_: isValid,
      isTooLong_: long,
      bytes_: bytes,
    } = read(faults, path, value, shape, ROW, limits);
    if (!isAgain) size++;
    if (isValid || (isAgain && !long && faults.length === 1)) {
      const { kind, sourceKey, sourceVersion } = texts;
      // Needs no separator, because canonical strings have quotes.
      const name = kind + sourceKey;
      const version = sourceVersion ?? '';
      sources[name] = sources[name + version] = sources[normalName(kind, sourceKey)] = true;
      sources[`v${name}`] ??= version;
      sources[`k${sourceKey}`] ??= kind;
    } else isShaped = false;
    if (isValid) {
      total += bytes;
      if (total > limits.totalBytes) return await flush(`${limits.totalBytes} canonical bytes in total`);
      weight += bytes;
      ids[ids.length] = id;
      pending[pending.length] = table({ id_: id, path_: path, digest_: digestText(leafText(texts)) });
    }
    // So few are pending at once that no more items are read than if each digest were awaited before the next item.
    if (!isValid || weight > CONCURRENT_BYTES || pending.length + issues.length >= CONCURRENT) await flush();
    append(issues, faults);
    if (isFull(issues)) return;
    position++;
  }
  await flush();

  for (const at in index?.ids_) {
    id = index.ids_[at];
    if (!seen[id]) add(issues, join('index', at), 'missing', `Item ${shown(id)} is missing`, id);
  }
  if (index) evidence.items = matched === index.ids_.length && matched === position;
  else if (recorded) {
    const isCounted = compare(issues, 'items', recorded.size_, `${size}`);
    if (issues.length === length) {
      sort(ids);
      for (const at in ids) ids[at] = seen[ids[at]].leaf_;
      evidence.items = compare(issues, 'items', recorded.root_, await rootOf(ids)) && isCounted;
    }
  }
  if (!isShaped || !recorded) return;
  evidence.sources = true;
  for (const at in recorded.sourceTexts_) {
    const { kind, key, version = '', required } = recorded.sourceTexts_[at];
    const name = kind + key;
    if (required !== 'true' || sources[name + version]) continue;
    const show = (text) => shown(parse(text));
    const other = sources[`v${name}`];
    const otherKind = sources[`k${key}`];
    let hint = '';
    if (!isAbsent(other)) hint = `of this kind and key has ${other ? `version ${show(other)}` : 'no version'}`;
    else if (otherKind) hint = `of this key has kind ${show(otherKind)}`;
    else if (sources[normalName(kind, key)]) hint = 'has this kind and key in another Unicode normalization';
    const text = `${show(kind)} ${show(key)}${version && `@${show(version)}`}${hint && `; an item ${hint}`}`;
    evidence.sources = add(issues, join('pack.sources', at), 'missing_source', `Required source has no item: ${text}`);
  }
});

/** Verifies a snapshot (FORMAT section 11, ERRORS section 8.1). */
// E8.1-23
export const verifySnapshot = promising(async (parts, ...more) => {
  refuseMore(more, 1, 'verifySnapshot', ': put trusted values into expect');
  const given = isObject(parts) ? parts : table();
  const known = table({ itemsJson: true });
  const member = reader(given);
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
  const manifest = get('manifest');
  const output = get('output');
  const expect = get('expect');
  const items = get('items');
  const isTrusting = !isAbsent(expect) || member('expect', true);
  const unknownIssues = array();
  // E8.1-31
  unknown(unknownIssues, undefined, given, known, HINTS);
  const faults = array();
  const limits = limitsOf(faults, bounds);

  const issues = array();
  const evidence = table({
    record: false,
    pack: isAbsent(pack) || pack === null,
    index: isAbsent(entries),
    event: isAbsent(event),
    manifest: isAbsent(manifest),
    output: isAbsent(output),
    expect: !isTrusting,
    items: false,
    sources: false,
  });
  /** Compares a part that repeats values of the record with the expected texts. */
  const compareCopy = (name, value, shape, mode, expected) => {
    const { texts_: texts, isValid_: isValid } = read(issues, name, value, shape, mode, limits);
    evidence[name] = isValid && expected && isSame(issues, name, shape, expected, texts);
  };
  const found = await verifyRecord(issues, 'record', record, limits);
  const { manifest_: recorded, seal, texts_: texts } = found;
  evidence.record = found.isVerified_;
  // F11-6
  if (!evidence.pack) compareCopy('pack', pack, PACK, AWAITED, recorded?.packTexts_);
  const index = evidence.index ? undefined : await verifyIndex(issues, entries, recorded, evidence, limits);
  const document = open();
  if (!isAbsent(rowIds)) boolean(document, 'rowIds', rowIds);
  append(issues, document.faults_);
  append(issues, faults);
  // F11-12
  if (!evidence.event) {
    const own = read(issues, 'event', event, EVENT, STORED, limits);
    if (own.isValid_ && seal) {
      const expected = table({
        id: await eventId(texts.snapshotId),
        occurredAt: texts.createdAt,
        traceId: found.traceId_,
      });
      const isEvent = isSame(issues, 'event', expected, expected, own.texts_);
      evidence.event = isSame(issues, 'event.payload', PAYLOAD, texts, own.payloadTexts_) && isEvent;
    }
  }
  if (!evidence.manifest) {
    const own = open(0, limits);
    jsonManifest(own, 'manifest', manifest);
    if (close(own, issues) && found.hash) {
      evidence.manifest = compare(issues, 'manifest', found.hash, await digestText(own.manifest_.canonicalText_));
    }
  }
  if (!evidence.output) compareCopy('output', output, PAYLOAD, STORED, seal && texts);
  const trusted = isTrusting ? trustOf(issues, expect, EXPECTED, 'a hash or a seal') : undefined;
  const anchor = compareTrusted(issues, trusted, found, evidence);
  if (trusted) unknown(issues, 'expect', expect, EXPECTED);
  append(issues, unknownIssues);
  if (!isFull(issues)) await verifyItems(issues, items, found, evidence, limits, index, rowIds === true);
  return conclude(issues, evidence, anchor);
});

/** Compares the links of a chain, and returns the newest record: the last one in the right order. */
// F11-19, E8-11, E8.2-3
const verifyLinks = (issues, links, evidence) => {
  const last = links.length - 1;
  const known = table();
  const next = table();
  let isLinked = true;
  for (const at in links) {
    const { seal, parent_: before } = links[at];
    isLinked &&= seal && !known[seal];
    known[seal] = true;
    next[before] = at;
  }
  let first;
  for (const at in links) if (!known[links[at].parent_]) first = at;
  let newest = links[last];
  let text = '';
  let place = 0;
  let isSorted = true;
  for (let at = first; isLinked && !isAbsent(at); at = next[newest.seal]) {
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
    if (seal && after.seal && compare(issues, path, seal, after.parent_)) linked++;
  }
  evidence.links = linked === last;
  return links[last];
};

/** Verifies a chain of records (FORMAT section 11, ERRORS section 8.2). */
// E8.2-1, E8.2-2
export const verifyChain = promising(async (records, options, ...more) => {
  refuseMore(more, 2, 'verifyChain');
  const issues = array();
  const given = isObject(options) ? options : table();
  const get = reader(given);
  const expect = get('expect');
  const isTrusting = !isAbsent(expect) || get('expect', true);
  if (options !== given && !isAbsent(options)) wrong(issues, 'options', 'object', options);
  unknown(issues, undefined, given, table({ expect: true }), CHAIN_HINTS);
  const trusted = isTrusting ? trustOf(issues, expect, SEALED, 'a seal') : undefined;
  if (trusted) unknown(issues, 'expect', expect, SEALED);

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
        parent_: before,
        isVerified_: isVerified,
      } = await verifyRecord(issues, join('records', links.length), value, LIMITS);
      links[links.length] = table({ seal, parent_: before });
      if (isVerified) whole++;
    }
    const { length } = links;
    if (!length) add(issues, 'records', 'too_small', 'Too small: expected iterable to have >=1 items');
    else if (!isFull(issues)) {
      evidence.records = whole === length;
      newest = verifyLinks(issues, links, evidence);
    }
  }
  const anchor = compareTrusted(issues, trusted, newest, evidence);
  return conclude(issues, evidence, anchor, { length: links.length });
});

/** Returns true if a proof is about the trusted hash, and its path leads from a leaf hash to the root of its manifest. */
// F6-3, F6-4, F6-6
const leadsToRoot = promising(async ({ texts_: claim, manifest_: recorded }, leaf, hash) => {
  const at = parse(claim.leafIndex);
  const last = recorded.size_ - 1;
  if (parse(claim.hash) !== hash || at > last || (await digestText(recorded.canonicalText_)) !== hash) return false;
  return (await rootFrom(leaf, at, last, parse(claim.path))) === recorded.root_;
});

/** Verifies an inclusion proof (FORMAT section 6, ERRORS section 8.3). */
// F6-5, E8.3-1
export const verifyItem = promising(async (item, proof, hash, ...more) => {
  refuseMore(more, 3, 'verifyItem');
  const claim = read(array(), undefined, proof, PROOF);
  const { texts_: texts, isValid_: isValid } = read(array(), undefined, item, ITEM, ROW);
  if (!claim.isValid_ || !isValid || !claim.manifest_ || claim.texts_.itemId !== texts.itemId) return false;
  return await leadsToRoot(claim, await digestText(leafText(texts)), hash);
});

/** Returns true if a neighbour in a proof of absence is a leaf of the snapshot, and if its item, if it is there, is that leaf's. */
// F6.1-6
const isLeaf = promising(async (neighbour, hash) => {
  const { texts_: claim, itemTexts_: texts } = neighbour;
  const digest = parse(claim.digest);
  if (texts && (texts.itemId !== claim.itemId || (await digestText(leafText(texts))) !== digest)) return false;
  return await leadsToRoot(neighbour, digest, hash);
});

/** Verifies a proof that no item has an id (FORMAT section 6.1, ERRORS section 8.6). */
// F6.1-4, F6.1-7, F6.1-8, E8.6-1
export const verifyAbsence = promising(async (itemId, proof, hash, ...more) => {
  refuseMore(more, 3, 'verifyAbsence');
  const claim = read(array(), undefined, proof, ABSENCE);
  if (!claim.isValid_ || parse(claim.texts_.itemId) !== itemId) return false;
  const { before_: before, after_: after, manifest_: recorded } = claim;
  if (recorded) {
    if (recorded.size_ !== '0' || recorded.root_ !== (await digestText(''))) return false;
    return (await digestText(recorded.canonicalText_)) === hash;
  }
  const idOf = (neighbour) => parse(neighbour.texts_.itemId);
  const placeOf = (neighbour) => parse(neighbour.texts_.leafIndex);
  const place = before ? placeOf(before) + 1 : 0;
  if (place !== (after ? placeOf(after) : parse(before.manifest_.size_))) return false;
  if (before && !(idOf(before) < itemId && (await isLeaf(before, hash)))) return false;
  return !after || (idOf(after) > itemId && (await isLeaf(after, hash)));
});

/** Returns the canonical text of any value. */
const canonical = (value, from) => {
  const document = open();
  const text = json(document, undefined, value, 1);
  if (!close(document, array())) throw refusal(document.faults_, from);
  return text;
};

/** Writes the canonical JSON of a value (RFC 8785). */
export const canonicalize = promising(async (value) => canonical(value, canonicalize));

/** Computes the SHA-256 of the canonical JSON of a value. */
export const digest = promising(async (value) => await digestText(canonical(value, digest)));
