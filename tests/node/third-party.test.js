// Why: whoever ships the package must name its parts, so the list must match what was compiled. How: the list is generated again
// from Cargo's data and esbuild's, and compared.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { thirdParty } from '../../scripts/third-party.js';
import { root } from './support/child.js';

const text = readFileSync(join(root, 'THIRD-PARTY.md'), 'utf8');

test('THIRD-PARTY.md matches the data of Cargo and esbuild; otherwise run node scripts/third-party.js', () => {
  assert.equal(text, thirdParty());
});

test('the list is reproducible', () => assert.equal(thirdParty(), thirdParty()));

test('each part is in the table and above the text of its licence', () => {
  const crates = [...text.matchAll(/^\| (@?[\w./-]+) \| \d/gm)].map(([, name]) => name);
  assert(crates.length > 20);
  for (const name of [
    'sha2',
    'serde_json',
    'talc',
    'uuid',
    'wasm-bindgen',
    'js-sys',
    'wasm-bindgen-cli-support',
    'commander',
    'diff',
  ]) {
    assert(crates.includes(name), name);
  }
  const headings = [...text.matchAll(/^### (.*)$/gm)].flatMap(([, names]) => names.split(', '));
  assert.deepEqual([...new Set(headings)].sort(), [...crates].sort());
  // Crates that only run during compilation are not part of it.
  assert(!crates.some((name) => ['syn', 'quote', 'serde_derive', 'wasm-bindgen-macro'].includes(name)));
});

test('every licence has its text', () => {
  const texts = text.split(/^### /m).slice(1);
  for (const one of texts)
    assert.match(one, /Permission is hereby granted, free of charge|Permission to use, copy|Redistribution and use/);
});

test('names nothing of the machine that made it', () => {
  assert(!text.includes(root));
  assert.doesNotMatch(text, /\/(?:home|root|Users)\/|registry\/src/);
});
