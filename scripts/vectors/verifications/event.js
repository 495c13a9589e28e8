// Step 12: the event; also a manifest and an output passed beside the record.

import * as say from '../messages.js';
import { cites } from '../rules.js';
import { changed, hashOf, OTHER, OURS, quoted, row, sealOf, WHOLE, WITH_EVENT } from './base.js';

const ALL = WITH_EVENT;
const set = (name, base, changes, issues) => row(name, base, { set: changes }, issues);
const event = (name, path, value, issue) => set(`event.${name}`, ALL, { [`event.${path}`]: value }, [issue]);

/** Makes two cases for each member of an output: another value, and no value. */
function output(base, path, given) {
  const others = {
    ...{ snapshotId: 'x', packKey: 'x', packVersion: '', hash: OTHER, itemCount: 3 },
    createdAt: '2026-03-01T09:15:30.122Z',
  };
  const types = { itemCount: say.COUNT, createdAt: 'date' };
  const text = (name, value) => (name === 'hash' ? value : quoted(value));
  return [
    ...Object.entries(others).flatMap(([name, other]) => {
      const at = `${path}.${name}`;
      return [
        set(`${at}: another`, base, { [at]: other }, [say.mismatch(at, text(name, given[name]), text(name, other))]),
        row(`${at}: absent`, base, { remove: [at] }, [say.wrong(at, types[name] ?? 'string', 'undefined')]),
      ];
    }),
    set(`${path}.hash: not a digest`, base, { [`${path}.hash`]: 'x' }, [say.noDigest(`${path}.hash`)]),
  ];
}

const withoutTrace = { remove: [`${OURS}.traceId`], set: { 'event.traceId': null } };
const { hash } = WHOLE.record;
const manifest = (member, value) =>
  set(`manifest beside the record: another ${member}`, WHOLE, { [`manifest.${member}`]: value }, [
    say.mismatch('manifest', hash, hashOf({ ...WHOLE.manifest, [member]: value })),
  ]);

export const rule = 'ERRORS 8.1 step 12';
export default [
  cites('F5.3-1, F5.3-2, F11-12'),
  row('good: with an event', ALL),
  cites('E8.1-32'),
  set('good: an event as a store returns it', ALL, {
    ...{ 'event.row': 1, 'event.payload.tenant': null, 'event.occurredAt': '2026-03-01 09:15:30.123456+00' },
  }),
  row('good: no traceId, and null in the event', ALL, {
    remove: withoutTrace.remove,
    set: { ...withoutTrace.set, 'expect.seal': sealOf(changed(ALL, withoutTrace)) },
    again: 'seal',
  }),
  cites('E8.1-12'),
  ...[
    [null, 'null'],
    ['x', 'string'],
    [[], 'array'],
  ].flatMap(([value, received]) =>
    ['event', 'event.payload'].map((path) =>
      set(`${path}: ${received}`, ALL, { [path]: value }, [say.wrong(path, 'object', received)]),
    ),
  ),
  cites('F5.3-1, F11-12, E8.1-12'),
  event('id: another', 'id', 'x', say.mismatch('event.id', quoted(ALL.event.id), '"x"')),
  event(
    'occurredAt: another',
    'occurredAt',
    '2026-03-01T09:15:30.124Z',
    say.mismatch('event.occurredAt', '"2026-03-01T09:15:30.123Z"', '"2026-03-01T09:15:30.124Z"'),
  ),
  event('traceId: another', 'traceId', 'x', say.mismatch('event.traceId', '"tr-1"', '"x"')),
  row('event.id: absent', ALL, { remove: ['event.id'] }, [say.wrong('event.id', 'string', 'undefined')]),
  row('event.occurredAt: absent', ALL, { remove: ['event.occurredAt'] }, [
    say.wrong('event.occurredAt', 'date', 'undefined'),
  ]),
  row('event.traceId: absent', ALL, { remove: ['event.traceId'] }, [
    say.mismatch('event.traceId', '"tr-1"', 'nothing'),
  ]),
  cites('E8.1-32'),
  event('key: another', 'key', 'x', say.mismatch('event.key', '"context.snapshot.created"', '"x"')),
  event('version: another', 'version', 'x', say.mismatch('event.version', '"1.0.0"', '"x"')),
  cites('E8.1-12'),
  ...output(ALL, 'event.payload', ALL.event.payload),
  cites('E8.1-32'),
  set('event: not compared if the record is wrong', ALL, { 'record.packKey': 1, 'event.id': 'x' }, [
    say.wrong('record.packKey', 'string', 'number'),
  ]),

  cites(),
  row('good: a whole snapshot', WHOLE),
  cites('E8.1-14'),
  manifest('itemCount', 5),
  manifest('itemsRoot', OTHER),
  set('manifest beside the record: null', WHOLE, { manifest: null }, [say.wrong('manifest', 'object', 'null')]),
  set(
    'manifest beside the record: another format, and an unknown member',
    WHOLE,
    { 'manifest.format': 'v9', 'manifest.pack.x': 1 },
    [say.mismatch('manifest.format', '"context.pack.snapshot/v1"', '"v9"'), say.unknown('manifest.pack.x', 'x')],
  ),
  cites('E8.1-15, E8.1-21'),
  set('output: null', WHOLE, { output: null }, [say.wrong('output', 'object', 'null')]),
  ...output(WHOLE, 'output', WHOLE.output),
];
