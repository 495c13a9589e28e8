// Words of the tape, as `src/value/tape.rs` defines them.
//
// Why in a file of its own: the writer of the tape and the reader of kept items (`items.js`) must agree on them.

export const ABSENT = 0;
export const NULL = 1;
export const BOOLEAN = 2;
export const SHAPED = 3;
export const INTEGER = 4;
export const DOUBLE = 5;
export const STRING = 6;
export const ARRAY = 7;
export const OBJECT = 8;
export const TUPLE = 9;
export const DATE = 10;
export const BAD = 11;
/** A container that is nested too deeply; with a payload, the container that many levels up, again. */
export const DEEP = 12;
export const CUT = 13;
export const KEY = 14;
export const KEY_TEXT = 15;
export const KIND_BITS = 4;
/** Numbers of words that stand for JSON text: of an item, of a stored item, of any value. */
export const TEXT = -(2 ** 31);
export const STORED_TEXT = TEXT + 1;
export const VALUE_TEXT = TEXT + 2;
export const FALSE = BOOLEAN;
export const TRUE = BOOLEAN | (1 << KIND_BITS);

/** Strings up to this length are joined and copied together, because a call for each costs more than the copy. */
export const MAX_SHORT_STRING = 256;

// Views that split a binary64 into two words.
export const double = new Float64Array(1);
export const halves = new Int32Array(double.buffer);
