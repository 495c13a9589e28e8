// `log`: the chain of locks, newest first: when, who, why, how many items, seal. It is checked while it is listed.

import { verifyChain } from '@lssm-tech/lib.context-snapshot';
import { EXIT } from '../failure.js';
import { lockedFolder } from '../folder/home.js';
import { chainOf, sealOf } from '../lock/chain.js';
import { lockFile } from '../lock/lock.js';
import { brief, counted, issueText } from '../shown.js';
import { requiredLock } from './changed.js';

export function log(dir, options, terminal) {
  const home = lockedFolder(dir, options.expectSeal !== undefined);
  const { records: chain, missing, broken } = chainOf(home, requiredLock(lockFile(home)));
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
    // Not remarks: without them, a broken chain would look like a whole one.
    for (const problem of problems) terminal.error(issueText(problem));
  }
  return isWhole ? EXIT.yes : EXIT.no;
}

function line(record, terminal) {
  const { bold, dim, green } = terminal.paint;
  const { userId, reason } = record.metadata.$snapshot;
  const who = record.createdBy ?? userId;
  terminal.out(`${green(sealOf(record))} ${bold(record.createdAt)}`);
  terminal.out(
    `  ${brief(record.packKey)}@${brief(record.packVersion)}, ${counted(record.itemCount, 'item')}${who === undefined ? '' : `, ${brief(who)}`}`,
  );
  // After a word, because a line of its own could be taken for the hash.
  if (reason !== undefined) terminal.out(`  reason ${brief(reason)}`);
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
