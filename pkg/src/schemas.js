// Makes the JSON Schemas (2020-12) of the parts of a snapshot. The build writes them to `schemas/`.
//
// Why generated: a manifest is part of a record, a proof and a statement, and each file must be complete, because many validators do not
// follow references to other files. How: functions for shared parts. They use keywords that both Ajv in strict mode and
// `z.fromJSONSchema` know, and `pattern` instead of `format`, which validators ignore by default. Rules that a schema cannot
// express are in its `$comment` and in docs/SCHEMAS.md.

const MOST = Number.MAX_SAFE_INTEGER;
export const text = { type: 'string' };
export const filled = { type: 'string', minLength: 1 };
export const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
export const count = { type: 'integer', minimum: 0, maximum: MOST };
export const anyObject = { type: 'object' };
export const snapshotId = { type: 'string', pattern: '^[^:]+$' };
const DAY = '(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const TIME = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]';
/** A time in the form of FORMAT section 5.1. */
export const written = { type: 'string', pattern: `^(?:19[7-9][0-9]|[2-9][0-9]{3})-${DAY}T${TIME}\\.[0-9]{3}Z$` };
/** RFC 3339 with an offset. */
const instant = {
  type: 'string',
  pattern: `^[0-9]{4}-${DAY}[Tt]${TIME}(?:\\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$`,
};
const base64 = { type: 'string', pattern: '^[A-Za-z0-9+/_-]*={0,2}$' };
export const exactly = (value) => ({ type: 'string', const: value });
export const oneOf = (...values) => ({ type: 'string', enum: values });
export const list = (items, bounds = {}) => ({ type: 'array', items, ...bounds });

/** Describes an object with these members; names that end in `?` are optional. Other members are ignored, or refused if it is closed. */
function object(members, isClosed = false) {
  const properties = {};
  const required = [];
  for (const [name, schema] of Object.entries(members)) {
    const own = name.replace(/\?$/, '');
    properties[own] = schema;
    if (own === name) required.push(own);
  }
  return { type: 'object', properties, required, ...(isClosed && { additionalProperties: false }) };
}
export const closed = (members) => object(members, true);

const packOf = (kindOfObject) =>
  kindOfObject({
    packKey: filled,
    version: text,
    title: text,
    'description?': text,
    'owners?': list(text),
    'tags?': list(text),
    'sources?': list(
      kindOfObject({
        kind: filled,
        key: filled,
        'version?': text,
        'required?': { type: 'boolean' },
        'description?': text,
      }),
    ),
  });
const manifest = closed({
  format: exactly('context.pack.snapshot/v1'),
  itemCount: count,
  itemsRoot: digest,
  pack: packOf(closed),
});
const details = closed({
  manifest,
  seal: digest,
  actor: oneOf('admin', 'user'),
  grant: oneOf('actor', 'role'),
  'userId?': filled,
  'reason?': text,
  'requestedBy?': text,
  'traceId?': text,
  'idemKey?': filled,
  'tenantId?': text,
  'organizationId?': text,
  'workspaceId?': text,
  'channel?': text,
  'parent?': digest,
});

const orNull = (schema) => ({ anyOf: [schema, { type: 'null' }] });
const proof = { itemId: filled, leafIndex: count, path: list(digest), manifest, hash: digest };
/** A neighbour in a proof of absence. Its item may be as a store returns it. */
const neighbour = object({
  ...proof,
  digest,
  'item?': object({
    itemId: filled,
    kind: filled,
    sourceKey: filled,
    'sourceVersion?': orNull(text),
    content: { anyOf: [text, anyObject] },
    'textContent?': orNull(text),
    'metadata?': orNull(anyObject),
  }),
});

/** Makes a file: title, description, rules that only the code checks, and the schema. */
const SCHEMAS = {
  pack: [
    'ContextPackRecord',
    'A context pack, as snapshotPack takes it. Members that are not named are not part of a snapshot.',
    'The code also refuses unpaired surrogates, and documents beyond its limits (FORMAT section 10).',
    packOf(object),
  ],
  item: [
    'ContextSnapshotItem',
    'An item, as snapshotPack takes it and as it is stored. Members that are not named are ignored.',
    'The code also refuses unpaired surrogates, times that do not exist or are not from 1970 to 9999, an itemId that another item of the pack has, and documents beyond its limits.',
    object({
      itemId: filled,
      kind: filled,
      sourceKey: filled,
      'sourceVersion?': text,
      content: { anyOf: [text, anyObject] },
      'textContent?': text,
      'metadata?': anyObject,
      'createdAt?': instant,
    }),
  ],
  record: [
    'SnapshotRecord',
    'The record of a snapshot (FORMAT section 4), as snapshotPack returns it.',
    'The code also computes hash and seal, and compares members that repeat each other. A verification also accepts a record as stores return it: with null for createdBy, and times in other forms (FORMAT section 11).',
    object({
      snapshotId,
      packKey: filled,
      packVersion: text,
      hash: digest,
      itemCount: count,
      createdAt: written,
      'createdBy?': text,
      metadata: object({ $snapshot: details }),
    }),
  ],
  'index-entry': [
    'SnapshotIndexEntry',
    'An entry of the index of a snapshot (FORMAT section 2.1).',
    'The code also checks that the index is sorted, and that its tree has the root of the manifest.',
    object({ itemId: filled, digest }),
  ],
  proof: [
    'ItemProof',
    'A proof that an item is in a snapshot (FORMAT section 6).',
    'The code also computes the hash, and the path from the item to the root.',
    object(proof),
  ],
  'absence-proof': [
    'AbsenceProof',
    'A proof that no item of a snapshot has an id (FORMAT section 6.1).',
    'The code also computes the hash and the paths, and compares the order and the places of the neighbours. Without a neighbour there must be a manifest.',
    object({ itemId: filled, 'before?': neighbour, 'after?': neighbour, 'manifest?': manifest }),
  ],
  statement: [
    'SnapshotStatement',
    'An in-toto Statement v1 about a snapshot: the payload of an envelope.',
    'The code also computes the hash of the manifest, and compares hash and name of the pack with the subject.',
    closed({
      _type: exactly('https://in-toto.io/Statement/v1'),
      subject: list(
        closed({
          name: { type: 'string', pattern: '^context-pack:' },
          digest: object({ sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } }),
        }),
        { minItems: 1, maxItems: 1 },
      ),
      predicateType: exactly('https://contractspec.io/attestation/context-snapshot/v1'),
      predicate: closed({
        snapshotId,
        createdAt: written,
        'createdBy?': text,
        seal: digest,
        manifest,
        'reason?': text,
      }),
    }),
  ],
  envelope: [
    'DsseEnvelope',
    'A DSSE envelope with a statement about a snapshot.',
    'The code also reads the base64 strictly, looks for a signature by one of the keys, and checks the statement that was signed.',
    object({
      payload: base64,
      payloadType: exactly('application/vnd.in-toto+json'),
      signatures: list(object({ 'keyid?': orNull(text), sig: base64 }), {
        minItems: 1,
        maxItems: 100,
      }),
    }),
  ],
};

/** Returns the schema of a part of a snapshot, to be a part of another schema. */
export const partOf = (name) => SCHEMAS[name].at(-1);

/** Returns files of schemas by name, from the four things that make one. */
export const filesOf = (parts) =>
  Object.fromEntries(
    Object.entries(parts).map(([name, [title, description, $comment, schema]]) => [
      `${name}.json`,
      { $schema: 'https://json-schema.org/draft/2020-12/schema', title, description, $comment, ...schema },
    ]),
  );

/** The files of `schemas/` that are about snapshots, by name. */
export const schemas = filesOf(SCHEMAS);
