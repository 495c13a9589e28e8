// Measures the length of a document, even if something in it is wrong (ERRORS 6.1).
//
// How: a measure takes a value and returns its length in bytes, 0 if it has the wrong type. The measure of an object lists its
// members; `??` marks those that are absent if they are null. Unknown columns of a row are not read, so they do not count.

import canonicalize from 'canonicalize';
import * as shape from '../shapes.js';

const json = (value) => Buffer.byteLength(canonicalize(value));
const ifType = (is) => (value) => (is(value) ? json(value) : 0);
const string = ifType((value) => typeof value === 'string');
const boolean = ifType((value) => typeof value === 'boolean');
const count = ifType((value) => Number.isSafeInteger(value) && value >= 0);
/** Measures any JSON value as it is, whatever members it should have. */
const anyObject = ifType(shape.isObject);
const silent = () => undefined;
/** Measures a time in its canonical form, and a string that is not a time as it is. */
const time = (value) => string(shape.time(silent, '', value) ?? value);

/** Measures two brackets, the elements, and the commas between them. */
const enclosed = (sizes) => 2 + sizes.reduce((sum, size) => sum + size, 0) + Math.max(sizes.length - 1, 0);
const list = (element) => (value) => (Array.isArray(value) ? enclosed(value.map(element)) : 0);
const object = (measures) => (value) => {
  if (!shape.isObject(value)) return 0;
  const sizes = Object.entries(measures).map(([key, measure]) => {
    const name = key.replace('??', '');
    const isAbsent = !Object.hasOwn(value, name) || (key !== name && value[name] === null);
    return isAbsent ? undefined : json(name) + 1 + measure(value[name]);
  });
  return enclosed(sizes.filter((size) => size !== undefined));
};

const source = object({
  kind: string,
  key: string,
  'version??': string,
  'required??': boolean,
  'description??': string,
});
export const record = object({
  ...{ snapshotId: string, packKey: string, packVersion: string, hash: string, itemCount: count, createdAt: time },
  ...{ 'createdBy??': string, metadata: anyObject },
});
export const pack = object({
  ...{ packKey: string, version: string, title: string, 'description??': string },
  ...{ 'owners??': list(string), 'tags??': list(string), 'sources??': list(source) },
});
export const entry = object({ itemId: string, digest: string });
export const output = object({
  ...{ snapshotId: string, packKey: string, packVersion: string, hash: string, itemCount: count, createdAt: time },
});
export const event = object({
  ...{ id: string, key: string, version: string, occurredAt: time, 'traceId??': string, payload: output },
});
export const manifest = anyObject;
