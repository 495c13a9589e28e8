// What has to hold in every host: the vectors, and what depends on the host (randomness, long text, errors).
//
// Why not an assertion library: this runs where there is none, from workerd to a service worker. How: plain JavaScript
// that returns what failed. `vectors.js` is made of tests/vectors when the consumer is made.

import { longText, refusals, snapshots } from './vectors.js';

export function run({ canonicalize, contract, digest, digestItem, SnapshotError, snapshotIdFor, snapshotPack }) {
  const failures = [];
  let checks = 0;
  const check = (name, holds) => {
    checks++;
    try {
      if (holds() !== true) failures.push(name);
    } catch (error) {
      failures.push(`${name}: ${error}`);
    }
  };
  // An object of another realm is told as one of a class `Object`, as zod does.
  const told = (issues) => canonicalize(issues ?? []).toLowerCase();
  const thrownBy = (call) => {
    try {
      call();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  for (const { name, input, ctx, hash, rest } of snapshots) {
    check(`snapshot: ${name}`, () => {
      const { output, record, index, items, event } = snapshotPack(input, ctx);
      return output.hash === hash && digest({ record, index, items, eventId: event.id }) === rest;
    });
  }
  for (const { name, input, ctx, status, code, issues } of refusals) {
    check(`refusal: ${name}`, () => {
      const error = thrownBy(() => snapshotPack(input, ctx));
      return (
        error instanceof SnapshotError &&
        error.status === status &&
        error.code === code &&
        told(error.issues) === told(issues)
      );
    });
  }

  const { input, ctx } = snapshots[1];
  check('no JSON is refused, with its place', () => {
    const items = [{ ...ctx.items[0], content: { a: [1, Number.NaN] } }];
    const error = thrownBy(() => snapshotPack(input, { ...ctx, items }));
    return (
      error instanceof SnapshotError && error.name === 'SnapshotError' && error.issues[0].path === 'items.0.content.a.1'
    );
  });
  check('identifiers are random where none is given', () => {
    const ids = [1, 2].map(() => snapshotPack(input, { ...ctx, snapshotId: undefined }).output.snapshotId);
    return ids[0] !== ids[1] && ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/.test(id));
  });
  check('long text has the digest that node:crypto gives it', () => {
    const item = { itemId: 'long', kind: 'docblock', sourceKey: 's', content: longText.unit.repeat(longText.times) };
    return digestItem(item).digest === longText.leaf && digest(item.content) === longText.digest;
  });
  check('an identifier of a key', () => {
    return /^[0-9a-f-]{36}$/.test(snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }));
  });
  check('the contract', () => contract.key === 'context.pack.snapshot' && Object.isFrozen(contract));
  return { checks, failures };
}
