// Finds the compositions that are worth measuring: there are twenty, and most are never the fastest.
//
// How: each must give our hash, or is left out with the reason. Then all run a few interleaved rounds, on at most a thousand
// items. Those that are measured in full are the two fastest, and (unless a corpus is too large) the fastest with each hash.

import { snapshotPack } from '@lssm-tech/lib.context-snapshot';
import { asyncComposition, canonicalizers, composition, portableHashes } from './compositions.js';
import { measure } from './measure.js';
import { PEER, peerComposition } from './peer.js';

const SAMPLE = 1000;

/** Returns all compositions that run in this host: `{ name: { hash, canonicalizer, run } }`. */
export async function compositionsOf({ hashes = {}, asyncHashes = {}, peer }) {
  const made = {};
  const add = (canonicalizer, hash, run) => {
    made[`zod + ${canonicalizer} + ${hash}`] = { canonicalizer, hash, run };
  };
  for (const [name, canonical] of Object.entries(canonicalizers)) {
    for (const [hash, functions] of Object.entries({ ...hashes, ...(await portableHashes()) })) {
      add(name, hash, composition(canonical, functions));
    }
    for (const [hash, digest] of Object.entries(asyncHashes)) add(name, hash, asyncComposition(canonical, digest));
  }
  made[PEER.name] = { canonicalizer: 'serde_json_canonicalizer', hash: PEER.hash, run: peerComposition(peer) };
  return made;
}

/** Splits compositions into those that give our hash, and the reasons why others do not. */
async function checked(compositions, pack) {
  const expected = snapshotPack(pack.input, pack.ctx).output.hash;
  const good = {};
  const leftOut = {};
  for (const [name, one] of Object.entries(compositions)) {
    try {
      const found = await one.run(pack);
      if (found !== expected) throw new Error(`gives ${found}, not ${expected}`);
      good[name] = one;
    } catch (error) {
      leftOut[name] = String(error?.message ?? error);
    }
  }
  return { good, leftOut };
}

/** Returns the compositions to measure, fastest first, the ranking of all as milliseconds, and those left out. */
export async function ranked(compositions, pack, { calls, fewPeers }) {
  const sample = { ...pack, ctx: { ...pack.ctx, items: pack.ctx.items.slice(0, SAMPLE) } };
  const { good, leftOut } = await checked(compositions, sample);
  const variants = Object.fromEntries(Object.entries(good).map(([name, { run }]) => [name, () => run(sample)]));
  const { results } = await measure(variants, { rounds: 3, warmUp: 1, calls });
  const ranking = results
    .map(({ variant, milliseconds }) => ({ variant, milliseconds: milliseconds.median }))
    .sort((left, right) => left.milliseconds - right.milliseconds);
  const names = ranking.map(({ variant }) => variant);
  const isFirstOfItsHash = (name, at) => names.findIndex((other) => good[other].hash === good[name].hash) === at;
  const chosen = names.filter((name, at) => at < 2 || (!fewPeers && isFirstOfItsHash(name, at)));
  return { chosen: Object.fromEntries(chosen.map((name) => [name, good[name]])), ranking, leftOut };
}
