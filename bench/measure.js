// Measures how long variants of the same task take, in Node and in a page.
//
// Why: the speed of a shared machine changes by 25 % from one minute to the next. So absolute times say little, and times
// taken a minute apart cannot be compared. How: each round runs every variant once, in a new random order, so that no
// variant always pays for the garbage of the same neighbour. Ratios are taken within a round. The first variant, the base of
// all ratios, runs three times a round and counts with the median of these, because its noise would affect every ratio.
// Results are medians, with the quartiles as spread.

import { random } from './random.js';

/** Returns the value below which this share of the numbers lies. */
function quantile(numbers, part) {
  const sorted = [...numbers].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

export const median = (numbers) => quantile(numbers, 0.5);

export const spread = (numbers) => ({
  median: median(numbers),
  low: quantile(numbers, 0.25),
  high: quantile(numbers, 0.75),
});

export function shuffled(names, next) {
  const order = [...names];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

/** Returns milliseconds per call, over `calls` consecutive calls. Promises are awaited. */
async function timed(run, calls) {
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / calls;
}

/**
 * Measures, for each variant, milliseconds per call and the ratio to the first variant in the same round. `over` gives the
 * ratio of any two variants; undefined if one of them was not measured.
 *
 * Ends after `rounds`, or after `seconds` if there were at least `atLeast` rounds.
 */
export async function measure(
  variants,
  { rounds, seconds = Number.POSITIVE_INFINITY, atLeast = 5, warmUp = 3, calls = 1 },
) {
  const names = Object.keys(variants);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const next = random(1);
  const [first] = names;
  const run = async (round) => {
    const own = Object.fromEntries(names.map((name) => [name, []]));
    for (const name of shuffled([first, first, ...names], next)) own[name].push(await timed(variants[name], calls));
    if (round >= 0) for (const name of names) times[name].push(median(own[name]));
  };
  for (let round = -warmUp; round < 0; round++) await run(round);
  const start = performance.now();
  let round = 0;
  while (round < rounds && (round < atLeast || performance.now() - start < seconds * 1000)) await run(round++);
  const over = (variant, base) =>
    times[variant] && times[base] && spread(times[variant].map((time, at) => time / times[base][at]));
  return {
    rounds: round,
    over,
    results: names.map((variant) => ({
      variant,
      milliseconds: spread(times[variant]),
      ratio: over(variant, first),
    })),
  };
}

const fixed = (value) => (value < 1 ? value.toFixed(3) : value < 100 ? value.toFixed(2) : value.toFixed(0));

/** Formats results as lines of a table: time with quartiles, and ratio to the first variant with quartiles. */
export function lines({ results }) {
  return results.map(({ variant, milliseconds, ratio }) => {
    const time = `${fixed(milliseconds.median).padStart(8)} ms  (${fixed(milliseconds.low)} to ${fixed(milliseconds.high)})`;
    return `  ${variant.padEnd(56)} ${time.padEnd(32)} ${ratio.median.toFixed(2).padStart(6)} x  (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`;
  });
}
