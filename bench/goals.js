// The goals: what the package must reach, what it aims at, and what was measured.
//
// How: a ratio is the time of the fastest composition divided by ours, as the median over the rounds.

const MEGABYTE = 1e6;
const MILLION = 1e6;

/** Returns the fastest of these compositions, or of those with the given hash; undefined if there is none. */
function fastestOf(results = [], hash) {
  const chosen = results.filter((one) => one.hash && (hash ?? one.hash) === one.hash);
  return chosen.sort((left, right) => left.ratio.median - right.ratio.median)[0];
}

export const fastest = (part, corpus, hash) => fastestOf(part?.corpora[corpus]?.results, hash);

/** Returns the result of one variant on a corpus. */
export const variantOf = (part, corpus, name) => part?.corpora[corpus]?.results.find(({ variant }) => variant === name);

const against = (part, corpus, hash) => {
  const best = fastest(part, corpus, hash);
  return best && { value: best.ratio.median, low: best.ratio.low, high: best.ratio.high, note: best.variant };
};

/** Adds the ratio of one call among others to the note of a goal that was measured in a row. */
function withOneAmong(part, corpus, found) {
  const best = fastestOf(part?.corpora[corpus]?.among);
  if (!found || !best) return found;
  return { ...found, note: `${found.note}; one call among others: ${best.ratio.median.toFixed(2)}` };
}

/** A goal for a speed-up: more is better. */
const speed = (goal, floor, aim, measured) => ({ goal, unit: 'x', floor, aim, atMost: false, ...measured });
/** A goal for a cost: less is better. */
const cost = (goal, unit, floor, aim, measured) => ({ goal, unit, floor, aim, atMost: true, ...measured });

/** Returns all goals. Those that were measured have a `value`. */
export function goals({ node, chromium, scaling, audit }) {
  const json = variantOf(node, 'items-1000', 'JSON.stringify alone')?.ratio;
  const million = scaling?.results.find(
    ({ way, order, count }) => way === 'builder' && order === 'scattered' && count === MILLION,
  );
  const verify = audit?.timings['1,000 mixed items'].find(({ variant }) => variant === 'verifySnapshot')?.ratio;
  const memory = (item, fixed) => (item * MILLION + fixed * MEGABYTE) / MEGABYTE;
  return [
    speed('Node, 20 items of 2 KB', 3, 5, withOneAmong(node, 'items-20', against(node, 'items-20'))),
    speed('Node, 1,000 items', 3, 5, against(node, 'items-1000')),
    speed('Node, 20,000 items', 3, 5, against(node, 'items-20000')),
    speed('Node, one large regular object', 5, 8, against(node, 'regular')),
    speed('Node, one large irregular object', 2, 3.5, against(node, 'irregular')),
    cost(
      'Node, 1,000 items: time over JSON.stringify alone',
      'x',
      0.9,
      0.6,
      json && { value: 1 / json.median, low: 1 / json.high, high: 1 / json.low },
    ),
    speed('Chromium, 1,000 items, against noble', 3.5, 6, against(chromium, 'items-1000', '@noble/hashes')),
    speed('Chromium, 20,000 items, against noble', 3.5, 6, against(chromium, 'items-20000', '@noble/hashes')),
    speed('Chromium, 1,000 items, against the best', 1.8, 3, against(chromium, 'items-1000')),
    speed('Chromium, 20,000 items, against the best', 1.8, 3, against(chromium, 'items-20000')),
    // Flat would be 1.00; 0.05 allows for noise between two timings.
    cost('Time an item, from 1,000 to 1,000,000 items', 'x', 1.3, 1.05, million && { value: million.growth }),
    cost(
      'WebAssembly memory, 1,000,000 items of 1 KB',
      'MB',
      memory(96, 4),
      memory(64, 2),
      million && {
        value: million.wasmBytesWhileAdding / MEGABYTE,
        note: `while they are added; after finish ${(million.wasmBytesAfterFinish / MEGABYTE).toFixed(0)} MB`,
      },
    ),
    cost(
      'verifySnapshot of 1,000 items over snapshotPack',
      'x',
      1.1,
      undefined,
      verify && { value: verify.median, low: verify.low, high: verify.high },
    ),
  ];
}

/** Returns whether a limit is reached; undefined if there is no limit or no measurement. */
export const reached = ({ value, atMost }, limit) =>
  value === undefined || limit === undefined ? undefined : atMost ? value <= limit : value >= limit;
