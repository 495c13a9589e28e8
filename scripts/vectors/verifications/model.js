// Computes what a verifier must find in parts that came from JSON text: ERRORS 8.1 and 8.2, over the steps of FORMAT 11.
//
// Why: cases whose only known answer is the library's own would prove nothing. This is a second implementation, written
// from the documents, on node:crypto and a canonicalizer by other authors.
//
// How: one function per step, in the order of the table in ERRORS 8.1. Each returns what it read or computed, or undefined.
// A step skips comparisons with undefined. Levels and unpaired surrogates are measured in the whole document, so no case has
// a document that is both near a limit and wrong in one of these (ERRORS 6.1).

import canonicalize from 'canonicalize';
import { eventIdFor, leaf, root, sha256, toDigest } from '../../../tests/node/support/format.js';
import * as pack from '../manifest-shape.js';
import * as say from '../messages.js';
import * as shape from '../shapes.js';
import * as measure from './measures.js';

const inOurs = (path) => `${path}.metadata.$snapshot`;
const LIMITS = {
  ...{ documentBytes: 268_435_456, levels: 1000 },
  ...{ items: Number.MAX_SAFE_INTEGER, totalBytes: Number.MAX_SAFE_INTEGER },
};
const PARTS = 'record items pack index rowIds limits event manifest output expect itemsJson'.split(' ');
const ITEM = 'itemId kind sourceKey sourceVersion content textContent metadata'.split(' ');
const PACK = 'packKey version title description owners tags sources'.split(' ');
const HINTS = {
  hash: '. Did you mean expect.hash?',
  seal: '. Did you mean expect.seal?',
  expected: '. Did you mean expect?',
};

const hashOf = (value) => toDigest(sha256(canonicalize(value)));
const size = (value) => Buffer.byteLength(canonicalize(value));
const rootOf = (digests) => toDigest(root(digests.map((digest) => Buffer.from(digest.slice(7), 'hex'))));
const byUnits = (left, right) => (left < right ? -1 : Number(left > right));
const pick = (object, names) =>
  Object.fromEntries(names.filter((one) => one in object).map((one) => [one, object[one]]));

/** Reports values that differ; `isDigest` shows both without quotes. */
function compare(report, path, expected, found, isDigest = false) {
  if (canonicalize(expected) !== canonicalize(found)) report(shape.different(path, expected, found, isDigest));
}

/** Reads the limits; returns those that apply, and the issues, which are listed with those of step 7. */
function readLimits(given) {
  const issues = [];
  const report = (issue) => void issues.push(issue);
  const atMost = (most) => (_, path, value) =>
    Number.isSafeInteger(value) && value >= 0 && value <= most
      ? value
      : report(say.wrong(path, `integer from 0 to ${most}`, shape.received(value)));
  if (given === undefined || given === null || shape.object(report, 'limits', given) === undefined) {
    return { limits: LIMITS, issues };
  }
  const checks = Object.fromEntries(Object.entries(LIMITS).map(([one, most]) => [`${one}?`, atMost(most)]));
  const right = shape.whole(report, 'limits', given, checks, true);
  return { limits: { ...LIMITS, ...right }, issues };
}

/** Steps 1 and 2: reads the record. */
function readRecord(report, given, limits, path = 'record') {
  if (shape.object(report, path, given) === undefined) return {};
  if (measure.record(given) > limits.documentBytes) {
    report(say.tooLong(`${path}.metadata`, limits.documentBytes));
    // Row ids start with it, however long the record is.
    return { record: { snapshotId: shape.snapshotId(() => undefined, '', given.snapshotId) } };
  }
  const { taken: record, isRight } = shape.members(report, path, given, {
    ...{ snapshotId: shape.snapshotId, packKey: shape.name, packVersion: shape.string, hash: shape.digest },
    ...{ itemCount: shape.count, createdAt: shape.time, 'createdBy??': shape.string },
    metadata: (reportItem, where, value) => shape.object(reportItem, where, value, 'record'),
  });
  const isJson = record.metadata && shape.json(report, `${path}.metadata`, record.metadata, 2, limits.levels);
  if (!isJson) return { record };
  const $snapshot = shape.object(report, inOurs(path), record.metadata.$snapshot);
  if ($snapshot === undefined) return { record };
  const checks = {
    ...{ manifest: pack.manifest, seal: shape.digest, actor: shape.oneOf(['admin', 'user']) },
    ...{ grant: shape.oneOf(['actor', 'role']), 'userId?': shape.name, 'reason?': shape.string },
    ...{ 'requestedBy?': shape.string, 'traceId?': shape.string, 'idemKey?': shape.name, 'tenantId?': shape.string },
    ...{ 'organizationId?': shape.string, 'workspaceId?': shape.string, 'channel?': shape.string },
    'parent?': shape.digest,
  };
  const { taken: ours, isRight: isOurs } = shape.members(report, inOurs(path), $snapshot, checks);
  const isClosed = shape.closed(
    report,
    inOurs(path),
    $snapshot,
    Object.keys(checks).map((key) => key.replace('?', '')),
  );
  /** Returns whether a member is valid, or absent and optional. */
  const isGood = (one) => one in ours || !(one in $snapshot);
  return { record, given, ours, isGood, isWhole: isRight && isOurs && isClosed };
}

/** Steps 3 to 5: compares the record, and returns the computed values. */
function compareRecord(report, { record, given, ours, isGood, isWhole }, path = 'record') {
  const manifest = ours?.manifest;
  const hash = manifest && hashOf(manifest);
  if (hash && record.hash !== undefined) compare(report, `${path}.hash`, hash, record.hash, true);
  if (manifest) {
    const same = { packKey: manifest.pack.packKey, packVersion: manifest.pack.version, itemCount: manifest.itemCount };
    for (const [one, expected] of Object.entries(same)) {
      if (record[one] !== undefined) compare(report, `${path}.${one}`, expected, record[one]);
    }
  }
  if (ours) {
    const isCreator = record.createdBy !== undefined || (given.createdBy ?? null) === null;
    if (isCreator && isGood('userId') && isGood('requestedBy')) {
      compare(report, `${path}.createdBy`, ours.userId ?? ours.requestedBy, record.createdBy);
    }
    if (ours.actor && ours.grant) {
      compare(report, `${inOurs(path)}.grant`, { admin: 'actor', user: 'role' }[ours.actor], ours.grant);
    }
  }
  if (!isWhole) return { manifest, hash };
  const { seal, ...unsealed } = record.metadata.$snapshot;
  const computed = hashOf({ ...record, metadata: { ...record.metadata, $snapshot: unsealed } });
  compare(report, `${inOurs(path)}.seal`, computed, seal, true);
  return { manifest, hash, seal: computed };
}

/** Step 6: compares the pack. */
function comparePack(report, given, manifest, limits) {
  if (given === undefined || given === null) return;
  if (measure.pack(given) > limits.documentBytes) {
    report(say.tooLong('pack', limits.documentBytes));
    return;
  }
  const right = pack.storedPack(report, 'pack', given);
  if (!right || !manifest) return;
  for (const one of PACK) compare(report, `pack.${one}`, manifest.pack[one], right[one]);
}

/** Step 7: reads the index; returns it if it is usable. */
function readIndex(report, given, manifest, limits) {
  if (given === undefined) return undefined;
  if (Array.isArray(given) && given.length > limits.items) return report(say.tooMuch('index', limits.items, 'items'));
  const entry = (_, path, value) => {
    const one = shape.object(report, path, value);
    if (one && measure.entry(one) > limits.documentBytes) {
      return report(say.tooLong(path, limits.documentBytes));
    }
    return one && shape.whole(report, path, one, { itemId: shape.name, digest: shape.digest }, false);
  };
  const index = shape.list(entry)(report, 'index', given);
  if (!index) return undefined;
  const later = index.findIndex(({ itemId }, at) => at > 0 && byUnits(index[at - 1].itemId, itemId) >= 0);
  if (later !== -1) {
    const [before, after] = [index[later - 1], index[later]].map(({ itemId }) => say.shown(itemId));
    return report(say.unsorted('index', later, before, after));
  }
  if (!manifest) return index;
  if (index.length !== manifest.itemCount) {
    return report(shape.different('index', manifest.itemCount, index.length));
  }
  const found = rootOf(index.map(({ digest }) => digest));
  return found === manifest.itemsRoot ? index : report(shape.different('index', manifest.itemsRoot, found, true));
}

const OUTPUT = {
  ...{ snapshotId: shape.string, packKey: shape.string, packVersion: shape.string, hash: shape.digest },
  ...{ itemCount: shape.count, createdAt: shape.time },
};
function output(report, path, value) {
  const given = shape.object(report, path, value);
  return given && shape.whole(report, path, given, OUTPUT, false);
}
function compareOutput(report, path, record, right) {
  for (const one of Object.keys(OUTPUT)) compare(report, `${path}.${one}`, record[one], right[one], one === 'hash');
}

/** Step 12: compares the event, and the other parts beside the record. */
function compareOtherParts(report, parts, { record, ours }, computed, limits) {
  const { event, manifest, output: answer } = parts;
  const isLong = (path, bytes) => {
    const isOver = bytes > limits.documentBytes;
    if (isOver) report(say.tooLong(path, limits.documentBytes));
    return isOver;
  };
  if (event !== undefined) {
    if (!isLong('event', measure.event(event))) {
      const right = readEvent(report, event);
      if (right && computed.seal) {
        compare(report, 'event.id', eventIdFor(record.snapshotId), right.id);
        compare(report, 'event.occurredAt', record.createdAt, right.occurredAt);
        compare(report, 'event.traceId', ours.traceId, right.traceId);
        compareOutput(report, 'event.payload', record, right.payload);
      }
    }
  }
  if (manifest !== undefined && !isLong('manifest', measure.manifest(manifest))) {
    const right = pack.manifest(report, 'manifest', manifest);
    if (right && computed.hash) compare(report, 'manifest', computed.hash, hashOf(right), true);
  }
  if (answer !== undefined) {
    const right = isLong('output', measure.output(answer)) ? undefined : output(report, 'output', answer);
    if (right && computed.seal) compareOutput(report, 'output', record, right);
  }
}

function readEvent(report, value) {
  const given = shape.object(report, 'event', value);
  const fixed = (expected) => (_, path, one) => {
    const text = shape.string(report, path, one);
    return text === undefined || text === expected ? text : report(shape.different(path, expected, text));
  };
  const checks = {
    ...{ id: shape.string, key: fixed('context.snapshot.created'), version: fixed('1.0.0'), occurredAt: shape.time },
    ...{ 'traceId??': shape.string, payload: output },
  };
  return given && shape.whole(report, 'event', given, checks, false);
}

/** Reads the trusted values by the rules of ERRORS 8.1; `known` maps the allowed names to the computed values. */
function compareTrusted(report, given, known, described, nothing) {
  let anchor = 'none';
  const trusted = shape.object(report, 'expect', given, `plain object with ${described}`);
  if (!trusted) return anchor;
  const names = Object.keys(known);
  if (names.every((one) => [undefined, null, ''].includes(trusted[one]))) report(nothing);
  else {
    const checks = Object.fromEntries(names.map((one) => [`${one}?`, shape.digest]));
    const { taken } = shape.members(report, 'expect', trusted, checks);
    for (const [one, computed] of Object.entries(known)) {
      if (taken[one] === undefined || computed === undefined) continue;
      compare(report, `expect.${one}`, taken[one], computed, true);
      if (taken[one] === computed) anchor = one;
    }
  }
  shape.closed(report, 'expect', trusted, names);
  return anchor;
}

/** Step 8: compares with the trusted values; returns the anchor. */
function compareParts(report, parts, { hash, seal }) {
  const anchor = Object.hasOwn(parts, 'expect')
    ? compareTrusted(report, parts.expect, { hash, seal }, 'a hash or a seal', say.nothingExpected('expect'))
    : 'none';
  shape.closed(report, '', parts, PARTS, HINTS);
  return anchor;
}

/** Reads an item's id; removes the prefix of a row id (FORMAT 5.4). */
function itemIdOf(report, path, value, rowIds, snapshotId) {
  const id = shape.name(report, path, value);
  if (id === undefined || !rowIds) return id;
  const at = snapshotId === undefined ? id.indexOf(':') + 1 : snapshotId.length + 1;
  if (at === 0 || (snapshotId !== undefined && !id.startsWith(`${snapshotId}:`))) {
    const prefix = snapshotId === undefined ? 'a snapshotId and a colon' : `${say.shown(snapshotId)}:`;
    return report(say.noRowId(path, prefix));
  }
  return shape.name(report, path, id.slice(at));
}

/** Step 9: reads the items; returns the valid ones, and what steps 10 and 11 need. */
function readItems(report, given, { index, limits, rowIds, snapshotId }) {
  if (!Array.isArray(given)) {
    report(say.wrong('items', 'iterable', shape.received(given)));
    return undefined;
  }
  const first = new Map();
  const right = [];
  let [bytes, duplicates, isWrong] = [0, 0, false];
  for (const [at, one] of given.entries()) {
    const path = `items.${at}`;
    if (at >= limits.items) return report(say.tooMuch('items', limits.items, 'items'));
    const issues = [];
    const reportItem = (issue) => void issues.push(issue);
    const item =
      shape.object(reportItem, path, one) && readItem(reportItem, path, one, limits, { rowIds, snapshotId, first, at });
    if (issues.some(({ code }) => code === 'duplicate')) duplicates++;
    else if (issues.length === 0) right.push(item);
    if (issues.some(({ code }) => code !== 'duplicate')) isWrong = true;
    for (const issue of issues) report(issue);
    if (issues.length > 0) continue;
    bytes += size(item);
    if (bytes > limits.totalBytes) return report(say.tooMuch('items', limits.totalBytes, 'canonical bytes in total'));
    if (!index) continue;
    const entry = index.find(({ itemId }) => itemId === item.itemId);
    const digest = toDigest(leaf(canonicalize(item)));
    if (!entry) report(say.notInIndex(path, say.shown(item.itemId)));
    else if (entry.digest !== digest) report(say.changed(path, say.shown(item.itemId), entry.digest, digest));
  }
  for (const [at, { itemId }] of (index ?? []).entries()) {
    if (!first.has(itemId)) report(say.missing(`index.${at}`, say.shown(itemId)));
  }
  return { right, count: given.length - duplicates, isWrong, isComplete: right.length === given.length };
}

function readItem(report, path, one, limits, { rowIds, snapshotId, first, at }) {
  const itemId = itemIdOf(report, `${path}.itemId`, one.itemId, rowIds, snapshotId);
  if (itemId !== undefined && first.has(itemId)) report(say.duplicate(`${path}.itemId`, `items.${first.get(itemId)}`));
  else if (itemId !== undefined) first.set(itemId, at);
  const inside = (check) => (_, where, value) => {
    const given = check(report, where, value);
    return given !== undefined && shape.json(report, where, given, 2, limits.levels) ? given : undefined;
  };
  const content = (_, where, value) =>
    typeof value === 'string'
      ? shape.string(report, where, value)
      : shape.object(report, where, value, 'string or object');
  const { taken } = shape.members(report, path, one, {
    ...{ kind: shape.name, sourceKey: shape.name, 'sourceVersion??': shape.string },
    ...{ content: inside(content), 'textContent??': shape.string },
    'metadata??': inside((reportItem, where, value) => shape.object(reportItem, where, value, 'record')),
  });
  return pick({ itemId, ...taken }, ITEM);
}

/** Hints at the first item that comes nearest to a required source (ERRORS 4). */
function nearest(items, kind, key) {
  const ofKey = items.filter(({ sourceKey }) => sourceKey === key);
  const same = ofKey.find((item) => item.kind === kind);
  if (same) return same.sourceVersion === undefined ? say.NO_VERSION : say.otherVersion(say.shown(same.sourceVersion));
  if (ofKey.length > 0) return say.otherKind(say.shown(ofKey[0].kind));
  const form = (...names) => JSON.stringify(names.map((name) => name.normalize('NFC')));
  return items.some((item) => form(item.kind, item.sourceKey) === form(kind, key)) ? say.OTHER_FORM : '';
}

/** Steps 10 and 11: compares number and root, and looks for the items of required sources. */
function compareItems(report, items, manifest, index) {
  if (!index) {
    if (items.count !== manifest.itemCount) report(shape.different('items', manifest.itemCount, items.count));
    else if (items.isComplete) {
      const sorted = items.right.toSorted((left, right) => byUnits(left.itemId, right.itemId));
      const found = toDigest(root(sorted.map((item) => leaf(canonicalize(item)))));
      compare(report, 'items', manifest.itemsRoot, found, true);
    }
  }
  if (items.isWrong) return;
  for (const [at, { kind, key, version, required }] of (manifest.pack.sources ?? []).entries()) {
    const isFrom = (item) =>
      item.kind === kind && item.sourceKey === key && (version === undefined || item.sourceVersion === version);
    if (required !== true || items.right.some(isFrom)) continue;
    const source = `${say.shown(kind)} ${say.shown(key)}${version === undefined ? '' : `@${say.shown(version)}`}`;
    report(say.noItem(`pack.sources.${at}`, source, nearest(items.right, kind, key)));
  }
}

/** Computes the answer of `verifySnapshot`. */
export function verify(parts) {
  const issues = [];
  const report = (issue) => void issues.push({ ...issue, path: say.shown(issue.path) });
  const { limits, issues: ofLimits } = readLimits(parts.limits);
  const read = readRecord(report, parts.record, limits);
  const computed = compareRecord(report, read);
  comparePack(report, parts.pack, computed.manifest, limits);
  const index = readIndex(report, parts.index, computed.manifest, limits);
  const rowIds = parts.rowIds === undefined ? false : shape.boolean(report, 'rowIds', parts.rowIds);
  for (const issue of ofLimits) report(issue);
  compareOtherParts(report, parts, read, computed, limits);
  const anchor = compareParts(report, parts, computed);
  const items = readItems(report, parts.items, { index, limits, rowIds, snapshotId: read.record?.snapshotId });
  if (items && computed.manifest) compareItems(report, items, computed.manifest, index);
  return { valid: issues.length === 0, issues: say.listed(issues), anchor };
}

/** Orders records so that each parent is the seal of the one before; returns their positions, or undefined. */
function orderOf(seals, parents) {
  if (seals.includes(undefined) || new Set(seals).size < seals.length) return undefined;
  const order = [parents.findIndex((parent) => !seals.includes(parent))];
  while (order.length < seals.length) order.push(parents.indexOf(seals[order.at(-1)]));
  return order.includes(-1) || new Set(order).size < order.length ? undefined : order;
}

/** Computes the answer of `verifyChain` (ERRORS 8.2). */
export function verifyRecords(records, options = {}) {
  const issues = [];
  const report = (issue) => void issues.push({ ...issue, path: say.shown(issue.path) });
  const given = shape.object(report, 'options', options) ?? {};
  const hints = { ...HINTS, hash: HINTS.seal };
  shape.closed(report, '', given, ['expect'], hints);
  // Issues of `expect` itself come before the records, its mismatches after them.
  const trust = (reportItem, seal) =>
    Object.hasOwn(given, 'expect')
      ? compareTrusted(reportItem, given.expect, { seal }, 'a seal', say.nothingExpected('expect', 'a seal'))
      : 'none';
  trust(report);
  const length = Array.isArray(records) ? records.length : 0;
  if (!Array.isArray(records)) report(say.wrong('records', 'iterable', shape.received(records)));
  else if (length === 0) report(say.noRecord('records'));
  const seals = [];
  const parents = [];
  for (const [at, record] of (Array.isArray(records) ? records : []).entries()) {
    const path = `records.${at}`;
    const read = readRecord(report, record, LIMITS, path);
    seals.push(compareRecord(report, read, path).seal);
    parents.push(read.ours?.parent);
  }
  const order = orderOf(seals, parents) ?? [...seals.keys()];
  if (order.some((position, at) => position !== at)) report(say.outOfOrder('records', order.join(', ')));
  else {
    for (let at = 1; at < length; at++) {
      const [before, own] = [seals[at - 1], seals[at]];
      if (before && own) compare(report, `${inOurs(`records.${at}`)}.parent`, before, parents[at], true);
    }
  }
  const anchor = trust((issue) => void (issue.code === 'mismatch' && report(issue)), seals[order.at(-1)]);
  return { valid: issues.length === 0, issues: say.listed(issues), anchor, length };
}
