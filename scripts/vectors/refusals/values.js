// Values that JSON cannot hold, in the notation of tests/node/support/values.js, and their names in `received`.

export const js = (kind, members = {}) => ({ $js: kind, ...members });

const kinds = (names) => names.split(' ').map((name) => [name, js(name), name]);
const object = (of) => js('Object', { of });
const proxy = (of) => js('proxy', { of });
const foreign = (code) => js('foreign', { code });
export const DATE = js('Date', { value: 0 });
export const NO_DATE = js('Date', { value: 'no date' });

/** Values that are not JSON (FORMAT 7.2): name, value, and the name in `received`. */
export const NOT_JSON = [
  ...kinds('NaN Infinity -Infinity bigint'),
  ['bigint 9007199254740993', js('bigint', { value: '9007199254740993' }), 'bigint'],
  ...kinds('symbol function'),
  ['class', js('class'), 'function'],
  ...kinds('Map Set WeakMap RegExp Error URL Uint8Array Float64Array Buffer ArrayBuffer DataView'),
  ['Object "a"', object('a'), 'String'],
  ['Object 1', object(1), 'Number'],
  ['Object true', object(true), 'Boolean'],
  ['Object bigint', object(js('bigint')), 'BigInt'],
  ['Object symbol', object(js('symbol')), 'Symbol'],
  // F13-1
  ...kinds('Thing Bare'),
  ['orphan', js('orphan'), 'object with a prototype'],
  ...kinds('Promise'),
  ['Date no date', NO_DATE, 'Invalid Date'],
  // F7.2-1
  ['proxy Map', proxy(js('Map')), 'Map'],
  ['proxy Thing', proxy(js('Thing')), 'Thing'],
  ['proxy Date 0', proxy(DATE), 'Date'],
  ['proxy function', proxy(js('function')), 'function'],
  ['foreign new Map()', foreign('new Map()'), 'Map'],
  ['foreign new (class Alien {})()', foreign('new (class Alien {})()'), 'Alien'],
  ['foreign new Date(NaN)', foreign('new Date(NaN)'), 'Invalid Date'],
  ["foreign Object('a')", foreign("Object('a')"), 'String'],
];
/** An invalid date is still a `Date` if neither a date nor a JSON value is expected (FORMAT 13). */
export const elsewhere = (received) => (received === 'Invalid Date' ? 'Date' : received);

/** A value of each type, for members of every kind. */
export const OF_EACH_TYPE = [
  ['5', 5, 'number'],
  ...kinds('NaN'),
  ['true', true, 'boolean'],
  ['[]', [], 'array'],
  ['{}', {}, 'object'],
  ['Date 0', DATE, 'Date'],
  ['Object "a"', object('a'), 'String'],
  ...kinds('Map Thing bigint symbol function Promise'),
];
export const NULL = ['null', null, 'null'];
/** Values that are valid inside `content` and `metadata`, but not as the whole. */
export const NO_OBJECT = [
  ['5', 5, 'number'],
  ['true', true, 'boolean'],
  NULL,
  ['[]', [], 'array'],
  ['["a"]', ['a'], 'array'],
  ['Date 0', DATE, 'Date'],
];
export const PROXY_OF_DATE = proxy(DATE);
