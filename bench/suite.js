// Measures one corpus with all variants: ours, every pair of canonicalizer and hash, and the limits. Runs in Node and in pages.
//
// How: each variant must give our hash before any is timed. One that does not is left out, with the reason.

import { digestItem, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { asyncComposition, canonicalizers, composition, portableHashes } from './compositions.js';
import { lines, measure } from './measure.js';

const OURS = 'snapshotPack';
export const JSON_ALONE = 'JSON.stringify alone';

/** Splits the compositions into those with our hash, by name, and the others, with the reason. */
async function checked(pack, expected, { hashes, asyncHashes = {} }) {
  const made = [];
  for (const [canonicalizer, canonical] of Object.entries(canonicalizers)) {
    for (const [hash, functions] of Object.entries({ ...hashes, ...(await portableHashes()) })) {
      made.push({ canonicalizer, hash, run: composition(canonical, functions) });
    }
    for (const [hash, digest] of Object.entries(asyncHashes)) {
      made.push({ canonicalizer, hash, run: asyncComposition(canonical, digest) });
    }
  }
  const compositions = {};
  const leftOut = {};
  for (const { canonicalizer, hash, run } of made) {
    const name = `zod + ${canonicalizer} + ${hash}`;
    try {
      const found = await run(pack);
      if (found !== expected) throw new Error(`gives ${found}, not ${expected}`);
      compositions[name] = { canonicalizer, hash, run: () => run(pack) };
    } catch (error) {
      leftOut[name] = error.message;
    }
  }
  return { compositions, leftOut };
}

/**
 * Measures a corpus: `{ title, items, megabytes, rounds, results, alone, leftOut }`.
 *
 * If one timing covers several calls, `results` has these, and `among` has single calls among others.
 *
 * @param hashes the host's own hash functions, in addition to the portable ones
 * @param limits the host's limits: a function from a pack and its canonical bytes to functions
 */
export async function measureCorpus({ title, calls = 1, ...options }, pack, hashes, limits, print) {
  const { items } = pack.ctx;
  const ours = () => snapshotPack(pack.input, pack.ctx);
  const { compositions, leftOut } = await checked(pack, ours().output.hash, hashes);
  const encoder = new TextEncoder();
  const megabytes = encoder.encode(JSON.stringify(items)).length / 1e6;
  const canonical = encoder.encode(items.map((item) => digestItem(item).json).join(''));
  const variants = {
    [OURS]: ours,
    ...Object.fromEntries(Object.entries(compositions).map(([name, { run }]) => [name, run])),
    [JSON_ALONE]: () => JSON.stringify(items),
    'structuredClone alone': () => structuredClone(items),
    ...limits(canonical),
  };
  const described = ({ results }) =>
    results.map((result) => {
      const { canonicalizer, hash } = compositions[result.variant] ?? {};
      return { ...result, ...(hash && { canonicalizer, hash }) };
    });

  print(`${title}: ${items.length.toLocaleString('en')} items, ${megabytes.toFixed(2)} MB`);
  for (const [name, why] of Object.entries(leftOut)) print(`  LEFT OUT ${name}: ${why}`);
  const measured = await measure(variants, { ...options, calls });
  print(
    `  medians (and quartiles) of ${measured.rounds} rounds${calls > 1 ? `, of ${calls} calls in a row each` : ''}`,
  );
  for (const line of lines(measured)) print(line);
  const outcome = {
    title,
    items: items.length,
    megabytes,
    rounds: measured.rounds,
    calls,
    results: described(measured),
  };
  if (calls > 1) {
    const among = await measure(variants, options);
    print(`  the same, one call among others: ${among.rounds} rounds`);
    for (const line of lines(among)) print(line);
    outcome.among = described(among);
  }
  print('');
  return { ...outcome, leftOut };
}

/** Overrides the limits of a corpus if the caller asks for a number of rounds. */
export const withRounds = (corpus, rounds) =>
  rounds === undefined ? corpus : { ...corpus, rounds, seconds: Number.POSITIVE_INFINITY };
