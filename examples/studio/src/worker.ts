// The worker of the page, and how the page reads JSON texts that are not items: as strictly as the worker reads items.
//
// Why not `JSON.parse`: of two members with one name it keeps the last, it rounds numbers, and in some browsers it confuses names. A verdict on what it
// returns would be about another text than the one that was dropped. How: the worker refuses, or writes the text canonically; a value is taken if it is
// written as the same text again.

import { createPreviewWorker } from '@lssm-tech/lib.context-snapshot/worker';
// Before the worker is started.
import './trusted.ts';

export const worker = createPreviewWorker();

/**
 * Returns undefined for a text that the worker does not hand over, because it is over 1,000,000 characters and `JSON.parse` does not read it as it is.
 *
 * @throws SnapshotError 422 with line and column if it is not JSON, or a name is there twice
 */
export async function readJson(text: string | Uint8Array): Promise<unknown> {
  const json = await worker.call('canonicalizeJson', text);
  const value: unknown = JSON.parse(json);
  if (JSON.stringify(value) === json) return value;
  // Names were confused, or are numbers, which `JSON.stringify` puts first. The worker reads it, and it comes without being parsed here.
  const { document, release } = await worker.read(`{"value":${json}}`);
  release();
  return (document as { value?: unknown } | undefined)?.value;
}

/** Returns whether two values are the same JSON, whatever the order of their members. */
export async function isSameJson(one: unknown, other: unknown): Promise<boolean> {
  const [first, second] = await Promise.all(
    [one, other].map((value) => worker.call('canonicalizeJson', JSON.stringify(value))),
  );
  return first === second;
}
