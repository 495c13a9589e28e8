// The items of the example's pack.
//
// Why a function of the range: any process can load any part, again and again, and gets the same items. Your loader does that too if it reads
// by primary key, as of one point in time: `select … where id >= $1 and id < $2 order by id`.

import { createHash } from 'node:crypto';

const WORDS = [
  'delivery',
  'invoice',
  'refund',
  'parcel',
  'voucher',
  'address',
  'label',
  'counter',
  'season',
  'promise',
];

/** Characters of an item's text, so that the canonical item has about 1 kB. */
const LENGTH = 860;

/** Makes a text of words that depends on the number alone. */
function textOf(number) {
  const bytes = createHash('sha256').update(`item ${number}`).digest();
  let text = `Article ${number}:`;
  for (let at = 0; text.length < LENGTH; at++)
    text += ` ${WORDS[(bytes[at % 32] + at) % WORDS.length]} ${bytes[(at * 7) % 32]}`;
  return text.slice(0, LENGTH);
}

function itemOf(number) {
  return {
    itemId: `article-${number}`,
    kind: 'docblock',
    sourceKey: `help/${number % 100}`,
    content: textOf(number),
    metadata: { number },
  };
}

/** Loads the items with the numbers from `first` to below `end`, one after the other. */
export async function* load(first, end) {
  for (let number = first; number < end; number++) yield itemOf(number);
}
