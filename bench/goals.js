// The goals: what the package must reach (a floor), what it aims at, and what was measured, each on a named engine.
//
// How: a floor must be reached on each engine of a goal. What was not measured has no value; nothing is taken from elsewhere.

const MILLION = 1e6;
const NODES = ['node24', 'node26'];
const JAVASCRIPT_HASHES = ['@noble/hashes', 'hash-wasm', 'SubtleCrypto'];

const billOf = (parts, engine, corpus) => parts[engine]?.results[corpus];

/** Returns the fastest composition of a corpus, or the fastest with one of these hashes. */
export function fastest(part, corpus, hashes) {
  const chosen = part?.results[corpus]?.results.filter(({ hash }) => hash && (hashes?.includes(hash) ?? true)) ?? [];
  return chosen.sort((left, right) => left.ratio.median - right.ratio.median)[0];
}

/** Returns the result of one variant on a corpus. */
export const variantOf = (part, corpus, name) => part?.results[corpus]?.results.find(({ variant }) => variant === name);

const more = { atMost: false };
const less = { atMost: true };

/** Goals for figures of the bill: [title, corpus, figure, floor, aim], with the name of the composition as a note. */
const composed = [
  ['composition over snapshot, 20 items', 'items-20', 'composition', 2, 3],
  ['composition over snapshot, 1,000 items', 'items-1000', 'composition', 3, 5],
  ['composition over snapshot, 20,000 items', 'items-20000', 'composition', 3, 5],
  ['composition over snapshot, rows', 'regular', 'composition', 5, 8],
  ['composition over snapshot, irregular', 'irregular', 'composition', 2.2, 3.5],
  ['the same with items and index, 20 items', 'items-20', 'stored', 1.6, 2],
  ['the same with items and index, 1,000 items', 'items-1000', 'stored', 2, 3],
  ['the same with items and index, rows', 'regular', 'stored', 2.5, 5],
  ['the same with items and index, irregular', 'irregular', 'stored', 1.3, 2],
];

/** Goals for costs among our own functions. */
const costs = [
  ['everything read over snapshot, 1,000 items', 'items-1000', 'everything', 1.5, 1.2],
  ['stored as text over snapshot, 1,000 items', 'items-1000', 'asText', 1.25, 1.1],
  ['lines of text over JSON.parse and snapshot, 1,000 items', 'items-1000', 'lines', 0.5, 0.33],
];

/** Goals for the stores, with 10,000 items of 3 KB in PostgreSQL: [title, figure, unit, floor, aim, kind]. */
const stored = [
  ['an INSERT for each item over saveSnapshot', 'insert', 'x', 5, 8, more],
  ['saveSnapshot over a COPY of the same texts', 'copy', 'x', 1.7, 1, less],
  ['saveSnapshot of the next one, 1 % changed, over the first', 'next', 'x', 0.1, 0.05, less],
  ['the same, bytes', 'nextBytes', 'x', 0.05, 0.02, less],
  ['verify in the store', 'verify', 'MB/s', 250, 350, more],
  ['relay, events a second', 'relay', '/s', 2000, 10_000, more],
  ['saveSnapshot of 20 items in SQLite', 'sqlite', 'ms', 2, 1, less],
  ['the handler over snapshotPack, 20 items in SQLite', 'handler', 'ms', 2, 1, less],
];

/** Returns what was measured on an engine: `{ value, low, high, note }`; empty if nothing was. */
function figure(parts, engine, corpus, name) {
  const found = billOf(parts, engine, corpus);
  const spread = found?.bill[name];
  if (!spread) return {};
  const note = { composition: found.fastest, stored: found.storing }[name];
  const among = name === 'composition' && found.among && `; one call among others: ${found.among.median.toFixed(2)}`;
  return { value: spread.median, low: spread.low, high: spread.high, note: note && `${note}${among || ''}` };
}

/** The speed of verification from stored text: directly if the package can, otherwise after `JSON.parse`. */
function verification(parts, engine) {
  const direct = figure(parts, engine, 'items-1000', 'verifyText');
  const { bill } = billOf(parts, engine, 'items-1000') ?? {};
  const beside = bill && `SHA-256 alone ${bill.digest.median.toFixed(0)} MB/s`;
  if (direct.value) return { ...direct, note: beside };
  return { ...figure(parts, engine, 'items-1000', 'verifyParsed'), note: beside && `after JSON.parse; ${beside}` };
}

const median = (spread, scale = 1) =>
  spread && { value: spread.median * scale, low: spread.low * scale, high: spread.high * scale };

function preview(parts, engine) {
  const found = parts[engine]?.results.preview;
  const against = found?.['frozen, against the earlier'].median.toFixed(0);
  return found && { ...median(found.frozen), note: `with \`against\`: ${against} ms` };
}

function proof(parts, engine) {
  const found = parts[engine]?.results.proof;
  return found && { value: found.ours, note: `from an index of JSON.parse: ${found.parsed.toFixed(2)} s` };
}

function inChromium(parts, corpus) {
  const best = fastest(parts.chromium, corpus, JAVASCRIPT_HASHES);
  return best && { ...median(best.ratio), note: best.variant };
}

/** Returns all goals, one for each engine that it names. Those that were measured have a `value`. */
export function goals(parts) {
  const { runtimes, scaling, audit } = parts;
  const onNodes = (goal, measured) => NODES.map((engine) => ({ engine, ...goal, ...measured(engine) }));
  const ofBill =
    (kind, unit) =>
    ([goal, corpus, name, floor, aim]) =>
      onNodes({ goal, unit, floor, aim, ...kind }, (engine) => figure(parts, engine, corpus, name));
  const million = scaling?.results.find(
    ({ way, order, count }) => way === 'builder' && order === 'scattered' && count === MILLION,
  );
  const verify = audit?.timings['1,000 mixed items'].find(({ variant }) => variant === 'verifySnapshot')?.ratio;
  return [
    ...composed.flatMap(ofBill(more, 'x')),
    ...costs.flatMap(ofBill(less, 'x')),
    ...onNodes(
      {
        goal: '1 % changed, the rest frozen, over a whole one, 20,000 items',
        unit: 'x',
        floor: 0.05,
        aim: 0.02,
        ...less,
      },
      (engine) => median(parts[engine]?.results.again) ?? {},
    ),
    ...onNodes(
      { goal: 'preview of 50,000 frozen items, one changed', unit: 'ms', floor: 25, aim: 10, ...less },
      (engine) => preview(parts, engine),
    ),
    ...onNodes(
      { goal: 'verify from stored text, 1,000 items', unit: 'MB/s', floor: 350, aim: 600, ...more },
      (engine) => verification(parts, engine),
    ),
    ...stored.map(([goal, name, unit, floor, aim, kind]) => ({
      ...{ goal, engine: 'store', unit, floor, aim, ...kind },
      ...median(parts.store?.results[name]),
    })),
    ...onNodes({ goal: 'first proof from an index of 1,000,000', unit: 's', floor: 0.3, aim: 0.1, ...less }, (engine) =>
      proof(parts, engine),
    ),
    {
      ...{
        goal: 'snapshot over JSON.stringify, 1,000 items',
        engine: 'node26',
        unit: 'x',
        floor: 0.9,
        aim: 0.7,
        ...less,
      },
      ...figure(parts, 'node26', 'items-1000', 'json'),
    },
    ...['deno', 'bun'].map((engine) => ({
      ...{ goal: 'over Node 26, 1,000 items', engine, unit: 'x', floor: 1.3, aim: 1.1, ...less },
      ...median(runtimes?.results[engine]?.overNode26),
    })),
    ...['items-1000', 'items-20000'].map((corpus) => ({
      goal: `over snapshot: the best of noble, hash-wasm, SubtleCrypto, ${corpus === 'items-1000' ? '1,000' : '20,000'} items`,
      ...{ engine: 'chromium', unit: 'x', floor: 2.5, aim: 3, ...more },
      ...inChromium(parts, corpus),
    })),
    // Flat would be 1.00; 0.05 allows for noise between two timings.
    {
      ...{
        goal: 'time an item, from 1,000 to 1,000,000 items',
        engine: 'system',
        unit: 'x',
        floor: 1.3,
        aim: 1.05,
        ...less,
      },
      ...(million && { value: million.growth }),
    },
    {
      ...{ goal: 'WebAssembly memory, 1,000,000 items of 1 KB', engine: 'system', unit: 'MB', ...less },
      // 96 and 64 bytes an item, and a little that is fixed.
      ...{ floor: 100, aim: 66 },
      ...(million && {
        value: million.wasmBytesWhileAdding / MILLION,
        note: `while they are added; after finish ${(million.wasmBytesAfterFinish / MILLION).toFixed(0)} MB`,
      }),
    },
    {
      ...{
        goal: 'verifySnapshot of objects over snapshot, 1,000 items',
        engine: 'system',
        unit: 'x',
        floor: 1.1,
        ...less,
      },
      ...median(verify),
    },
  ];
}

/** Returns whether a limit is reached; undefined if there is no limit or no measurement. */
export const reached = ({ value, atMost }, limit) =>
  value === undefined || limit === undefined ? undefined : atMost ? value <= limit : value >= limit;
