// Corpora made by a seeded generator: the same on every machine, in Node and in a page.
//
// Mixed packs are typical: doc blocks of 1 to 6 KB of prose, and structured contracts. The prose is English with some accents,
// quotes and line breaks, because these make text expensive to escape. A regular object suits the prediction of shapes, an
// irregular one defeats it.

import { mcpItems } from './mcp.js';
import { random } from './random.js';

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
export function mixedPack(count) {
  const next = random(1);
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

/** Makes one item of a file; a document in Markdown becomes one for each section, as search over documents has them. */
function itemsOfFile({ path, text }) {
  const common = { sourceKey: path };
  if (path.endsWith('.json')) return [{ itemId: path, kind: 'contract', ...common, content: JSON.parse(text) }];
  if (!path.endsWith('.md')) {
    return [{ itemId: path, kind: path.endsWith('.ts') ? 'schema' : 'external', ...common, content: text }];
  }
  return text.split(/^(?=##? )/m).map((content, number) => {
    const [, title = 'Beginning'] = /^##? (.*)/.exec(content) ?? [];
    return { itemId: `${path}#${number}`, kind: 'docblock', ...common, content, metadata: { title } };
  });
}

/** Makes a pack of files (`documents.js`): JSON is parsed, and arrays and scalars are left out. */
const filesPack = (files) => {
  const isItem = ({ content }) => typeof content === 'string' || !Array.isArray(content);
  return packOf(files.flatMap(itemsOfFile).filter(isItem));
};

/**
 * The corpora: how to make the pack (from which files, if from files), the maximum of rounds and of seconds, and the number of
 * calls per timing if one call is too short to be timed. A corpus on request runs only if it is named.
 */
export const corpora = {
  'items-20': { title: '20 items of 2 KB', make: () => smallPack(20), rounds: 100, seconds: 4, warmUp: 10, calls: 10 },
  'items-1000': { title: '1,000 mixed items', make: () => mixedPack(1000), rounds: 30, seconds: 8, warmUp: 2 },
  'items-20000': {
    title: '20,000 mixed items',
    make: () => mixedPack(20_000),
    rounds: 5,
    seconds: 16,
    // One call is enough to check the hash.
    warmUp: 0,
    atLeast: 3,
    fewPeers: true,
  },
  regular: { title: 'One regular object', make: regularPack, rounds: 30, seconds: 6, warmUp: 2 },
  irregular: { title: 'One irregular object', make: irregularPack, rounds: 30, seconds: 6, warmUp: 2 },
  repository: { title: 'A repository', make: filesPack, files: 'repository', rounds: 40, seconds: 3, warmUp: 8 },
  mcp: { title: 'Tools and resources', make: () => packOf(mcpItems()), rounds: 40, seconds: 3, warmUp: 8 },
  packages: {
    title: 'Packages',
    make: filesPack,
    files: 'packages',
    rounds: 20,
    seconds: 12,
    warmUp: 1,
    onRequest: true,
  },
};
