// Names with escapes in records: as they were passed in, whatever was parsed before.
//
// Why: V8 of Node.js 26 confuses names with escapes in `JSON.parse`, so such text is parsed by the package itself
// (`src/wasm/js/json.js`). How: random metadata with such names, against what was passed in. `tests/hosts/` runs a part of this in every
// host.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalize, snapshotPack, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import fc from 'fast-check';

const pack = { packKey: 'p', version: '1', title: '' };
const piece = fc.constantFrom(
  '',
  '\\',
  '"',
  '\n',
  '\0',
  'a',
  '1',
  '__proto__',
  '\u20ac',
  '\u{1f600}',
  '{',
  ',',
  ':',
  ']',
);
const name = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''));
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(name, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).value;

// F4-6, F9.2-2
test('keeps names and strings with escapes in the metadata of a record', () => {
  fc.assert(
    fc.property(value, (x) => {
      const { record } = snapshotPack(
        { packKey: 'p', metadata: { x } },
        { actor: 'admin', pack, items: [], now: 1e12, snapshotId: 's' },
      );
      assert.equal(canonicalize(record.metadata.x), canonicalize(x));
      assert.deepEqual(verifySnapshot({ record, items: [] }).issues, []);
    }),
    { numRuns: 3000, seed: 20261129 },
  );
});

test('reads a record of 4 MB with many quotes in linear time', () => {
  const text = '\\"'.repeat(1_000_000);
  const { record } = snapshotPack(
    { packKey: 'p', metadata: { [text.slice(0, 1000)]: text } },
    { actor: 'admin', pack, items: [], now: 1e12, snapshotId: 's' },
  );
  assert.equal(record.metadata[text.slice(0, 1000)], text);
});
