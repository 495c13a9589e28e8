// Shows text of strangers in messages (ERRORS 6.2).
//
// Why: ids, names and trace ids end in a terminal, a log or a page, where invisible text could hide or forge something. How: as the core
// shows them: characters that cannot be seen become escapes, and of a long text only the two ends are shown.

import { append, sliceOf, uncurried, unitAt } from '#language';
import { UNSEEN } from '../unseen.js';

const test = uncurried(RegExp.prototype.test);
const join = uncurried(Array.prototype.join);
const digitsOf = uncurried(Number.prototype.toString);
const UNSEEN_ONE = new RegExp(`[${UNSEEN}]`, 'u');
const HALF = /\p{Cs}/u;
const CUT = '\ufffd';
/** Highest number of UTF-16 units of a text in a message, and of each of its ends if it is longer. */
const MOST = 256;
const HEAD = 128;
const TAIL = 127;

/** Returns an escape for each UTF-16 unit of a character. */
function escaped(character) {
  let text = '';
  for (let at = 0; at < character.length; at++)
    text += `\\u${sliceOf(digitsOf(0x10000 + unitAt(character, at), 16), 1)}`;
  return text;
}

/** Returns the characters of a text as they are shown. */
function charactersOf(text) {
  const characters = [];
  for (let at = 0; at < text.length; ) {
    const isPair = unitAt(text, at) >> 10 === 0x36 && unitAt(text, at + 1) >> 10 === 0x37;
    const character = sliceOf(text, at, at + (isPair ? 2 : 1));
    at += character.length;
    append(characters, test(HALF, character) ? CUT : test(UNSEEN_ONE, character) ? escaped(character) : character);
  }
  return characters;
}

/** Returns the characters of the beginning, or the end, that fit into so many units. */
function fitting(text, most, isEnd) {
  // One unit more than fits: half of a pair there is not taken for one that is alone.
  const characters = charactersOf(isEnd ? sliceOf(text, -most - 1) : sliceOf(text, 0, most + 1));
  let shown = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[isEnd ? characters.length - 1 - at : at];
    const left = most - shown.length;
    const next = character.length <= left ? character : left === 1 && character.length === 2 ? CUT : '';
    shown = isEnd ? next + shown : shown + next;
    if (next !== character) break;
  }
  return shown;
}

/** Returns a text as messages show it. */
// E6.2-1, E6.2-3
export function shown(text) {
  const whole = text.length > MOST ? text : join(charactersOf(text), '');
  return whole.length > MOST ? `${fitting(text, HEAD, false)}…${fitting(text, TAIL, true)}` : whole;
}
