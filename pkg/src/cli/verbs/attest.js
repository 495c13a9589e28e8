// `attest` and `check-attestation`: an in-toto statement about a snapshot in a DSSE envelope.

import { signStatement, toStatement, verifyEnvelope } from '@lssm-tech/lib.context-snapshot';
import { EXIT, failureOf } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { LOCK } from '../folder/paths.js';
import { readObject } from '../inputs/json.js';
import { lockFile } from '../lock/lock.js';
import { brief, jsonText, shown, worded } from '../shown.js';
import { requiredLock } from './changed.js';
import { privateKey, publicKey } from './keys.js';
import { lockNamed } from './named.js';
import { lockOf, storedParts } from './stored.js';

function recordOf(target) {
  const named = target === undefined ? undefined : lockNamed(target);
  if (named !== undefined) return named.record;
  const lock = target === undefined ? lockFile(findFolder(undefined, [LOCK])) : lockOf(target);
  return lock === undefined ? storedParts(target).parts.record : requiredLock(lock).record;
}

export async function attest(target, { key, keyid, json }, terminal) {
  const record = recordOf(target);
  try {
    const envelope = await signStatement(toStatement({ record }), { privateKey: await privateKey(key), keyid });
    if (json) terminal.json({ type: 'envelope', envelope });
    else terminal.out(jsonText(envelope, 2));
  } catch (error) {
    throw failureOf(error, target);
  }
  return EXIT.yes;
}

export async function checkAttestation(file, { key, keyid, expectHash, json }, terminal) {
  const envelope = readObject(file);
  const {
    valid,
    issues: found,
    statement,
  } = await verifyEnvelope(envelope, [{ publicKey: await publicKey(key), keyid }]);
  const signed = statement?.subject[0].digest.sha256;
  const isExpected = expectHash === undefined || expectHash === `sha256:${signed}`;
  const holds = valid && isExpected;
  const message = `The signed hash is sha256:${signed}, not that of --expect-hash`;
  const issues = valid && !isExpected ? [{ path: '', code: 'mismatch', message }] : found;
  if (json) terminal.json({ type: 'attestation', valid: holds, statement: statement ?? null, issues });
  else if (holds) {
    const { seal, createdAt } = statement.predicate;
    terminal.out(`${terminal.paint.green('holds')}: ${brief(statement.subject[0].name)}, made ${shown(createdAt)}`);
    terminal.out(`  hash sha256:${signed}`);
    terminal.out(`  seal ${shown(seal)}`);
  } else {
    terminal.out(terminal.paint.red('does not hold'));
    for (const { path, message } of issues)
      terminal.out(`  ${path === '' ? shown(file) : worded(path)}: ${worded(message)}`);
  }
  return holds ? EXIT.yes : EXIT.no;
}
