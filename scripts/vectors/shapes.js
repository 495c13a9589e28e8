// Checks the shape of a value that came from JSON text, and names the issue if it is wrong (ERRORS 4 and 8).
//
// How: a check returns the value if it is valid, otherwise undefined after passing an issue to `report`, which may be any
// function. The code follows the documents and shares nothing with the verifiers, because it is the second opinion on them.

import canonicalize from 'canonicalize';
import * as say from './messages.js';

/** Names the type of a value as `received` does (ERRORS 4.1). */
export function received(value) {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
export const isObject = (value) => received(value) === 'object';
export const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HALF = /\p{Surrogate}/u;

export function string(report, path, value, { mayBeEmpty = true } = {}) {
  if (typeof value !== 'string') return report(say.wrong(path, 'string', received(value)));
  if (HALF.test(value)) return report(say.halfPair(path, value.search(HALF)));
  return value === '' && !mayBeEmpty ? report(say.empty(path)) : value;
}
export const name = (report, path, value) => string(report, path, value, { mayBeEmpty: false });

export function digest(report, path, value) {
  const text = string(report, path, value);
  return text === undefined || DIGEST.test(text) ? text : report(say.noDigest(path));
}

export function snapshotId(report, path, value) {
  const id = name(report, path, value);
  return id?.includes(':') ? report(say.colon(path)) : id;
}

export function count(report, path, value) {
  return Number.isSafeInteger(value) && value >= 0 ? value : report(say.wrong(path, say.COUNT, received(value)));
}

/** Checks that a string is one of a few. */
export const oneOf = (known) => (report, path, value) => {
  const text = string(report, path, value);
  if (text === undefined || known.includes(text)) return text;
  return report(say.mismatch(path, known.map((one) => JSON.stringify(one)).join(' or '), inMessage(text)));
};

export function boolean(report, path, value) {
  return typeof value === 'boolean' ? value : report(say.wrong(path, 'boolean', received(value)));
}

export function object(report, path, value, expected = 'object') {
  return isObject(value) ? value : report(say.wrong(path, expected, received(value)));
}

/** Checks a list and each of its elements; returns undefined if anything in it is wrong. */
export const list = (element) => (report, path, value) => {
  if (!Array.isArray(value)) return report(say.wrong(path, 'array', received(value)));
  const elements = value.map((one, at) => element(report, `${path}.${at}`, one));
  return elements.includes(undefined) ? undefined : elements;
};

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d)(?::(\d\d))?)$/;
const INCOMPLETE = /^(\d{4}-\d\d-\d\d)?(?:(?:^|[Tt ])(\d\d:\d\d)(:\d\d(?:\.\d+)?)?([Zz]|[+-]\d\d(?::\d\d)?)?)?$/;
/** Lists the parts that a text lacks to be a time (ERRORS 4). */
function lacking(text) {
  const [, date, minutes, seconds, offset] = INCOMPLETE.exec(text) ?? [];
  if (!date && !minutes) return undefined;
  const completed = `${date ?? '2000-01-01'}T${minutes ?? '00:00'}${seconds ?? ':00'}${offset ?? 'Z'}`;
  if (time(() => undefined, '', completed) === undefined) return undefined;
  const parts = { date, time: minutes, seconds: minutes ? seconds : true, offset };
  const missing = Object.keys(parts).filter((part) => parts[part] === undefined);
  return missing.map((part) => `the ${part}`).join(', ');
}

/** Reads a time as stores write it (FORMAT 11), and returns it in the form of FORMAT 5.1. */
export function time(report, path, value) {
  if (typeof value !== 'string') return report(say.wrong(path, 'date', received(value)));
  const [, year, month, day, hour, minute, second, fraction = '', sign, hours = 0, minutes = 0] =
    TIME.exec(value) ?? [];
  // Date would turn 30 February into 2 March, and 99 into 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(day);
  const isTime = isDay && hour <= 23 && minute <= 59 && second <= 59 && hours <= 23 && minutes <= 59;
  if (!isTime) return report(say.noTime(path, TIME.test(value) ? undefined : lacking(value)));
  date.setUTCHours(hour, minute, second, fraction.slice(0, 3).padEnd(3, '0'));
  const utc = date.getTime() - (sign === '-' ? -60_000 : 60_000) * (60 * hours + Number(minutes));
  if (utc < 0 || utc >= Date.UTC(10_000, 0)) return report(say.outOfRange(path));
  return new Date(utc).toISOString();
}

/** Reports unpaired surrogates, and levels beyond `most`, in a JSON value; returns true if there are none. */
export function json(report, path, value, level, most) {
  if (typeof value === 'string') return string(report, path, value) !== undefined;
  if (typeof value !== 'object' || value === null) return true;
  if (level > most) return report(say.tooDeep(path, most)) !== undefined;
  const names = Object.keys(value);
  const check = (one) => {
    const inside = `${path}.${one}`;
    const isName = Array.isArray(value) || string(report, inside, one) !== undefined;
    return json(report, inside, value[one], level + 1, most) && isName;
  };
  return names.map(check).every(Boolean);
}

/** Reports unknown members, sorted (FORMAT 9.4); returns true if there are none. */
export function closed(report, path, value, known, hints = {}) {
  const others = Object.keys(value).filter((one) => !known.includes(one));
  const prefix = path === '' ? '' : `${path}.`;
  for (const one of others.sort())
    report(say.unknown(`${prefix}${one}`, say.shown(one), Object.hasOwn(hints, one) ? hints[one] : undefined));
  return others.length === 0;
}

/** Writes a value as messages show it: canonical JSON, digests without quotes, `nothing` if it is absent (ERRORS 8). */
function inMessage(value, isDigest = false) {
  if (value === undefined) return 'nothing';
  return say.shown(isDigest ? value : canonicalize(value));
}

/**
 * Checks the members of an object. Returns those that are valid, and whether all are. `checks` maps names to checks: `?` after
 * a name marks an optional member, `??` one that is also absent if it is null.
 */
export function members(report, path, value, checks) {
  const taken = {};
  let isRight = true;
  for (const [key, check] of Object.entries(checks)) {
    const one = key.replace(/\?+$/, '');
    const given = Object.hasOwn(value, one) ? value[one] : undefined;
    if (key.endsWith('?') && (given === undefined || (key.endsWith('??') && given === null))) continue;
    const right = check(report, `${path}.${one}`, given);
    if (right === undefined) isRight = false;
    else taken[one] = right;
  }
  return { taken, isRight };
}

/** Checks the members of an object; returns them if all are valid. If it is closed, unknown members are issues, too. */
export function whole(report, path, value, checks, isClosed) {
  const { taken, isRight } = members(report, path, value, checks);
  const known = Object.keys(checks).map((key) => key.replace(/\?+$/, ''));
  return (!isClosed || closed(report, path, value, known)) && isRight ? taken : undefined;
}

/** Makes the issue of a value that differs from the expected one (ERRORS 8). */
export function different(path, expected, found, isDigest = false) {
  return say.mismatch(path, inMessage(expected, isDigest), inMessage(found, isDigest));
}
