// `log`: the chain of locks, newest first: when, who, why, how many items, seal. It is checked while it is listed.
//
// How: earlier records come from `.context/records` and, if the folder is in a repository, from the history of the lock in git. The present
// lock's parent names the record before it, so the list does not depend on the order in which records are found.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalizeJson, verifyChain } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, failureOf } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { KEPT, LOCK } from '../folder/walk.js';
import { lockFile, parseLock } from '../lock/lock.js';
import { counted, shown, worded } from '../shown.js';
import { requiredLock } from './changed.js';

const MOST_GIT = 1 << 28;
const sealOf = (record) => record.metadata.$snapshot.seal;
const parentOf = (record) => record.metadata.$snapshot.parent;

export function log(dir, options, terminal) {
  const home = findFolder(dir, [LOCK]);
  const { record: newest } = requiredLock(lockFile(home));
  const committed = inHistory(home);
  const chain = [newest];
  const seen = new Set([sealOf(newest)]);
  const broken = [];
  let missing = parentOf(newest);
  while (missing !== undefined && !seen.has(missing) && broken.length === 0) {
    const record = keptRecord(join(home, KEPT, 'records'), missing, broken) ?? committed(missing);
    if (record === undefined) break;
    seen.add(missing);
    chain.unshift(record);
    missing = parentOf(record);
  }
  const { valid, issues } = verifyChain(
    chain,
    options.expectSeal === undefined ? undefined : { expect: { seal: options.expectSeal } },
  );
  const problems = [...issues, ...broken];
  const isWhole = valid && broken.length === 0;
  const most = options.limit === undefined ? chain.length : Number(options.limit);
  for (const record of chain.toReversed().slice(0, most)) (options.json ? jsonLine : line)(record, terminal);
  if (options.json) {
    terminal.json({
      type: 'chain',
      valid: isWhole,
      length: chain.length,
      missingParent: missing ?? null,
      issues: problems,
    });
  } else {
    if (missing !== undefined) terminal.note(`The record before has the seal ${missing} and is not here`);
    for (const { path, message } of problems)
      terminal.note(`${path === '' ? '' : `${shown(path)}: `}${worded(message)}`);
  }
  return isWhole ? EXIT.yes : EXIT.no;
}

/** Returns the record with a seal, undefined if it is not kept; a file that has its name and is another record breaks the chain. */
function keptRecord(folder, seal, broken) {
  const file = join(folder, `${seal.slice('sha256:'.length)}.json`);
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw failureOf(error, file);
  }
  try {
    const record = parseCanonical(canonicalizeJson(bytes));
    if (verifyChain([record]).valid && sealOf(record) === seal) return record;
  } catch {}
  broken.push({ path: '', code: 'mismatch', message: `${file} is not the record with the seal ${seal}` });
  return undefined;
}

/** Runs a command of git that reads, without programs that the settings of a repository may name, and without asking a server. */
function git(home, ...args) {
  return execFileSync('git', ['-C', home, ...args], {
    ...{ maxBuffer: MOST_GIT, stdio: ['ignore', 'pipe', 'ignore'] },
    env: { ...process.env, GIT_NO_LAZY_FETCH: '1' },
  });
}

/** Yields the records of the locks in the history of git, newest first. */
function* gitRecords(home) {
  let commits = [];
  try {
    commits = git(home, 'rev-list', 'HEAD', '--', LOCK).toString().split('\n').filter(Boolean);
  } catch {}
  for (const commit of commits) {
    try {
      yield parseLock(git(home, 'cat-file', 'blob', `${commit}:./${LOCK}`), LOCK).record;
    } catch {}
  }
}

/** Returns a function that finds a record by its seal, and reads no more of the history than it needs. */
function inHistory(home) {
  const records = gitRecords(home);
  const read = new Map();
  return (seal) => {
    while (!read.has(seal)) {
      const { value, done } = records.next();
      if (done) return undefined;
      read.set(sealOf(value), value);
    }
    return read.get(seal);
  };
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
