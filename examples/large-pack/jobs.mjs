// What the jobs do. Each may be stopped at any point and run again, also while an earlier try still runs.
//
// * A share loads a range, digests its items, stores their texts, and notes their digests. Texts are stored once by digest, so a second try
//   changes nothing.
// * The seal adds all digests to a `SnapshotBuilder`, and stores record, links and event in one transaction. The store reads every text again
//   before it commits, so a digest that no text has is not sealed, whoever reported it.

import { SnapshotBuilder, SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { UnrecoverableError } from 'bullmq';
import { rangesOf } from './flow.mjs';

/** Says what failed, without another try if it would fail in the same way. */
function named(what, error) {
  const isFinal = error instanceof SnapshotError && error.status < 500;
  const message = `${what}: ${error.message}`;
  return isFinal ? new UnrecoverableError(message) : new Error(message, { cause: error });
}

/** Makes the processor of a share. */
export const shareOf =
  ({ store, shares, load }) =>
  async ({ data: { snapshotId, tenantId, range } }) => {
    const { first, end } = range;
    if (await shares.has(snapshotId, range)) return { items: 0 };
    const sources = [];
    async function* loaded() {
      for await (const item of load(first, end)) {
        const { kind, sourceKey, sourceVersion } = item;
        sources.push({ kind, sourceKey, sourceVersion });
        yield item;
      }
    }
    try {
      // The store calls `digestItem` for each, so the digests are those of the texts that it has.
      const entries = await store.addTexts(loaded(), { tenantId });
      await shares.write(
        snapshotId,
        range,
        entries.map((entry, at) => ({ ...entry, ...sources[at] })),
      );
      // Another process may have taken this job over, and the seal may be done.
      if ((await store.getSnapshot(snapshotId)) !== null) await shares.remove(snapshotId);
      return { items: entries.length };
    } catch (error) {
      throw named(`Items ${first} to ${end - 1} are not stored`, error);
    }
  };

/** Makes the processor of a seal. */
export const sealOf =
  ({ store, shares }) =>
  async ({ data: { snapshotId, input, packVersion, ctx, items } }) => {
    let record = await store.getSnapshot(snapshotId);
    if (record === null) {
      const ranges = [...rangesOf(items)];
      try {
        record = await build({ store, shares }, snapshotId, { input, packVersion, ctx, ranges });
        await store.linkSnapshot(record, shares.entries(snapshotId, ranges));
      } catch (error) {
        // Something is wrong that a worker has reported. The next flow asks for all of it again; texts that are there are not written again.
        if (error instanceof SnapshotError && error.code === 'VALIDATION_FAILED') await shares.remove(snapshotId);
        throw named('Nothing is sealed', error);
      }
    }
    await shares.remove(snapshotId);
    const { hash, itemCount } = record;
    return { hash, itemCount };
  };

/** Computes the record of the digests, one range after the other. */
async function build({ store, shares }, snapshotId, { input, packVersion, ctx, ranges }) {
  const pack = await store.getPack(input.packKey, packVersion);
  const builder = new SnapshotBuilder(input, { ...ctx, pack });
  try {
    for await (const entry of shares.entries(snapshotId, ranges)) builder.addDigest(entry);
    return builder.finish().record;
  } finally {
    builder.free();
  }
}
