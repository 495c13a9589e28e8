// Makes the JSON Schemas of the command: of `context-pack.json`, of the lock, and of each line that `--json` writes. The build writes them
// to `schemas/`.
//
// How: lines are told apart by `type`. All objects are closed, so a member that nobody described fails a test.

import {
  closed,
  count,
  digest,
  exactly,
  filesOf,
  filled,
  list,
  oneOf,
  partOf,
  snapshotId,
  text,
  written,
} from '../schemas.js';

const PACK_ID = 'https://unpkg.com/@lssm-tech/lib.context-snapshot/schemas/context-pack.json';
const boolean = { type: 'boolean' };
const anything = {};
const orNull = (schema) => ({ anyOf: [schema, { type: 'null' }] });
const pattern = { type: 'string', pattern: '^[^/!\\\\][^\\\\]*$' };
const form = oneOf('text', 'json', 'digest');

const rule = closed({
  files: pattern,
  kind: filled,
  'as?': form,
  'optional?': boolean,
  '$comment?': anything,
});
const entry = closed({ itemId: filled, digest, bytes: count });

const issue = closed({ path: text, code: filled, message: filled, 'itemId?': text });
const counts = closed({ added: count, changed: count, removed: count, moved: count });
const side = closed({ digest, bytes: count, 'tokens?': orNull(count) });
const snapshot = { snapshotId, packKey: filled, packVersion: text, hash: digest, seal: digest, itemCount: count };

/** The lines of `--json`: what writes them, and their members beside `type`. `tokens` is there with `--tokens`; null if a text is not at hand. */
const LINES = {
  init: ['init', { file: filled, include: list(rule, { minItems: 1 }) }],
  lock: [
    'lock: `bytes` is the sum of the items’ `metadata.bytes`; `changes` counts what differs from the lock before',
    {
      ...{ status: oneOf('locked', 'unchanged', 'dry-run'), file: filled },
      ...{ ...snapshot, bytes: count, 'tokens?': count, changes: counts },
    },
  ],
  change: [
    'status and diff, a line for each change: A added, M modified, D deleted, R renamed (then with `from`)',
    {
      ...{ change: oneOf('A', 'M', 'D', 'R'), path: filled, 'from?': filled },
      ...{ 'before?': side, 'after?': side, 'patch?': text },
    },
  ],
  status: [
    'status, the last line: hash and number of items of the lock; `pack` names the members of the pack that differ',
    { same: boolean, hash: digest, itemCount: count, 'tokens?': count, pack: list(filled), changes: counts },
  ],
  diff: ['diff, the last line', { same: boolean, pack: list(filled), changes: counts }],
  verification: [
    'verify: `anchor` is the trusted value that matched; `signed`, if its seal came from a signature',
    {
      verdict: oneOf('verified', 'consistent, not anchored', 'not verified'),
      ...{ valid: boolean, anchor: oneOf('none', 'hash', 'seal'), signed: boolean },
      ...{ hash: orNull(digest), itemCount: orNull(count), issues: list(issue) },
    },
  ],
  record: [
    'log, a line for each lock, newest first',
    { ...snapshot, createdAt: written, createdBy: orNull(text), reason: orNull(text), parent: orNull(digest) },
  ],
  chain: [
    'log, the last line: `missingParent` is the seal of a lock before these that is not here',
    { valid: boolean, length: count, missingParent: orNull(digest), issues: list(issue) },
  ],
  snapshot: ['create, and show of a snapshot', { ...snapshot, record: partOf('record'), 'tokens?': orNull(count) }],
  item: ['show of an item: `item` is its canonical form', { digest, item: partOf('item'), 'tokens?': count }],
  studio: ['studio, once it serves: `address` has a secret, and works until the command ends', { address: filled }],
  preview: [
    'preview: `changes` is null without something to compare with, or with problems',
    {
      hash: orNull(digest),
      ...{ itemCount: count, bytes: count, 'tokens?': count },
      kinds: list(closed({ kind: filled, items: count, bytes: count, 'tokens?': count })),
      changes: orNull(
        closed({
          ...{ added: list(filled), removed: list(filled), changed: list(filled) },
          ...{ unchanged: count, pack: list(filled) },
        }),
      ),
      problems: list(issue),
    },
  ],
  inclusion: ['prove: without `item` if its text is not kept', { proof: partOf('proof'), 'item?': partOf('item') }],
  absence: [
    'prove --absent: the neighbours have no `item` with --without-items, or if its text is not kept',
    { absence: partOf('absence-proof') },
  ],
  proof: ['check-proof', { valid: boolean, issues: list(issue) }],
  envelope: ['attest', { envelope: partOf('envelope') }],
  attestation: [
    'check-attestation: `statement` is null if it is not what was signed',
    { valid: boolean, statement: orNull(partOf('statement')), issues: list(issue) },
  ],
  hash: ['hash', { file: filled, digest }],
  canonical: ['canonicalize', { file: filled, canonical: text }],
};

const lines = Object.entries(LINES).map(([type, [description, members]]) => [
  type,
  { description, ...closed({ type: exactly(type), ...members }) },
]);

/** The files of `schemas/` that are about the command, by name. */
export const cliSchemas = filesOf({
  'context-pack': [
    'ContextPackConfig',
    'context-pack.json: which files of a folder are items, and how (FOLDER section 2).',
    'The code also reads patterns strictly (FOLDER section 2.2), and refuses members with the same name.',
    {
      $id: PACK_ID,
      ...closed({
        ...{ '$schema?': anything, '$comment?': anything, folder: exactly('context-folder/v1') },
        ...{ packKey: filled, version: filled, title: text, 'description?': text },
        ...{ 'owners?': list(filled), 'tags?': list(filled) },
        include: list(rule, { minItems: 1 }),
        ...{ 'exclude?': list(pattern), 'eol?': oneOf('lf', 'keep'), 'binary?': oneOf('digest', 'skip', 'refuse') },
      }),
    },
  ],
  'context-lock': [
    'ContextLock',
    'context.lock.json: the snapshot of a folder (FOLDER section 7).',
    'The code also verifies the record, and compares the index with its root. The seal covers neither bytes nor tool.',
    closed({
      ...{ lock: exactly('context-lock/v1'), folder: exactly('context-folder/v1'), record: partOf('record') },
      ...{ index: list(entry), tool: closed({ name: filled, version: filled }) },
    }),
  ],
  cli: [
    'CliLine',
    'One line of the command with --json. `type` says which; $defs describes each.',
    'Lines may get more members in a later version of the package: read those that you know.',
    {
      type: 'object',
      oneOf: lines.map(([type]) => ({ $ref: `#/$defs/${type}` })),
      $defs: Object.fromEntries(lines),
    },
  ],
});
