// FORMAT 2.1 and 9.4: the order of items, and of members.

import { item } from '../parts.js';

/** Names that sort differently by UTF-16 units, by characters, by bytes and by locale. */
const UNSORTED = [
  ...[
    '\ufb33',
    '\u{10ffff}',
    '\u{10000}',
    '😀',
    '😁',
    '\ue000',
    '\uefff',
    '\uf000',
    '\ufffd',
    '\uffff',
    '힣',
    '\ud7ff',
  ],
  ...['\u00e9', 'e\u0301', 'e', 'ea', 'E', 'Z', 'a', 'aa', 'a\u0000', 'a\u{10000}', 'a힣', 'a\ue000', '10', '9', '1'],
  ...[' ', '!', '~', '\u007f', '\u0080', '\u07ff', '\u0800', '€', 'a:b', 'a.b'],
  ...['\u{10000}\ue000', '\u{10000}\u{10000}', '힣\ue000'],
];

export default [
  {
    rules: 'F2.1-1, F7.4-7',
    name: 'items are ordered by UTF-16 code units',
    rule: 'FORMAT 2.1',
    ctx: { items: UNSORTED.map((id) => item(id)) },
  },
  {
    name: 'items D7A3, 10000 and E000, in this order',
    rule: 'FORMAT 2.1',
    ctx: { items: [item('\ue000'), item('\u{10000}'), item('\ud7a3')] },
  },
  {
    rules: 'F9.4-1',
    name: 'members are ordered by UTF-16 code units',
    rule: 'FORMAT 9.4',
    ctx: {
      items: [
        item('order', {
          content: Object.fromEntries(UNSORTED.map((name, at) => [name, at])),
          metadata: { '\ue000': 1, '\u{10000}': 2, '\ud7a3': 3 },
        }),
      ],
    },
  },
];
