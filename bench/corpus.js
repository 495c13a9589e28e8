// Packs to measure with, made by a seeded generator: the same on every machine.
//
// A mixed pack is what packs are: doc blocks of 1 to 6 KB of prose, and structured contracts. Names of sections and
// words are English with some accents, quotes and line breaks, since those are what makes text expensive to escape.

/** Numbers from 0 to 1 (mulberry32). */
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

/** A pack of `count` items, every second a doc block. */
export function mixedPack(count, seed = 1) {
  const next = random(seed);
  const items = Array.from({ length: count }, (_, number) =>
    number % 2 === 0 ? docBlock(next, number) : contract(next, number),
  );
  return {
    input: { packKey: 'bench.mixed', reason: 'to measure', metadata: { run: 1 } },
    ctx: {
      actor: 'admin',
      userId: 'bench',
      now: '2026-01-02T03:04:05.678Z',
      snapshotId: 'bench',
      pack: { packKey: 'bench.mixed', version: '1.0.0', title: 'A mixed pack', owners: ['bench'], tags: ['mixed'] },
      items,
    },
  };
}
