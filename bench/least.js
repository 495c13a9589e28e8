// The least that a snapshot of JavaScript values can cost: each value is read once, its text is brought into a buffer once, and as many bytes
// as the canonical text has are hashed once, in one piece.
//
// Why: no program in a host can take less, so a goal beyond this cannot be reached. What it leaves out: names, order, escapes, the text of
// numbers, all checks (prototypes, cycles, halves of surrogate pairs, ids that are there twice), the digest of each item, the tree, the result.

/** Text is brought over in pieces of about this many units: joining is cheap, and a piece stays in the processor's cache. */
const PIECE = 2 ** 16;

/** Returns the function to time. `canonical` is the canonical text of all items, in bytes. */
export function leastOf(items, canonical, digest) {
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(3 * canonical.length + 3 * PIECE);
  const numbers = new Float64Array(canonical.length);
  let text;
  let end;
  let count;

  function bring() {
    end += encoder.encodeInto(text, bytes.subarray(end)).written;
    text = '';
  }

  function read(value) {
    if (typeof value === 'string') {
      text += value;
      if (text.length > PIECE) bring();
    } else if (typeof value === 'object' && value !== null) {
      if (Array.isArray(value)) for (let at = 0; at < value.length; at++) read(value[at]);
      else for (const name of Object.keys(value)) read(value[name]);
    } else {
      numbers[count++] = value;
    }
  }

  return () => {
    text = '';
    end = 0;
    count = 0;
    for (const item of items) read(item);
    bring();
    return digest(canonical);
  };
}
