// Computes the items of a folder: what would be locked now.

import { statSync } from 'node:fs';
import { digestItem } from '@lssm-tech/lib.context-snapshot';
import { failureOf } from '../failure.js';
import { shown } from '../shown.js';
import { newCounts, readItem, signOf } from './file.js';
import { checkCount, walk } from './walk.js';

// D1-1
/**
 * Reads the files of a folder that are not known, in the order of their paths.
 *
 * @param known what is remembered (`Known`)
 * @param options `note(text)` for remarks; `progress(done, all)`; `allowsSecrets`; `mustFill` as `walk` has it; `keep(digest, json)`, which is
 * called with each item that is read, and `isKept(digest)`, which says if an item that is known need not be read
 * @returns `entries`, each with `path`, `file`, `kind`, `digest`, `bytes`; and `counts`
 */
export function scan(
  home,
  config,
  known,
  { note, progress, allowsSecrets = true, mustFill = true, keep, isKept = () => true },
) {
  const files = walk(home, config, note, mustFill);
  const counts = newCounts();
  const entries = [];
  for (const [at, entry] of files.entries()) {
    progress(at, files.length);
    const { path, file, rule } = entry;
    let found = knownOf(entry, known);
    if (found === undefined || !isKept(found.digest)) {
      known.prepare();
      const { json, bytes, sign, hasSecret } = readItem(entry, config, { allowsSecrets, counts });
      if (json === undefined) continue;
      const { digest } = digestItem(json);
      keep?.(digest, json);
      found = { digest, bytes };
      // A file with a secret is never known, so each `lock` asks whether it is allowed.
      if (!hasSecret) known.put(path, sign, digest, bytes);
    }
    entries.push({ path, file, kind: rule.kind, ...found });
  }
  progress(files.length, files.length);
  for (const path of counts.skipped) note(`skipped ${shown(path)}, which is not text`);
  if (mustFill) checkCount(entries.length, home, config);
  return { entries, counts };
}

function knownOf({ path, file }, known) {
  try {
    return known.get(path, signOf(statSync(file)));
  } catch (error) {
    throw failureOf(error, file);
  }
}
