// `prove` and `check-proof`: that an item is in a snapshot, or that no item has an id.

import { explainAbsence, explainItem, proveAbsence, proveItem } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { EXIT, Failure, failureOf } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { LOCK } from '../folder/paths.js';
import { itemIn, readBytes, readObject } from '../inputs/json.js';
import { contentsOf, lockFile } from '../lock/lock.js';
import { objectsOf } from '../lock/objects.js';
import { jsonText, shown, worded } from '../shown.js';
import { requiredLock } from './changed.js';

export function prove(item, options, terminal) {
  if (options.withoutItems && !options.absent)
    throw new Failure(
      EXIT.misuse,
      '--without-items belongs to --absent: a proof that an item is there needs that item',
    );
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
  const kept = objectsOf(home);
  const textOf = (id) => {
    const json = kept.get(lock.index.find(({ itemId }) => itemId === id).digest, id);
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
  else terminal.out(jsonText(proven, 2));
  return EXIT.yes;
}

const NOT_COVERED = {
  ...{ path: 'absence', code: 'missing' },
  message:
    'Missing: expected the items of the neighbours. Without them, their ids are what the proof says (--trust-ids)',
};

/** Checks a proof of absence. One without the items holds only if its ids are trusted, because anybody can write other ids. */
function explainAbsent(absence, { absent, expectHash, trustIds }) {
  const { valid, issues, anchor } = explainAbsence(absent, absence, expectHash);
  return valid && anchor === 'none' && !trustIds ? { valid: false, issues: [NOT_COVERED] } : { valid, issues };
}

/** Members of each kind of proof. What is not checked must not be in it: somebody could take it for what was proven. */
const MEMBERS = { inclusion: ['type', 'proof', 'item'], absence: ['type', 'absence'] };

/**
 * Reads a proof of the kind that was asked for. The kind comes from the command line, because the file is a stranger's: otherwise a proof that
 * something else is absent would answer yes to a question that nobody asked.
 */
function readProof(file, { absent }) {
  const value = readObject(file);
  const [kind, other] = absent === undefined ? ['inclusion', 'absence'] : ['absence', 'inclusion'];
  const bad = (message, exit = EXIT.input) => new Failure(exit, message, { file });
  const has = (one) => Object.hasOwn(value, MEMBERS[one][1]);
  if (!has(kind) && has(other)) {
    throw absent === undefined
      ? bad('This proves that an item is absent: name the item that you mean with --absent', EXIT.misuse)
      : bad('This proves that an item is there, and not that one is absent');
  }
  if (!has(kind)) throw bad(`This is not a proof: it has no "${MEMBERS[kind][1]}"`);
  for (const name of Object.keys(value)) {
    if (!MEMBERS[kind].includes(name)) throw bad(`${shown(name)}: Unknown member`);
  }
  if (value.type !== undefined && value.type !== kind) throw bad(`type: Must be "${kind}"`);
  return value;
}

/** Checks a proof of an item with the item that was named, and also with the one in its file: both must be the item that it proves. */
function explainItems({ proof, item }, { item: named, expectHash }) {
  const items = named === undefined ? [] : [readBytes(named)];
  if (item !== undefined) items.push(itemIn(item));
  if (items.length === 0) throw new Failure(EXIT.misuse, 'The item is missing: name its file with --item');
  const results = items.map((one) => explainItem(one, proof, expectHash));
  return results.find(({ valid }) => !valid) ?? results[0];
}

export function checkProof(file, options, terminal) {
  const isAbsence = options.absent !== undefined;
  if (options.trustIds && !isAbsence)
    throw new Failure(
      EXIT.misuse,
      '--trust-ids belongs to --absent: a proof that an item is there is checked with that item',
    );
  const proven = readProof(file, options);
  const { valid, issues } = isAbsence ? explainAbsent(proven.absence, options) : explainItems(proven, options);
  if (options.json) terminal.json({ type: 'proof', valid, issues });
  else if (valid) {
    // In quotes, because an id may be any words, such as those of the other kind.
    const what = isAbsence ? `no item ${jsonText(options.absent)}` : jsonText(proven.proof.itemId);
    terminal.out(`${terminal.paint.green('holds')}: ${what} is in the snapshot with the hash ${options.expectHash}`);
  } else {
    terminal.out(terminal.paint.red('does not hold'));
    for (const { path, message } of issues) terminal.out(`  ${worded(path)}: ${worded(message)}`);
  }
  return valid ? EXIT.yes : EXIT.no;
}
