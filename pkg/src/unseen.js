// The characters that no message shows as they are, because they cannot be seen, or change how other text looks (ERRORS 6.2).
//
// Why here: the handlers, the stores and the command write messages of their own, in different forms, and must agree on this. The core has
// its own list, in `src/primitives/sanitize.rs`, and tests compare them over all code points.

/** The set, for the brackets of a regular expression with the flag `u`. */
// E6.2-2
export const UNSEEN = '\\u180f\\u2028\\u2029\\ufff9-\\ufffb\\p{Cc}\\p{DI}';
