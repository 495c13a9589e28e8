// Corpora made by a seeded generator: the same on every machine, in Node and in a page.
//
// Mixed packs are typical: doc blocks of 1 to 6 KB of prose, and structured contracts. The prose is English with some accents,
// quotes and line breaks, because these make text expensive to escape. A regular object suits the prediction of shapes, an
// irregular one defeats it.

/** Returns a generator of numbers from 0 to 1 (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS =
  'the a of and to in is for that with as on by an be this are from or at it which not can when use must may each has only one all if into any its value agent context pack snapshot contract schema version source operator runtime policy index digest record canonical number string object array field default returns throws error input output example'.split(
    ' ',
  );

function prose(next, length) {
  const parts = [];
  let written = 0;
  let sentence = 0;
  while (written < length) {
    let word = WORDS[Math.floor(next() * WORDS.length)];
    const chance = next();
    if (chance < 0.01) word = `"${word}"`;
    else if (chance < 0.015) word = 'naïve — café';
    sentence++;
    if (sentence > 12 && next() < 0.2) {
      word += next() < 0.2 ? '.\n\n' : '.\n';
      sentence = 0;
    } else {
      word += ' ';
    }
    parts.push(word);
    written += word.length;
  }
  return parts.join('');
}

function docBlock(next, number) {
  return {
    itemId: `doc-${number}`,
    kind: 'docblock',
    sourceKey: `docs/section-${number % 40}/page-${number}`,
    sourceVersion: `1.${number % 17}.0`,
    content: prose(next, 1024 + Math.floor(next() * 5 * 1024)),
    metadata: { path: `docs/page-${number}.md`, weight: number % 10, draft: next() < 0.1 },
  };
}

const TYPES = ['string', 'number', 'boolean', 'date', 'object'];

function contract(next, number) {
  const field = (position) => ({
    name: `field${position}`,
    type: TYPES[Math.floor(next() * TYPES.length)],
    optional: next() < 0.3,
    description: prose(next, 40 + next() * 60),
    minimum: Math.floor(next() * 100),
    maximum: Math.floor(next() * 1e6) / 100,
    tags: ['public', `group-${position % 4}`],
  });
  return {
    itemId: `contract-${number}`,
    kind: 'contract',
    sourceKey: `contracts/operation-${number}`,
    sourceVersion: `${1 + (number % 3)}.0.0`,
    content: {
      key: `domain.operation${number}`,
      version: `${1 + (number % 3)}.0.0`,
      stability: number % 5 === 0 ? 'experimental' : 'stable',
      owners: ['platform.context', `team-${number % 7}`],
      policy: { auth: number % 4 === 0 ? 'admin' : 'user', pii: [] },
      input: { fields: Array.from({ length: 7 }, (_, position) => field(position)) },
      output: { fields: Array.from({ length: 5 }, (_, position) => field(position)) },
    },
    textContent: prose(next, 200 + next() * 400),
  };
}

const packOf = (items) => ({
  input: { packKey: 'bench.mixed', reason: 'to measure', metadata: { run: 1 } },
  ctx: {
    actor: 'admin',
    userId: 'bench',
    now: '2026-01-02T03:04:05.678Z',
    snapshotId: 'bench',
    pack: { packKey: 'bench.mixed', version: '1.0.0', title: 'A mixed pack', owners: ['bench'], tags: ['mixed'] },
    items,
  },
});

/** Makes a pack of `count` items, doc blocks and contracts in turn. */
export function mixedPack(count, seed = 1) {
  const next = random(seed);
  return packOf(
    Array.from({ length: count }, (_, number) => (number % 2 === 0 ? docBlock(next, number) : contract(next, number))),
  );
}

const sizeOf = (value) => JSON.stringify(value).length;

/** Makes the same with items of 2 KB each: they have fewer fields, and are filled up with text. */
function smallPack(count) {
  const next = random(2);
  const items = Array.from({ length: count }, (_, number) => {
    if (number % 2 === 0) {
      const item = { ...docBlock(next, number), content: '' };
      return { ...item, content: prose(next, 2000 - sizeOf(item)) };
    }
    const item = contract(next, number);
    item.content.input.fields.length = 3;
    item.content.output.fields.length = 2;
    item.textContent = '';
    return { ...item, textContent: prose(next, Math.max(20, 2000 - sizeOf(item))) };
  });
  return packOf(items);
}

/** Makes a pack of one item that is a table: all rows have the same shape. */
function regularPack() {
  const next = random(3);
  const rows = Array.from({ length: 15_050 }, (_, number) => ({
    id: number,
    name: prose(next, 20),
    active: next() < 0.5,
    amount: Math.floor(next() * 1e7) / 100,
    ratio: next(),
    created: `2026-01-${String(1 + (number % 28)).padStart(2, '0')}T00:00:00Z`,
    note: next() < 0.3 ? null : prose(next, 30),
    tags: ['row', `group-${number % 12}`],
    owner: { team: `team-${number % 7}`, level: number % 5 },
  }));
  return packOf([{ itemId: 'table', kind: 'data-view', sourceKey: 'views/table', content: { rows } }]);
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);

/** Makes a name that hardly ever repeats. */
function name(next) {
  const word = () => WORDS[Math.floor(next() * WORDS.length)];
  return `${word()}${capital(word())}${Math.floor(next() * 1e5).toString(36)}`;
}

function irregularValue(next, depth) {
  const kind = next();
  if (depth > 0 && kind < 0.3) return irregularObject(next, depth - 1);
  if (depth > 0 && kind < 0.4)
    return Array.from({ length: Math.floor(next() * 6) }, () => irregularValue(next, depth - 1));
  if (kind < 0.7) return prose(next, next() * (next() < 0.1 ? 400 : 40));
  if (kind < 0.8) return Math.floor(next() * 1e5);
  if (kind < 0.9) return (next() - 0.5) * 10 ** Math.floor(next() * 30 - 10);
  return kind < 0.95 ? next() < 0.5 : null;
}

const irregularObject = (next, depth) =>
  Object.fromEntries(
    Array.from({ length: 1 + Math.floor(next() * 9) }, () => [name(next), irregularValue(next, depth)]),
  );

/** Makes a pack of one item whose objects hardly ever share a name or a shape. */
function irregularPack() {
  const next = random(4);
  const content = {};
  for (let written = 0; written < 4.3e6; ) {
    const member = irregularObject(next, 4);
    content[name(next)] = member;
    written += sizeOf(member);
  }
  return packOf([{ itemId: 'irregular', kind: 'external', sourceKey: 'external/irregular', content }]);
}

/** Makes items of about 1 KB by number. They share 1,000 texts, so that making an item takes no time. */
export function kilobyteItems() {
  const next = random(5);
  const texts = Array.from({ length: 1000 }, (_, number) =>
    number % 2 === 0
      ? prose(next, 700 + next() * 400)
      : { fields: contract(next, number).content.input.fields.slice(0, 4) },
  );
  return (number) => ({
    itemId: `docs/item-${String(number).padStart(7, '0')}`,
    kind: number % 2 === 0 ? 'docblock' : 'contract',
    sourceKey: 'docs',
    content: texts[number % 1000],
  });
}

/** Makes a pack of 1,000 items with 20 objects each, in `shapes` shapes in random order. */
export function shapesPack(shapes, ownNames) {
  const next = random(6);
  const names = Array.from({ length: 100 }, (_, at) => `member${at.toString(36).padStart(2, '0')}`);
  const members = (shape) => {
    if (ownNames)
      return Array.from({ length: 8 }, (_, at) => `m${(shape * 8 + ((at * 3) % 8)).toString(36).padStart(7, '0')}`);
    const chosen = new Set();
    while (chosen.size < 8) chosen.add(names[Math.floor(next() * 100)]);
    return [...chosen];
  };
  const all = Array.from({ length: shapes }, (_, shape) => members(shape));
  const object = () =>
    Object.fromEntries(all[Math.floor(next() * shapes)].map((member) => [member, Math.floor(next() * 1e6)]));
  return packOf(
    Array.from({ length: 1000 }, (_, number) => ({
      itemId: `item-${number}`,
      kind: 'contract',
      sourceKey: 'contracts',
      content: { list: Array.from({ length: 20 }, object) },
    })),
  );
}

/** Makes a pack of files (found by `real.js`): a `package.json` is parsed, other files are text. */
export const realPack = (files) =>
  packOf(
    files.map(({ path, text }) =>
      path.endsWith('package.json')
        ? { itemId: path, kind: 'contract', sourceKey: path, content: JSON.parse(text) }
        : { itemId: path, kind: 'docblock', sourceKey: path, content: text },
    ),
  );

/**
 * The corpora: how to make the pack (from real files, if needed), the maximum of rounds and of seconds, and the number of calls
 * per timing if one call is too short to be timed.
 */
export const corpora = {
  'items-20': { title: '20 items of 2 KB', make: () => smallPack(20), rounds: 200, seconds: 10, warmUp: 20, calls: 10 },
  'items-1000': { title: '1,000 mixed items', make: () => mixedPack(1000), rounds: 40, seconds: 20, warmUp: 5 },
  'items-20000': {
    title: '20,000 mixed items',
    make: () => mixedPack(20_000),
    rounds: 5,
    seconds: 30,
    // One call is enough to check the hash.
    warmUp: 0,
    atLeast: 3,
  },
  regular: { title: 'One regular object', make: regularPack, rounds: 40, seconds: 14, warmUp: 3 },
  irregular: { title: 'One irregular object', make: irregularPack, rounds: 40, seconds: 14, warmUp: 3 },
  real: { title: 'Real files', make: realPack, rounds: 20, seconds: 12, warmUp: 1 },
};
