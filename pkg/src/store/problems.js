// The errors of the stores. What a driver says never reaches a caller: it may quote rows. The driver's error is the cause, for the log.

import { SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { UNSEEN } from '../unseen.js';

/** Makes an error with a cause that is neither enumerable nor part of the problem object. */
export function problem(code, detail, { args, cause } = {}) {
  const error = new SnapshotError({ code, detail, ...(args !== undefined && { args }) });
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, configurable: true });
  return error;
}

export const notFound = (snapshotId) => problem('NOT_FOUND', `There is no snapshot ${shorten(snapshotId)}`);

export const invalid = (detail) => problem('VALIDATION_FAILED', detail);

/** Throws for a member that is not an option: misspelt, it would be left out in silence. */
export function refuseOthers(options, names) {
  if (typeof options !== 'object' || options === null) throw invalid(`Expected options: { ${names.join(', ')} }`);
  const other = Object.keys(options).find((name) => !names.includes(name));
  if (other !== undefined) throw invalid(`There is no option ${shorten(other)}: expected { ${names.join(', ')} }`);
}

const UNSEEN_ALL = new RegExp(`[${UNSEEN}]`, 'gu');
const escapeOf = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Quotes and bounds a text of somebody, and makes its invisible characters visible. */
export function shorten(text) {
  const quoted = JSON.stringify(`${text}`.slice(0, 121)).replace(UNSEEN_ALL, (unseen) =>
    unseen.split('').map(escapeOf).join(''),
  );
  return quoted.length <= 120 ? quoted : `${quoted.slice(0, 80)}…`;
}

/** Returns true for an error of this module, or of the package. */
export const isOurs = (error) => error instanceof SnapshotError;
