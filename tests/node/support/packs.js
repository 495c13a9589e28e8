// Makes packs whose items are just below and just above each limit of the code that reads them: lengths, names, shapes.
//
// How: a function makes each pack, the same one on each call, so that a test may modify it.

import { runInNewContext } from 'node:vm';

/** Returns random numbers from 0 to `bound`, exclusive (xorshift128), the same in every run. */
export function random(seed) {
  let [x, y, z, w] = [123456789, 362436069, 521288629, seed];
  return (bound) => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = (w ^ (w >>> 19) ^ (t ^ (t >>> 8))) >>> 0;
    return w % bound;
  };
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const times = (length, make) => Array.from({ length }, (_, at) => make(at));

/** Returns the values in a random order; `below` gives random numbers. */
export function shuffled(values, below) {
  const result = [...values];
  for (let at = result.length - 1; at > 0; at--) {
    const other = below(at + 1);
    [result[at], result[other]] = [result[other], result[at]];
  }
  return result;
}

export const item = (itemId, content, more) => ({ itemId, kind: 'k', sourceKey: 's', content, ...more });
const items = (contents) => contents.map((content, at) => item(`i${at}`, content));

// --- Text: strings up to 256 units are joined, joined text is cut at 16,384; text is read in blocks of 16, and buffers hold
// 4,096 ---

const LENGTHS = [range(0, 40), range(240, 272), range(4080, 4112), range(16368, 16400)].flat();
/** Characters that take 1 byte in V8 and 1 in UTF-8; 1 and 2; 2 and 3; 4 and 4 (a surrogate pair). */
const FILLINGS = ['x', 'é', '€', '😀'];

function filled(filling, length) {
  const text = filling.repeat(Math.floor(length / filling.length));
  return text.length === length ? text : `y${text}`;
}

const everyLength = () => FILLINGS.flatMap((filling) => LENGTHS.map((length) => filled(filling, length)));

/** Makes text of that length, from different parts; mostly strings that V8 has not flattened yet. */
function mixedText(length, below) {
  let text = '';
  while (text.length < length) {
    const filling = [...FILLINGS, 'plain text', '\n', '"'][below(FILLINGS.length + 3)];
    text += filled(filling, Math.min(1 + below(40), length - text.length));
  }
  return text;
}

const BORDERS = [16, 32, 48, 256, 4096, 8192, 16384];

/** A pair that starts before, at and after each border, followed by little or much text. */
const pairsAtBorders = () =>
  BORDERS.flatMap((border) =>
    range(border - 3, border + 2).flatMap((place) =>
      ['x', 'é', '€'].flatMap((filling) =>
        ['', 'x', '😀', 'x'.repeat(15), '"'.repeat(17)].map((rest) => `${filled(filling, place)}😀${rest}`),
      ),
    ),
  );

const SPECIAL = [...times(32, (code) => String.fromCharCode(code)), '"', '\\', '\x7f', '\x80', '߿', 'ࠀ', '\uffff'];

/** Puts each special unit at each place of two blocks, and after them as far as the code may read. */
const specials = () =>
  SPECIAL.map((special) => range(0, 33).map((place) => `${'x'.repeat(place)}${special}${'x'.repeat(33 - place)}`));

// --- Numbers: signed ones of 28 bits fit into one word ---

function numbers() {
  const view = new DataView(new ArrayBuffer(8));
  const below = random(64);
  const found = [0, -0, 0.1, -1.5, 1 / 3, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 123456789.125];
  for (const exponent of range(0, 70)) {
    for (const step of [-2, -1, -0.5, 0, 0.5, 1, 2]) found.push(2 ** exponent + step, -(2 ** exponent) - step);
  }
  for (const exponent of range(-30, 30)) found.push(10 ** exponent, -3 * 10 ** exponent, Number(`9.99999e${exponent}`));
  while (found.length < 3000) {
    for (const at of [0, 4]) view.setUint32(at, below(2 ** 32));
    const number = view.getFloat64(0);
    if (Number.isFinite(number)) found.push(number);
  }
  return found;
}

// --- Objects: learning is limited to 64 members, names of 64 units, 1,024 names and 4,096 sequences ---

const members = (names, value = (at) => at) => Object.fromEntries(names.map((name, at) => [name, value(at)]));
const named = (count, prefix = 'n') => times(count, (at) => `${prefix}${at}`);

/** Names that some language or engine treats specially, in no particular order. */
const ODD_NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'isPrototypeOf', 'valueOf', 'length'],
  ...['', ' ', '0', '1', '10', '2', '-1', '01', '4294967295', '4294967294', '1e3', 'NaN', 'null', 'undefined'],
  ...[
    'a',
    'A',
    'aa',
    'é',
    '\x7f',
    '\x80',
    '€',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '😀',
    '\u{10000}',
    '\u{10ffff}',
    '\0',
    '"',
    '\\',
  ],
  ...['then', 'itemId', 'content', 'kind', '$snapshot', 'next', 'done'],
];
/** Returns true for names that engines put before all others, in numeric order. */
const isInteger = (name) => String(name >>> 0) === name && name !== '4294967295';

const SYLLABLES = ['a', 'b', 'name', 'é', '€', '😀', '\uffff', '_', '1'];
const oddName = (below) => `${times(1 + below(4), () => SYLLABLES[below(SYLLABLES.length)]).join('')}x`;

/** Makes a value of any kind, with few names in any order, so that it resembles the previous one but differs. */
function tangled(below, level = 0) {
  switch (below(level > 4 ? 6 : 10)) {
    case 0:
      return null;
    case 1:
      return below(2) === 0;
    case 2:
      return below(2 ** 30) - 2 ** 29;
    case 3:
      return below(1000) / 8;
    case 4:
    case 5:
      return mixedText(below(5) === 0 ? 250 + below(15) : below(20), below);
    case 6:
      return times(below(5), () => tangled(below, level + 1));
    default:
      return tangledObject(below, level);
  }
}

function tangledObject(below, level = 0) {
  const names = ['a', 'b', 'c', 'd', 'é'].slice(0, 1 + below(5));
  const ordered = below(4) === 0 ? shuffled(names, below) : names;
  return members(ordered, () => (below(12) === 0 ? undefined : tangled(below, level + 1)));
}

/** Reverses the members of an object, at every depth. */
function reversed(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner)]),
  );
}

const foreignParse = runInNewContext('JSON.parse');
/** Makes a value of a realm in which every object inherits an enumerable member. */
const pollutedParse = runInNewContext('Object.prototype.everywhere = { a: 1 }; JSON.parse');
const withoutPrototype = (value) => Object.assign(Object.create(null), value);

function nested(levels) {
  let value = 'innermost';
  for (let level = 0; level < levels; level++) value = level % 3 === 0 ? [value, 'x'] : { a: value, b: level };
  return value;
}

/** All packs, by name. */
const PACKS = {
  'strings of every length, each alone': () => items(everyLength()),

  'strings of every length, all in one item': () => {
    const all = shuffled(everyLength(), random(2));
    return [item('a', { all, named: members(named(all.length), (at) => all[at]) }, { textContent: all[7] })];
  },

  'strings of any length and kind, mixed': () => {
    const below = random(3);
    const text = () => {
      const near = [0, 16, 32, 64, 256, 256, 256, 4096][below(8)];
      return mixedText(Math.max(0, near + below(9) - 4), below);
    };
    return times(150, (at) =>
      item(`${mixedText(below(20), below)}${at}`, members(named(1 + below(8)), text), {
        ...(below(2) === 0 && { sourceVersion: text() }),
        ...(below(2) === 0 && { textContent: text() }),
        ...(below(2) === 0 && { metadata: { list: times(below(30), text) } }),
        ...(below(3) === 0 && { createdAt: new Date(1e12 + at).toISOString() }),
      }),
    );
  },

  'short strings, as many as fill several pieces': () => {
    const below = random(4);
    return [item('a', { list: times(4000, () => mixedText(below(257), below)) })];
  },

  'short strings that fill a piece to the unit': () =>
    range(16380, 16390).map((length) => {
      const list = times(Math.floor(length / 256), () => 'x'.repeat(256));
      return item(`i${length}`, { list: [...list, 'é'.repeat(length % 256), '', 'behind', 'x'.repeat(257), '', 'é'] });
    }),

  'surrogate pairs at every border': () => items(pairsAtBorders()),
  'surrogate pairs at every border, in one item': () => [item('a', { all: shuffled(pairsAtBorders(), random(5)) })],
  'each escape at each place': () => items(specials().map((texts) => ({ texts }))),
  'each escape at each place of a name': () =>
    items(specials().map((texts) => members(texts.flatMap((text) => [text, text.slice(0, 30)])))),
  'numbers of every form': () => [
    item('a', { numbers: numbers() }),
    ...items(
      numbers()
        .slice(0, 1000)
        .map((n) => ({ n })),
    ),
  ],
  'every length around the one from which the host computes the digest': () =>
    items(range(0, 330).map((length) => 'x'.repeat(length))),

  'thousands of shapes': () => {
    const below = random(6);
    const names = named(60);
    return times(2500, (at) =>
      item(
        `i${at}`,
        members(shuffled(names, below).slice(0, 1 + below(7)), () => below(1000)),
        {
          metadata: { at, [`own${at % 700}`]: 'x' },
        },
      ),
    );
  },
  'one more name in each object': () => {
    const growing = times(140, (at) => members(named(at)));
    return [...items(growing), item('up', { growing }), item('down', { growing: growing.toReversed() })];
  },
  'one new name in each object': () =>
    items(times(2500, (at) => ({ [`new${at}`]: { [`newer${at}`]: at, same: 1 }, same: 'x' }))),
  'members in reverse order': () => {
    const below = random(7);
    const values = times(80, () => tangledObject(below));
    return [
      ...items(values.flatMap((value) => [value, reversed(value)])),
      item('all', { values: values.map(reversed) }),
    ];
  },
  'shapes in turn, so that every guess is wrong': () => {
    const kinds = [['a', 'b'], ['a', 'c'], ['b', 'a'], ['a'], ['a', 'b', 'c'], []];
    const turns = [
      [0, 1],
      [0, 0, 1],
      [0, 3],
      [3, 4],
      [0, 4, 2],
      [5, 0],
      [0, 1, 2, 3, 4, 5],
    ];
    return items(
      turns.map((turn) => ({
        list: times(60, (at) => members(kinds[turn[at % turn.length]])),
        deep: times(60, (at) =>
          members(kinds[turn[at % turn.length]], () => members(kinds[turn[(at + 1) % turn.length]])),
        ),
      })),
    );
  },
  'guesses that fail in the middle': () => {
    const below = random(8);
    return items(times(300, () => tangledObject(below)));
  },
  'guesses that fail in the middle, in one item': () => {
    const below = random(9);
    return [item('a', { list: times(800, () => tangled(below)) }, { metadata: tangledObject(below) })];
  },
  'long names': () => {
    const names = [range(58, 70), range(250, 262), [5000, 20000]]
      .flat()
      .flatMap((length) => FILLINGS.map((f) => filled(f, length)));
    return [
      ...items(names.map((name) => ({ a: 1, [name]: name, b: 2 }))),
      item('all', members(shuffled(names, random(10)))),
    ];
  },
  'many members': () =>
    items([62, 63, 64, 65, 66, 127, 128, 129, 1000, 1023, 1024, 1025, 3000].map((count) => members(named(count)))),
  'names that are known and names that are not': () => {
    const below = random(11);
    const names = shuffled([...new Set(times(3000, () => oddName(below)))], below);
    return [
      ...items(
        times(600, () =>
          members(
            times(1 + below(12), () => names[below(names.length)]),
            () => below(9),
          ),
        ),
      ),
      item('all', members(names)),
    ];
  },
  'more sequences than are known': () => {
    const below = random(12);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    return [item('a', { list: times(3000, () => members(shuffled(names, below), () => below(9))) })];
  },
  'names that mean something elsewhere': () => {
    const below = random(13);
    const names = ODD_NAMES.filter((name) => !isInteger(name));
    return [
      item('all', members(names)),
      ...items(times(200, () => members(shuffled(names, below).slice(0, below(8)), (at) => ({ ['__proto__']: at })))),
      ...names.map((name) => item(`of ${name}`, { [`${name}`]: 1, after: members([name]) })),
    ];
  },
  'names that engines order by themselves': () => {
    const below = random(14);
    return [
      item('all', members(ODD_NAMES)),
      ...items(times(200, () => members(shuffled(ODD_NAMES, below).slice(0, below(9))))),
    ];
  },
  'members that are undefined': () => {
    const kinds = ['abc', 'abd', 'xabc', 'ab', ''];
    return items(
      kinds.flatMap((kind) => [
        members([...kind]),
        ...[...kind, ''].map((name) => ({ ...members([...kind]), [name || 'z']: undefined })),
        { ...members([...kind]), first: undefined, last: { inner: undefined } },
        Object.fromEntries([...kind].map((name) => [name, undefined])),
      ]),
    );
  },
  'objects of other realms, or without a prototype': () => {
    const below = random(15);
    return items(
      times(120, (at) => {
        const value = tangledObject(below);
        const own = JSON.parse(JSON.stringify(value));
        const foreign = foreignParse(JSON.stringify(value));
        const polluted = pollutedParse(JSON.stringify(value));
        const bare = withoutPrototype(value);
        return [own, foreign, polluted, bare, { own, foreign, polluted, bare, date: new Date(at) }][at % 5];
      }),
    );
  },
  'deeply nested values': () =>
    items(
      range(0, 30)
        .concat(500, 900)
        .map((levels) => ({ inner: nested(levels) })),
    ),
  'an item of megabytes among small ones': () => [
    item('b', 'x'.repeat(500)),
    item('c', { text: `${'plain '.repeat(400_000)}é`, list: times(60_000, (at) => ({ at, half: at / 2 })) }),
    item('a', '€'.repeat(500)),
  ],
};
for (const count of [...range(0, 9), 63, 64, 65, 127, 128, 129, 130, 255, 256, 257, 400]) {
  PACKS[`${count} items of any length`] = () => {
    const below = random(100 + count);
    return shuffled(
      times(count, (at) => item(`i${at}`, 'x'.repeat(below(2) * below(200) + below(130)))),
      below,
    );
  };
}

export const packs = Object.entries(PACKS).map(([name, make]) => ({
  name,
  make,
  isOrdered: name === 'names that engines order by themselves',
}));

/** Makes a different pack for each seed. */
export function tangledItems(seed) {
  const below = random(1000 + seed);
  return times(1 + below(10), (at) =>
    item(`${below(50)}-${at}`, below(5) === 0 ? mixedText(below(600), below) : tangledObject(below), {
      ...(below(2) === 0 && { metadata: tangledObject(below) }),
      ...(below(3) === 0 && { textContent: mixedText(below(300), below) }),
    }),
  );
}
