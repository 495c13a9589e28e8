// Brings patterns, and paths that they are compared with, to Unicode NFC (FOLDER 2.2, 4).
//
// Why not `normalize` on the whole text: it takes time quadratic in the number of combining characters that follow each other, and a pattern is
// as long as a stranger likes. How: ASCII is composed with what follows it, and never with what is before it, so each part between ASCII is
// normalized by itself. One that is longer than any name of a file matches none, and stays as it is.

/** Longest part that is normalized, in UTF-16 units. */
const LONGEST = 256;

export const nfc = (text) =>
  text.replace(/[^\x80-\uffff]?[\x80-\uffff]+/g, (part) => (part.length > LONGEST ? part : part.normalize('NFC')));
