// Measures the whole bill of one corpus: ours, the compositions, and the limits, interleaved in one process. Runs in every host.
//
// How: all variants run in the same rounds, so every figure is a ratio of two times of one round.

import { digestItem, snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { COPIED, SHARED } from './compositions.js';
import { leastOf } from './least.js';
import { lines, measure } from './measure.js';
import * as name from './ours.js';
import { PEER } from './peer.js';
import { compositionsOf, ranked } from './ranking.js';

const JSON_ALONE = 'JSON.stringify alone';
const LEAST = 'each value read, all text brought over and hashed once';
const STORED = { [SHARED]: 'composition, items and index made', [COPIED]: 'composition, items copied and index made' };

/** Returns the figures of the bill: `{ median, low, high }`, or undefined for what was not measured. */
function billOf({ over, results }, { fastest, canonicalBytes, digest }) {
  const speed = (variant) => {
    const { milliseconds } = results.find((one) => one.variant === variant) ?? {};
    const at = (time) => canonicalBytes / 1e3 / time;
    return milliseconds && { median: at(milliseconds.median), low: at(milliseconds.high), high: at(milliseconds.low) };
  };
  return {
    composition: over(fastest, name.OURS),
    stored: over(STORED[SHARED], name.EVERYTHING),
    storedCopied: over(STORED[COPIED], name.EVERYTHING),
    everything: over(name.EVERYTHING, name.OURS),
    asText: over(name.AS_TEXT, name.OURS),
    frozen: over(name.FROZEN, name.OURS),
    verifyParsed: speed(name.VERIFY_PARSED),
    verifyText: speed(name.VERIFY_TEXT),
    verifyBytes: speed(name.VERIFY_BYTES),
    digest: speed(digest),
    lines: over(name.LINES_TEXT, name.LINES_PARSED),
    lineBytes: over(name.LINES_BYTES, name.LINES_PARSED),
    json: over(name.OURS, JSON_ALONE),
    least: over(name.OURS, LEAST),
    compositionLeast: over(fastest, LEAST),
  };
}

const fastestOf = (results, compositions) =>
  results.filter(({ variant }) => compositions[variant]).sort((a, b) => a.ratio.median - b.ratio.median)[0].variant;

/** Makes the two compositions that store, from the fastest one in JavaScript, and checks what they make. */
async function storing(chosen, pack) {
  const base = Object.keys(chosen).find((one) => one !== PEER.name);
  const variants = {};
  for (const [make, title] of Object.entries(STORED)) {
    variants[title] = () => chosen[base].run(pack, make);
    const { items, index } = await variants[title]();
    const ours = snapshotPack(pack.input, pack.ctx);
    const isSame =
      JSON.stringify(index) === JSON.stringify(ours.index) &&
      items.every((item, at) => digestItem(item).digest === index[at].digest && item.snapshotId && item.createdAt);
    if (!isSame) throw new Error(`${base} stores something else`);
  }
  return { base, variants };
}

/** Checks the compositions on the whole pack; they were chosen on a part of it. */
async function check(chosen, pack) {
  const { hash } = snapshotPack(pack.input, pack.ctx).output;
  for (const [one, { run }] of Object.entries(chosen)) {
    if ((await run(pack)) !== hash) throw new Error(`${one} gives another hash`);
  }
}

/** Measures a corpus. `host` has the engine's hashes (`local.js`, `page.js`). */
export async function measureCorpus({ title, calls = 1, fewPeers, ...options }, pack, host) {
  const { items } = pack.ctx;
  const { print, native } = host;
  const { variants: ours, canonical } = name.oursOf(pack);
  const { chosen, ranking, leftOut } = await ranked(await compositionsOf(host), pack, { calls, fewPeers });
  const peers = Object.fromEntries(Object.entries(chosen).map(([one, { run }]) => [one, () => run(pack)]));
  await check(chosen, pack);
  const stored = await storing(chosen, pack);
  const digest = `${native.name} of the canonical bytes alone`;
  const base = { [name.OURS]: () => snapshotPack(pack.input, pack.ctx) };
  const variants = {
    ...base,
    ...ours,
    ...peers,
    ...stored.variants,
    [JSON_ALONE]: () => JSON.stringify(items),
    [LEAST]: leastOf(items, canonical, native.digest),
    'structuredClone alone': () => structuredClone(items),
    [digest]: () => native.digest(canonical),
  };
  const megabytes = new TextEncoder().encode(JSON.stringify(items)).length / 1e6;
  print(`${host.engine}, ${title}: ${items.length.toLocaleString('en')} items, ${megabytes.toFixed(2)} MB`);
  for (const [one, why] of Object.entries(leftOut)) print(`  LEFT OUT ${one}: ${why}`);

  const measured = await measure(variants, { ...options, calls });
  const inARow = calls > 1 ? `, of ${calls} calls in a row each` : '';
  print(`  medians (and quartiles) of ${measured.rounds} rounds${inARow}; items and index made by ${stored.base}`);
  for (const line of lines(measured)) print(line);
  const fastest = fastestOf(measured.results, chosen);
  const outcome = {
    title,
    items: items.length,
    megabytes,
    rounds: measured.rounds,
    calls,
    fastest,
    storing: stored.base,
    bill: billOf(measured, { fastest, canonicalBytes: canonical.length, digest }),
    results: measured.results.map((result) => {
      const { canonicalizer, hash } = chosen[result.variant] ?? {};
      return { ...result, ...(hash && { canonicalizer, hash }) };
    }),
    ranking,
    leftOut,
  };
  if (calls > 1) {
    const among = await measure({ ...base, ...peers }, { rounds: 100, warmUp: 3 });
    outcome.among = among.over(fastest, name.OURS);
    print(`  one call among others: ${fastest} takes ${outcome.among.median.toFixed(2)} x`);
  }
  print('');
  return outcome;
}

/** Overrides the limits of a corpus if the caller asks for a number of rounds. */
export const withRounds = (corpus, rounds) =>
  rounds === undefined ? corpus : { ...corpus, rounds, seconds: Number.POSITIVE_INFINITY };
