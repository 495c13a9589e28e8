// `log`: the chain of locks, newest first: when, who, why, how many items, seal. It is checked while it is listed.
//
// How: earlier records come from `.context/records` and, if the folder is in a repository, from the history of the lock in git. The present
// lock's parent names the record before it, so the list does not depend on the order in which records are found.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalizeJson, verifyChain } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { KEPT, LOCK } from '../folder/walk.js';
import { parseLock } from '../lock/lock.js';
import { counted, shown } from '../shown.js';
import { requiredLock } from './changed.js';

const MOST_GIT = 1 << 28;
const sealOf = (record) => record.metadata.$snapshot.seal;
const parentOf = (record) => record.metadata.$snapshot.parent;

export function log(dir, options, terminal) {
  const home = findFolder(dir, [LOCK]);
  const { record: newest } = requiredLock(home);
  const earlier = new Map();
  for (const record of [...keptRecords(join(home, KEPT, 'records')), ...gitRecords(home)])
    earlier.set(sealOf(record), record);
  const chain = [newest];
  const seen = new Set([sealOf(newest)]);
  for (
    let parent = parentOf(newest);
    parent !== undefined && earlier.has(parent) && !seen.has(parent);
    parent = parentOf(chain[0])
  ) {
    seen.add(parent);
    chain.unshift(earlier.get(parent));
  }
  const { valid, issues } = verifyChain(
    chain,
    options.expectSeal === undefined ? undefined : { expect: { seal: options.expectSeal } },
  );
  const missing = parentOf(chain[0]);
  const most = options.limit === undefined ? chain.length : Number(options.limit);
  for (const record of chain.reverse().slice(0, most)) (options.json ? jsonLine : line)(record, terminal);
  if (options.json) {
    terminal.json({ type: 'chain', valid, length: chain.length, missingParent: missing ?? null, issues });
  } else {
    if (missing !== undefined) terminal.note(`The record before has the seal ${missing} and is not here`);
    if (!valid) for (const { path, message } of issues) terminal.note(`${path}: ${shown(message)}`);
  }
  return valid ? EXIT.yes : EXIT.no;
}

/** Yields records that are whole; what is not is no link of the chain. */
function* keptRecords(folder) {
  let names = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {}
  for (const name of names) {
    try {
      const record = parseCanonical(canonicalizeJson(readFileSync(join(folder, name), 'utf8')));
      if (verifyChain([record]).valid) yield record;
    } catch {}
  }
}

function git(home, ...args) {
  return execFileSync('git', ['-C', home, ...args], {
    encoding: 'utf8',
    maxBuffer: MOST_GIT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function* gitRecords(home) {
  let commits = [];
  try {
    commits = git(home, 'log', '--format=%H', '--', LOCK).split('\n').filter(Boolean);
  } catch {}
  for (const commit of commits) {
    try {
      yield parseLock(git(home, 'show', `${commit}:./${LOCK}`), LOCK).record;
    } catch {}
  }
}

function line(record, terminal) {
  const { bold, dim, green } = terminal.paint;
  const { userId, reason } = record.metadata.$snapshot;
  const who = record.createdBy ?? userId;
  terminal.out(`${green(sealOf(record))} ${bold(record.createdAt)}`);
  terminal.out(
    `  ${shown(record.packKey)}@${shown(record.packVersion)}, ${counted(record.itemCount, 'item')}${who === undefined ? '' : `, ${shown(who)}`}`,
  );
  if (reason !== undefined) terminal.out(`  ${shown(reason)}`);
  terminal.out(dim(`  hash ${record.hash}`));
}

function jsonLine(record, terminal) {
  const { reason, parent } = record.metadata.$snapshot;
  const { snapshotId, hash, itemCount, createdAt, createdBy, packKey, packVersion } = record;
  terminal.json({
    ...{ type: 'record', snapshotId, packKey, packVersion, hash, seal: sealOf(record), itemCount, createdAt },
    ...{ createdBy: createdBy ?? null, reason: reason ?? null, parent: parent ?? null },
  });
}
