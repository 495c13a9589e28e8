// `prove` and `check-proof`: that an item is in a snapshot.

import { join } from 'node:path';
import { explainItem, proveItem } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { KEPT, LOCK } from '../folder/walk.js';
import { readBytes, readObject } from '../inputs/json.js';
import { contentsOf, lockFile } from '../lock/lock.js';
import { Objects } from '../lock/objects.js';
import { shown, worded } from '../shown.js';
import { requiredLock } from './changed.js';

export function prove(item, options, terminal) {
  const home = findFolder(options.lock, [LOCK]);
  const lock = requiredLock(lockFile(home));
  let proof;
  try {
    proof = proveItem(contentsOf(lock), item);
  } catch (error) {
    throw failureOf(error);
  }
  const { digest } = lock.index.find(({ itemId }) => itemId === item);
  const json = new Objects(join(home, KEPT)).get(digest);
  if (json === undefined) terminal.note('The text of the item is not kept here, so the proof is written without it');
  const proven = { proof, ...(json === undefined ? {} : { item: parseCanonical(json) }) };
  if (options.json) terminal.json({ type: 'inclusion', ...proven });
  else terminal.out(JSON.stringify(proven, null, 2));
  return EXIT.yes;
}

export function checkProof(file, options, terminal) {
  const { proof, item } = readObject(file);
  if (proof === undefined) throw new Failure(EXIT.input, 'This is not a proof: it has no "proof"', { file });
  const given = options.item === undefined ? item : readBytes(options.item);
  if (given === undefined) throw new Failure(EXIT.misuse, 'The item is missing: name its file with --item');
  const { valid, issues } = explainItem(given, proof, options.expectHash);
  if (options.json) terminal.json({ type: 'proof', valid, issues });
  else if (valid)
    terminal.out(
      `${terminal.paint.green('holds')}: ${shown(proof.itemId)} is in the snapshot with the hash ${options.expectHash}`,
    );
  else {
    terminal.out(terminal.paint.red('does not hold'));
    for (const { path, message } of issues) terminal.out(`  ${shown(path)}: ${worded(message)}`);
  }
  return valid ? EXIT.yes : EXIT.no;
}
