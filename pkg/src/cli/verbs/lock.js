// `lock`: snapshots a folder and writes its lock.

import { join } from 'node:path';
import { name, version } from '#package';
import { EXIT, failureOf } from '../failure.js';
import { readConfig } from '../folder/config.js';
import { namedFolder } from '../folder/home.js';
import { Known } from '../folder/known.js';
import { CONFIG } from '../folder/rules.js';
import { scan } from '../folder/scan.js';
import { keptFolder, makeFolder, makeKept, writeWhole } from '../lock/atomic.js';
import { compare, countChanges } from '../lock/changes.js';
import { exclusively } from '../lock/exclusive.js';
import { lockFile, lockText, readLock } from '../lock/lock.js';
import { Objects } from '../lock/objects.js';
import { currentUser, finishSnapshot, startSnapshot } from '../lock/take.js';
import { brief, counted, shownFile, worded } from '../shown.js';
import { sizeOf, sumOf, tokenCounter } from '../tokens.js';
import { changeLine, entriesOf, otherId, shownOf, textOf, whatOf } from './changed.js';

/** Options that make a new record even if no item changed. */
const RECORDED = ['reason', 'parent', 'idemKey', 'now'];

export async function lock(dir, options, terminal) {
  const count = await tokenCounter(options.tokens);
  const home = namedFolder(dir ?? '.');
  const kept = keptFolder(home);
  if (options.dryRun) return locked(home, kept, { ...options, count }, terminal);
  makeKept(kept);
  return exclusively(kept, () => locked(home, kept, { ...options, count }, terminal));
}

function locked(home, kept, options, terminal) {
  const file = lockFile(home);
  const present = readLock(file);
  const config = readConfig(home, present?.record.metadata.$snapshot.manifest.pack);
  if (config.file === undefined) {
    terminal.note(
      `There is no ${CONFIG}: every file is an item, under the default rules (\`context-snapshot init\` writes one)`,
    );
  }
  const builder = begin(home, config, present, options);
  const objects = new Objects(kept);
  const known = Known.read(kept, config.key);
  const progress = terminal.progress('locking');
  const isKept = options.dryRun ? undefined : (digest) => objects.has(digest);
  const keep = options.dryRun ? undefined : (digest, json) => objects.put(digest, json);
  let found;
  try {
    found = scan(home, config, known, {
      note: (text) => terminal.note(text),
      progress: progress.update,
      allowsSecrets: options.allowSecrets === true,
      keep,
      isKept,
    });
    objects.finish();
  } catch (error) {
    objects.abandon();
    throw error;
  } finally {
    progress.stop();
  }
  const { entries, counts } = found;
  noteCounts(counts, config, terminal);
  const snapshot = finishSnapshot(builder, entries);
  // D7-5
  const isSame =
    present?.record.hash === snapshot.record.hash &&
    otherId(present, entries) === undefined &&
    RECORDED.every((one) => options[one] === undefined);
  if (!options.dryRun) {
    if (!isSame)
      known.settle(whatOf(save(file, kept, snapshot, entries), config), shownOf(snapshot.record), entries.length);
    known.write();
  }
  const { record } = isSame ? present : snapshot;
  const changes = compare(present === undefined ? [] : entriesOf(present), entries, ({ digest }) =>
    objects.get(digest),
  );
  const tokens =
    options.count &&
    sumOf(
      options.count,
      entries.map((entry) => textOf(entry, config)),
    );
  report({ file, record, entries, tokens, changes, isSame, present, options, terminal });
  return EXIT.yes;
}

function begin(home, config, present, options) {
  try {
    return startSnapshot(config.pack, {
      ...options,
      user: options.user ?? currentUser(home),
      parent: options.parent ?? present?.record.metadata.$snapshot.seal,
    });
  } catch (error) {
    // A mistake in the pack is reported at its line, as those of the rules are.
    const [{ path, message } = {}] = error.issues ?? [];
    if (path?.startsWith('pack.')) config.fail?.(path.split('.').slice(1).map(numbered), worded(message));
    throw failureOf(error, config.file);
  }
}

const numbered = (name) => (/^\d+$/.test(name) ? Number(name) : name);

/** Writes the lock and returns its text. */
function save(file, kept, { record, index }, entries) {
  const bytesOf = new Map(entries.map(({ path, bytes }) => [path, bytes]));
  const rows = index.map(({ itemId, digest }) => ({ itemId, digest, bytes: bytesOf.get(itemId) }));
  const { seal } = record.metadata.$snapshot;
  makeFolder(join(kept, 'records'));
  writeWhole(join(kept, 'records', `${seal.slice('sha256:'.length)}.json`), `${JSON.stringify(record)}\n`, kept);
  const text = lockText({ record, index: rows, tool: { name, version } });
  writeWhole(file, text, kept);
  return text;
}

function noteCounts({ converted, digested }, { binary }, terminal) {
  if (converted > 0)
    terminal.note(
      `${counted(converted, 'file')}: byte-order mark removed, or line ends made \\n ("eol": "keep" leaves them)`,
    );
  if (digested > 0)
    terminal.note(
      `${counted(digested, 'file')} that ${digested === 1 ? 'is' : 'are'} not text: by digest ("binary": "${binary}")`,
    );
}

function report({ file, record, entries, tokens, changes, isSame, present, options, terminal }) {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const { hash, itemCount, snapshotId, packKey, packVersion } = record;
  const { seal } = record.metadata.$snapshot;
  const status = isSame ? 'unchanged' : options.dryRun ? 'dry-run' : 'locked';
  if (options.json) {
    terminal.json({
      type: 'lock',
      status,
      file,
      snapshotId,
      packKey,
      packVersion,
      hash,
      seal,
      itemCount,
      bytes,
      ...(tokens === undefined ? {} : { tokens }),
      changes: countChanges(changes),
    });
    return;
  }
  const { bold, dim, green } = terminal.paint;
  const verb = { unchanged: 'unchanged', 'dry-run': 'would lock', locked: 'locked' }[status];
  terminal.out(
    `${bold(verb)} ${brief(packKey)}@${brief(packVersion)}: ${counted(itemCount, 'item')}, ${sizeOf({ bytes, tokens })}`,
  );
  if (present !== undefined || options.dryRun)
    for (const change of changes) terminal.out(`  ${changeLine(change, terminal.paint)}`);
  terminal.out(`  hash ${green(hash)}`);
  terminal.out(`  seal ${green(seal)}`);
  if (status === 'locked') terminal.out(dim(`  ${shownFile(file)}`));
}
