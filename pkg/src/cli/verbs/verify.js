// `verify`: a folder against its lock, or a stored snapshot; says what the answer stands on.
//
// How: everything is read and computed again; nothing that is remembered about files counts here.

import { dirname } from 'node:path';
import { SnapshotVerifier, verifyEnvelope } from '@lssm-tech/lib.context-snapshot';
import { EXIT, Failure, failureOf } from '../failure.js';
import { readConfig } from '../folder/config.js';
import { newCounts, readItem } from '../folder/file.js';
import { lockedFolder, namedFolder } from '../folder/home.js';
import { walk } from '../folder/walk.js';
import { readObject } from '../inputs/json.js';
import { inFile, nameOf, Places } from '../inputs/lines.js';
import { lockFile } from '../lock/lock.js';
import { objectsOf } from '../lock/objects.js';
import { counted, shortened, shown, sized, worded } from '../shown.js';
import { requiredLock } from './changed.js';
import { publicKey } from './keys.js';
import { isBeginning, lockNamed } from './named.js';
import { eachItem, exists, itemsOf, lockOf, passedOver, storedParts } from './stored.js';

export async function verify(target, options, terminal) {
  const { expect, issues } = await expected(options);
  const found =
    issues === undefined
      ? await verdictOn(target, options, expect, terminal)
      : { valid: false, issues, anchor: 'none', file: options.attestation };
  const result = options.requireAnchor ? anchored(found) : found;
  report(result, { ...options, isSigned: options.key !== undefined }, terminal);
  return result.valid ? EXIT.yes : EXIT.no;
}

/** Returns the result, which is not valid if no trusted value was compared. */
const anchored = (result) =>
  result.valid && result.anchor === 'none' ? { ...result, valid: false, issues: [NOT_ANCHORED] } : result;

const NOT_ANCHORED = {
  path: '',
  code: 'missing',
  message:
    'is consistent, but --require-anchor needs a trusted value: --expect-hash, --expect-seal, or --attestation with --key',
};

/** Returns the trusted values as `expect`, undefined if none was given; or the `issues` of an attestation that does not hold. */
async function expected({ expectHash, expectSeal, attestation, key }) {
  if ((attestation === undefined) !== (key === undefined)) {
    throw new Failure(EXIT.misuse, 'A signature needs both: --attestation FILE and --key PEM');
  }
  let seal = expectSeal;
  if (attestation !== undefined) {
    const envelope = readObject(attestation);
    const { valid, issues, statement } = await verifyEnvelope(envelope, [{ publicKey: await publicKey(key) }]);
    if (!valid) return { issues };
    const signed = statement.predicate.seal;
    if (seal !== undefined && seal !== signed)
      return {
        issues: [{ path: '', code: 'mismatch', message: `The signed seal is ${signed}, not that of --expect-seal` }],
      };
    seal = signed;
  }
  if (seal === undefined && expectHash === undefined) return {};
  return {
    expect: { ...(expectHash === undefined ? {} : { hash: expectHash }), ...(seal === undefined ? {} : { seal }) },
  };
}

function verdictOn(target, options, expect, terminal) {
  const isTrusted = expect !== undefined || options.requireAnchor === true;
  const named = earlierLock(target, isTrusted);
  const lock = named?.file ?? (target === undefined ? lockFile(lockedFolder(undefined, isTrusted)) : lockOf(target));
  // An answer about other items than those that were named would be a wrong one.
  if (lock !== undefined && options.items !== undefined)
    throw new Failure(EXIT.misuse, 'This is a lock, which has its own items: --items is only for a record', {
      file: lock,
    });
  if (named !== undefined) return verifyNamed(named, expect);
  return lock === undefined ? verifyStored(target, options, expect, terminal) : verifyFolder(lock, expect, terminal);
}

/**
 * Returns the earlier lock that is meant, or undefined. With a trusted value, digits alone are the name of a folder, which somebody could have removed, to
 * have the lock of another one verified: whose seal begins like its name, as one that is looked for long enough does.
 */
function earlierLock(target, isTrusted) {
  if (target === undefined) return undefined;
  if (!isTrusted || target.startsWith('sha256:')) return lockNamed(target);
  if (!isBeginning(target) || exists(target)) return undefined;
  const message =
    'There is no such file or folder; with a trusted value, a lock is named with sha256: before its digits';
  throw new Failure(EXIT.io, message, { file: target });
}

/** Verifies an earlier lock, by the texts that are kept of its items. */
function verifyNamed({ record, file, index }, expect) {
  const objects = objectsOf(dirname(file));
  const list = index().map(({ itemId, digest }) => ({ itemId, digest }));
  const verifier = started({ record, index: list, ...(expect === undefined ? {} : { expect }) }, file);
  for (const { itemId, digest } of list) {
    const json = objects.get(digest);
    if (json === undefined) throw new Failure(EXIT.io, `The text of ${shown(itemId)} is not kept here, or was changed`);
    verifier.add(json);
  }
  return finished(verifier, record, file);
}

// D8-3
/** Verifies the folder that a lock is in. */
function verifyFolder(file, expect, terminal) {
  const home = namedFolder(dirname(file));
  const lock = requiredLock(file, false);
  const config = readConfig(home, lock.record?.metadata?.$snapshot?.manifest?.pack);
  const index = lock.index.map(({ itemId, digest }) => ({ itemId, digest }));
  const verifier = started(
    { record: lock.record, index, pack: config.pack, ...(expect === undefined ? {} : { expect }) },
    file,
  );
  const files = walk(home, config, (text) => terminal.note(text), false);
  const progress = terminal.progress('verifying');
  const counts = newCounts();
  const sizes = new Map(lock.index.map(({ itemId, bytes }) => [itemId, bytes]));
  for (const [at, entry] of files.entries()) {
    progress.update(at, files.length);
    const { json, bytes } = readItem(entry, config, { allowsSecrets: true, counts });
    if (json === undefined) continue;
    verifier.add(json);
    if ((sizes.get(entry.path) ?? bytes) !== bytes)
      terminal.note(
        `${shown(entry.path)}: has ${bytes} bytes; the lock, whose sizes no seal covers, says ${sizes.get(entry.path)}`,
      );
  }
  progress.stop();
  return finished(verifier, lock.record, file);
}

async function verifyStored(target, options, expect, terminal) {
  const { parts, items: found } = storedParts(target);
  const items = itemsOf(target, found, options.items);
  const verifier = started({ ...parts, ...(expect === undefined ? {} : { expect }) }, nameOf(target));
  const progress = terminal.progress('verifying', (done) => sized(done));
  const places = new Places();
  const add = passedOver(target, (item) => verifier.add(item));
  await eachItem(items, add, nameOf(target), { read: progress.update, places });
  progress.stop();
  const { issues, ...result } = finished(verifier, parts.record, nameOf(target));
  return { ...result, issues: issues.map((issue) => inFile(issue, places)) };
}

function started(parts, file) {
  try {
    return new SnapshotVerifier(parts);
  } catch (error) {
    throw failureOf(error, file);
  }
}

function finished(verifier, record, file) {
  const result = { ...verifier.finish(), record, file };
  verifier.free();
  return result;
}

const STANDS_ON = {
  none: 'nothing from elsewhere: all of it may have been replaced together\n  give a trusted value: --expect-hash, --expect-seal, or --attestation with --key',
  hash: 'the trusted hash: the content is what it was; who, when and why are not covered',
  seal: 'the trusted seal: the content, and who, when and why',
};

/** Returns the verdict in one word or three. */
const verdictOf = ({ valid, anchor }) =>
  valid ? (anchor === 'none' ? 'consistent, not anchored' : 'verified') : 'not verified';

function report({ valid, issues, anchor, record, file }, { json, isSigned }, terminal) {
  const verdict = verdictOf({ valid, anchor });
  if (json) {
    const { hash = null, itemCount = null } = valid ? record : {};
    terminal.json({ type: 'verification', verdict, valid, anchor, signed: valid && isSigned, hash, itemCount, issues });
    return;
  }
  const { bold, green, yellow, red } = terminal.paint;
  if (!valid) {
    terminal.out(bold(red(verdict)));
    for (const { path, message, itemId } of issues) {
      const place = itemId || path;
      const what = itemId === undefined ? worded(message) : shortened(worded(message));
      terminal.out(`  ${place === '' ? shown(file) : worded(place)}: ${what}`);
    }
    return;
  }
  terminal.out(`${bold(anchor === 'none' ? yellow(verdict) : green(verdict))}: ${counted(record.itemCount, 'item')}`);
  terminal.out(`  hash ${record.hash}`);
  terminal.out(`  stands on ${isSigned ? 'the signed seal: the content, and who, when and why' : STANDS_ON[anchor]}`);
}
