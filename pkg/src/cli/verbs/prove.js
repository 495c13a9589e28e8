// `prove` and `check-proof`: that an item is in a snapshot, or that no item has an id.

import { join } from 'node:path';
import { explainAbsence, explainItem, proveAbsence, proveItem } from '@lssm-tech/lib.context-snapshot';
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
  const make = options.absent ? proveAbsence : proveItem;
  let proof;
  try {
    proof = make(contentsOf(lock), item);
  } catch (error) {
    if (error.code !== 'NOT_FOUND') throw failureOf(error);
    throw new Failure(failureOf(error).exit, `${worded(error.detail)}; --absent proves that it is not there`, {
      cause: error,
    });
  }
  const kept = new Objects(join(home, KEPT));
  const textOf = (id) => {
    const json = kept.get(lock.index.find(({ itemId }) => itemId === id).digest);
    if (json === undefined)
      terminal.note(`The text of ${shown(id)} is not kept here, so the proof is written without it`);
    return json === undefined ? {} : { item: parseCanonical(json) };
  };
  // The hash covers the ids of the neighbours only if their items are there.
  const whole = (side) => side && { ...side, ...(options.withoutItems ? {} : textOf(side.itemId)) };
  const proven = options.absent
    ? { absence: { ...proof, before: whole(proof.before), after: whole(proof.after) } }
    : { proof, ...textOf(item) };
  if (options.json) terminal.json({ type: options.absent ? 'absence' : 'inclusion', ...proven });
  else terminal.out(JSON.stringify(proven, null, 2));
  return EXIT.yes;
}

const NOT_COVERED = {
  ...{ path: 'absence', code: 'missing' },
  message:
    'Missing: expected the items of the neighbours. Without them, their ids are what the proof says (--trust-ids)',
};

/** Checks a proof of absence. One without the items holds only if its ids are trusted, because anybody can write other ids. */
function explainAbsent(absence, { expectHash, trustIds }) {
  const { valid, issues, anchor } = explainAbsence(absence?.itemId, absence, expectHash);
  return valid && anchor === 'none' && !trustIds ? { valid: false, issues: [NOT_COVERED] } : { valid, issues };
}

export function checkProof(file, options, terminal) {
  const { proof, item, absence } = readObject(file);
  if (proof === undefined && absence === undefined)
    throw new Failure(EXIT.input, 'This is not a proof: it has no "proof" and no "absence"', { file });
  if (proof !== undefined && absence !== undefined)
    throw new Failure(EXIT.input, 'These are two proofs: it has a "proof" and an "absence"', { file });
  const given = options.item === undefined ? item : readBytes(options.item);
  if (proof !== undefined && given === undefined)
    throw new Failure(EXIT.misuse, 'The item is missing: name its file with --item');
  const { valid, issues } =
    proof === undefined ? explainAbsent(absence, options) : explainItem(given, proof, options.expectHash);
  if (options.json) terminal.json({ type: 'proof', valid, issues });
  else if (valid) {
    const what = proof === undefined ? `no item ${shown(absence.itemId)}` : shown(proof.itemId);
    terminal.out(`${terminal.paint.green('holds')}: ${what} is in the snapshot with the hash ${options.expectHash}`);
  } else {
    terminal.out(terminal.paint.red('does not hold'));
    for (const { path, message } of issues) terminal.out(`  ${shown(path)}: ${worded(message)}`);
  }
  return valid ? EXIT.yes : EXIT.no;
}
