// Shows text of strangers on one line of a terminal.
//
// Why: a file name may hold a line break, an escape sequence, or characters that cannot be seen or change the direction of writing, and must
// neither forge a line of output nor hide a part of one. Nor may it be a command to a runner of GitHub Actions, which looks for these in all
// output: `::stop-commands::` would hide the annotations. How: what the core escapes in its messages is escaped here, too, in every form of output
// except the one for names as they are (`--nul`).

import { relative } from 'node:path';
import { UNSEEN } from '../unseen.js';

/** What cannot be shown as it is: also halves of surrogate pairs, which no encoding can write. */
const UNSHOWN = `${UNSEEN}\\p{Cs}`;
/**
 * The first character of what a runner takes for a command: `::` at the beginning of a line, behind blanks, or `##[` anywhere. Looks back only from
 * a colon: looking back from each of many blanks would take time in proportion to their square.
 */
const COMMAND = ':(?=:)(?<=^\\s*:)|#(?=#\\[)';
const UNSHOWN_ALL = new RegExp(`[${UNSHOWN}]`, 'gu');
const UNWORDED_ALL = new RegExp(`[${UNSHOWN}]|${COMMAND}`, 'gu');
const COMMANDS = new RegExp(COMMAND, 'gmu');
const UNSAFE = new RegExp(`["\\\\${UNSHOWN}]|${COMMAND}`, 'u');
const UNSAFE_ALL = new RegExp(UNSAFE.source, 'gu');
/** Ends of lines and tabs may stay in text of several lines, and so may the character that makes an emoji of the one before it. */
const UNSEEN_IN_LINES = new RegExp(`(?![\\n\\t]|(?<=\\p{Emoji})\\ufe0f)[${UNSHOWN}]`, 'gu');
const UNSEEN_IN_JSON = new RegExp(`(?!\\n)[${UNSHOWN}]|#(?=#\\[)`, 'gu');
/** Characters that only need an escape inside of quotes. */
const QUOTED = /^["\\]$/;

/** Returns text unchanged if it can be shown, otherwise in double quotes with the escapes of JSON. */
export function shown(text) {
  if (!UNSAFE.test(text)) return text;
  return `"${text.replace(UNSAFE_ALL, escaped)}"`;
}

/** Most UTF-16 units of a member of a record in a line for people (E6.2-3), and of a message. */
const MOST_NAME = 256;
const MOST_MESSAGE = 2000;

/** Leaves out the middle of a text that is longer than that: a stranger's names may have megabytes. */
function cut(text, most) {
  if (text.length <= most) return text;
  const half = (most - 1) >> 1;
  return `${text.slice(0, half)}…${text.slice(-half)}`.toWellFormed();
}

/** Returns a member of a record, which may be of any length, for a line for people. */
export const brief = (text) => shown(cut(text, MOST_NAME));

/** Returns a message that was made of texts of any length. */
export const bounded = (message) => cut(message, MOST_MESSAGE);

function escaped(character) {
  if (QUOTED.test(character)) return `\\${character}`;
  const json = JSON.stringify(character).slice(1, -1);
  if (json !== character) return json;
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Replaces characters that cannot be seen, or would act on a terminal, in text of several lines. */
export const visible = (text) => text.replace(UNSEEN_IN_LINES, '\ufffd');

/** Replaces what a runner takes for a command in whole lines of output that cannot have escapes. */
export const inert = (lines) => lines.replace(COMMANDS, '\ufffd');

/** Replaces characters that cannot be seen in text of one line that cannot have escapes. */
export const visibleLine = (text) => text.replace(UNSHOWN_ALL, '\ufffd');

/** Returns a message for people, which may hold quotes, with all else that would act on a terminal escaped. */
export const worded = (text) => text.replace(UNWORDED_ALL, escaped);

/** Returns what an issue says, after its path if it has one: both with the escapes that the core has written. */
export const issueText = ({ path, message }) => `${path === '' ? '' : `${worded(path)}: `}${worded(message)}`;

/** Returns a value as JSON, which is the same value with escapes for what cannot be seen. */
export const jsonText = (value, indent) => JSON.stringify(value, null, indent).replace(UNSEEN_IN_JSON, escaped);

/** Returns several names, in the same way. */
export const shownList = (names) => names.map(shown).join(', ');

/** Returns the name of a file as people would type it here. */
export function shownFile(file) {
  const place = relative(process.cwd(), file);
  return shown(place.startsWith('..') ? file : place);
}

/** Shortens digests in a text for people to twelve digits. Digests that people copy as trusted values stay whole. */
export const shortened = (text) => text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Returns a number of bytes for people: `999 B`, `1.2 kB`, `34 MB`. */
export function sized(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Returns a whole number with a comma before every three digits. `toLocaleString` would load the tables of all languages. */
export const grouped = (count) => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** Returns a count with its noun: `1 item`, `1,200 items`. */
export const counted = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
