// ERRORS 6.1: parts of exactly the maximum length, and one byte longer; also wrong parts, whose valid portion counts.
//
// How: one member is filled up until the part has the length. The length that counts for a wrong value is given by hand.

import canonicalize from 'canonicalize';
import * as say from '../messages.js';
import { cites } from '../rules.js';
import { changed, quoted, row, WHOLE } from './base.js';

const size = (value) => Buffer.byteLength(canonicalize(value));
const MOST = size(WHOLE.record) + 1000;
const partsWith = (part) => ({
  ...{ record: WHOLE.record, items: WHOLE.items, limits: { documentBytes: MOST } },
  [part]: WHOLE[part],
});
const get = (parts, path) => path.split('.').reduce((value, name) => value?.[name], parts);
const put = (parts, path, value) => changed(parts, { set: { [path]: value } });

/** Sets a text at `path` that starts with `text`, so long that the part measures `length`. */
function filled(parts, path, text, length, measured) {
  const short = measured(put(parts, path, text));
  return put(parts, path, text + 'x'.repeat(length - short));
}

const right = ['event.id', 'event.payload.packKey', 'output.packKey', 'pack.title'].flatMap((path) => {
  const [part] = path.split('.');
  const ofLength = (length) => filled(partsWith(part), path, '', length, (parts) => size(parts[part]));
  const fits = ofLength(MOST);
  return [
    cites('F10-2, F10-7'),
    row(`${path}: exactly the maximum length`, fits, {}, [
      say.mismatch(path, quoted(get(WHOLE, path)), say.shown(quoted(get(fits, path)))),
    ]),
    cites('E6.1-1, E8.1-20'),
    row(`${path}: one byte too long`, ofLength(MOST + 1), {}, [say.tooLong(part, MOST)]),
  ];
});

/** The first and the last character of each length in UTF-8, also among escaped ones. */
const TEXT =
  '\u0000\u0007\b\t\n\u000b\f\r\u000e\u001f !"#[\\]\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}';
const STORED_TIME = '2026-03-01 09:15:30.123456+00';
const TIME_SIZE = size('2026-03-01T09:15:30.123Z');

const wrong = (expected, received) => (path) => say.wrong(path, expected, received);
/** Rows: the member to fill, the wrong member and its value, the bytes it counts, and the issue. */
const WRONG = [
  ['event.id', 'event.key', 5, 0, wrong('string', 'number')],
  ['event.id', 'event.version', [], 0, wrong('string', 'array')],
  ['event.id', 'event.occurredAt', 5, 0, wrong('date', 'number')],
  ['event.id', 'event.occurredAt', 'today', 7, (path) => say.noTime(path)],
  ['event.id', 'event.payload.createdAt', true, 0, wrong('date', 'boolean')],
  ['event.payload.packKey', 'event.payload.itemCount', -1, 0, wrong(say.COUNT, 'number')],
  ['event.payload.packKey', 'event.payload.itemCount', '1', 0, wrong(say.COUNT, 'string')],
  ['event.id', 'event.payload', [], 0, wrong('object', 'array')],
  ['output.packKey', 'output.itemCount', 0.5, 0, wrong(say.COUNT, 'number')],
  ['output.packKey', 'output.createdAt', {}, 0, wrong('date', 'object')],
  ['pack.title', 'pack.packKey', null, 0, wrong('string', 'null')],
  ['pack.title', 'pack.description', 5, 0, wrong('string', 'number')],
  ['pack.title', 'pack.owners', 5, 0, wrong('array', 'number')],
  ['pack.title', 'pack.owners.0', 5, 0, wrong('string', 'number')],
  ['pack.title', 'pack.tags.1', null, 0, wrong('string', 'null')],
  ['pack.title', 'pack.sources', {}, 0, wrong('array', 'object')],
  ['pack.title', 'pack.sources.1', 5, 0, wrong('object', 'number')],
  ['pack.title', 'pack.sources.0.required', 'yes', 0, wrong('boolean', 'string')],
  ['pack.title', 'pack.sources.0.kind', '', 2, say.empty],
  ['manifest.pack.title', 'manifest.itemCount', -1, 2, wrong(say.COUNT, 'number')],
  ['manifest.pack.title', 'manifest.itemsRoot', { a: [1, true, 'é'], b: null }, 28, wrong('string', 'object')],
  ['record.metadata.run', 'record.hash', 5, 0, wrong('string', 'number')],
  ['record.metadata.run', 'record.itemCount', -1, 0, wrong(say.COUNT, 'number')],
  ['record.metadata.run', 'record.createdAt', 'today', 7, (path) => say.noTime(path)],
  ['record.metadata.run', 'record.createdAt', [], 0, wrong('date', 'array')],
  ['record.metadata.run', 'record.createdBy', {}, 0, wrong('string', 'object')],
  ['record.metadata.run', 'record.metadata.$snapshot.actor', { x: [0.5, false] }, 17, wrong('string', 'object')],
];

const wrongCases = WRONG.flatMap(([fill, path, value, counted, issue]) => {
  const [part] = path.split('.');
  // A time counts in its canonical form, not as the store wrote it.
  const times = [`${part}.createdAt`, `${part}.occurredAt`];
  const timePath = times.find((one) => one !== path && get(WHOLE, one) !== undefined);
  const stored = timePath ? { [timePath]: STORED_TIME } : {};
  const parts = changed(partsWith(part), { set: { ...stored, [path]: value } });
  /** Zeros, of one byte each, replace the wrong value and the time. */
  const measured = (whole) => {
    const zeros = changed(whole, { set: { [path]: 0, ...(timePath && { [timePath]: 0 }) } });
    return size(zeros[part]) - 1 + counted + (timePath ? TIME_SIZE - 1 : 0);
  };
  const ofLength = (length) => filled(parts, fill, TEXT, length, measured);
  const shown = JSON.stringify(value);
  return [
    cites('E6.1-2, E6.1-3'),
    row(`${path} is ${shown}, exactly the maximum length`, ofLength(MOST), {}, [issue(path)]),
    row(`${path} is ${shown}, one byte too long`, ofLength(MOST + 1), {}, [
      say.tooLong(part === 'record' ? 'record.metadata' : part, MOST),
    ]),
  ];
});

export default [...right, ...wrongCases];
