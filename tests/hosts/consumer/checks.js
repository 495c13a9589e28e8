// Checks that must hold in every host: the vectors, behaviour that depends on the host (randomness, long text, errors, Web
// Crypto), and that the entry without WebAssembly agrees with the main entry.
//
// Why no assertion library: this also runs in hosts that have none, from workerd to a service worker. How: plain JavaScript
// returns the failures. `tests/hosts/prepare.js` makes `vectors.js` from tests/vectors.

import { longText, refusals, snapshots } from './vectors.js';

/** Runs all checks. With `hasWebCrypto: false`, functions that need Web Crypto must report that it is missing. */
export async function run(api, { hasWebCrypto = true } = {}) {
  const { canonicalize, contract, digest, digestItem, SnapshotError, snapshotIdFor, snapshotPack } = api;
  const { withoutWebAssembly: other } = api;
  const failures = [];
  let checks = 0;
  const check = async (name, holds) => {
    checks++;
    try {
      const held = await holds();
      if (held !== true) failures.push(`${name}: ${JSON.stringify(held)}`);
    } catch (error) {
      failures.push(`${name}: ${error}`);
    }
  };
  // An object of another realm is reported as one of a class `Object`, as zod does.
  const textOfIssues = (issues) => canonicalize(issues ?? []).toLowerCase();
  const thrownBy = (call) => {
    try {
      call();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const isSame = (left, right) => canonicalize(left) === canonicalize(right);
  /** Returns whether a call that needs Web Crypto holds, or whether it reports that there is none. */
  const hashing = async (call, entry = other) => {
    if (hasWebCrypto) return call();
    const error = await call().catch((error) => error);
    return (
      error instanceof entry.SnapshotError && /^INTERNAL_ERROR: No Web Crypto: crypto\.subtle needs/.test(error.message)
    );
  };

  for (const { name, input, ctx, hash, rest } of snapshots) {
    await check(`snapshot: ${name}`, () => {
      const { output, record, index, items, event } = snapshotPack(input, ctx);
      return output.hash === hash && digest({ record, index, items, eventId: event.id }) === rest;
    });
  }
  for (const { name, input, ctx, status, code, issues } of refusals) {
    await check(`refusal: ${name}`, () => {
      const error = thrownBy(() => snapshotPack(input, ctx));
      return (
        error instanceof SnapshotError &&
        error.status === status &&
        error.code === code &&
        // The vectors do not say which item an issue is about.
        textOfIssues(error.issues?.map(({ itemId, ...issue }) => issue)) === textOfIssues(issues)
      );
    });
  }

  const { input, ctx } = snapshots[1];
  await check('a value that is not JSON is refused, with its path', () => {
    const items = [{ ...ctx.items[0], content: { a: [1, Number.NaN] } }];
    const error = thrownBy(() => snapshotPack(input, { ...ctx, items }));
    return (
      error instanceof SnapshotError && error.name === 'SnapshotError' && error.issues[0].path === 'items.0.content.a.1'
    );
  });
  await check('identifiers are random if none is given', () => {
    const ids = [1, 2].map(() => snapshotPack(input, { ...ctx, snapshotId: undefined }).output.snapshotId);
    return ids[0] !== ids[1] && ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/.test(id));
  });
  await check('long text has the digest that node:crypto gives it', () => {
    const item = { itemId: 'long', kind: 'docblock', sourceKey: 's', content: longText.unit.repeat(longText.times) };
    const { digest: leaf } = digestItem(item);
    return leaf === longText.leaf && digest(item.content) === longText.digest && api.isDigest(leaf);
  });
  await check('an identifier of a key', () => {
    return /^[0-9a-f-]{36}$/.test(snapshotIdFor({ idemKey: 'i', packKey: 'p', packVersion: '1' }));
  });
  await check('the contract, and its input for validators', () => {
    const { validate } = contract.input['~standard'];
    const { issues } = validate({ packKey: 'p', metadata: { 'a.b': [undefined] } });
    const isRight = isSame(issues[0].path, ['metadata', 'a.b', 0]) && validate({ packKey: 'p' }).issues === undefined;
    return isRight && contract.key === 'context.pack.snapshot' && Object.isFrozen(contract);
  });
  await check('the entries ./errors and ./contract have the same by themselves', () => {
    const isFrozen = Object.isFrozen(api.contractAlone) && Object.isFrozen(api.contractAlone.schemas.input);
    return api.SnapshotErrorAlone === SnapshotError && isFrozen && isSame(api.contractAlone, contract);
  });

  // A snapshot, and every function that takes one.
  const vector = snapshots.find(({ ctx }) => ctx.items.length === 8);
  const snapshot = snapshotPack(vector.input, vector.ctx);
  const { record, items, index, output, manifest } = snapshot;
  const [first, ...others] = items;
  const expect = { hash: output.hash };
  const altered = { ...first, content: 'altered' };

  await check('what was made is valid, and what was changed is not, in the same words by both entries', async () => {
    for (const [parts, count] of [
      [{ record, items }, 0],
      [{ record, items, index, expect, pack: vector.ctx.pack }, 0],
      [{ record, items: [altered, ...others], index, expect }, 1],
      [{ record, items: [{ ...first, itemId: 'another' }, ...others], index }, 2],
      [{ record, items: others }, 1],
      [{ record: { ...record, itemCount: 7, createdBy: 'another' }, items }, 3],
      [{ record: { ...record, metadata: null }, items }, 1],
    ]) {
      const mine = api.verifySnapshot(parts);
      if (mine.issues.length !== count || mine.valid !== (count === 0)) return mine;
      const verifier = new api.SnapshotVerifier({ ...parts, items: undefined });
      for (const item of parts.items) verifier.add(item);
      if (!isSame(verifier.finish(), mine)) return 'SnapshotVerifier';
      verifier.free();
      if (!(await hashing(async () => isSame(await other.verifySnapshot(parts), mine)))) return 'other';
    }
    return true;
  });
  await check('snapshots that follow each other are a chain, by both entries', async () => {
    const { seal } = record.metadata.$snapshot;
    const next = snapshotPack(vector.input, { ...vector.ctx, snapshotId: 'next', parent: seal }).record;
    const chain = api.verifyChain([record, next]);
    const broken = api.verifyChain([next, next]);
    const byOther = async () =>
      isSame([await other.verifyChain([record, next]), await other.verifyChain([next, next])], [chain, broken]);
    return chain.valid && broken.issues[0].path.endsWith('parent') && hashing(byOther);
  });
  await check('an item is proven, and no other item, by both entries', () => {
    const proof = JSON.parse(JSON.stringify(api.proveItem(snapshot, first.itemId)));
    const byMine = [first, altered].map((item) => api.verifyItem(item, proof, output.hash));
    const byOther = async () => [
      await other.verifyItem(first, proof, output.hash),
      await other.verifyItem(altered, proof, output.hash),
    ];
    return isSame(byMine, [true, false]) && hashing(async () => isSame(await byOther(), byMine));
  });
  await check('a builder makes the same snapshot', () => {
    const builder = new api.SnapshotBuilder(vector.input, { ...vector.ctx, items: undefined });
    const added = vector.ctx.items.map((item) => builder.add(item));
    const made = builder.finish();
    builder.free();
    return isSame(made.record, record) && isSame(made.index, index) && added.length === made.output.itemCount;
  });
  await check('snapshots are compared', () => {
    const after = snapshotPack(vector.input, { ...vector.ctx, items: [altered, ...others.slice(1)] });
    const { added, removed, changed, unchanged } = api.diffSnapshots(snapshot, after);
    return isSame([added, removed, changed, unchanged], [[], [others[0].itemId], [first.itemId], 6]);
  });
  await check('a preview has the hash', () => {
    const { snapshotId, idemKey, parent, ...rest } = vector.ctx;
    const { hash, problems, changes } = api.previewPack(vector.input, { ...rest, against: snapshot });
    return hash === output.hash && problems.length === 0 && changes.unchanged === 8;
  });
  await check('a summary', () => api.summarizeSnapshot({ record, items }).startsWith('# Context snapshot of `'));
  await check('a statement, signed and checked', () => {
    const statement = api.toStatement({ record });
    const { name, digest: subject } = statement.subject[0];
    if (`sha256:${subject.sha256}` !== output.hash || !name.startsWith(`context-pack:${manifest.pack.packKey}@`)) {
      return false;
    }
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    // Without Web Crypto there is no key, so the call gets an object that looks like one.
    const make = () =>
      hasWebCrypto
        ? crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
        : { privateKey: { algorithm, usages: ['sign'] } };
    return hashing(async () => {
      const [ours, theirs] = [await make(), await make()];
      const envelope = await api.signStatement(statement, { privateKey: ours.privateKey, keyid: 'ours' });
      const sent = JSON.parse(JSON.stringify(envelope));
      const right = await api.verifyEnvelope(sent, [theirs, { publicKey: ours.publicKey, keyid: 'ours' }]);
      const wrong = await api.verifyEnvelope(sent, [theirs]);
      return right.valid && isSame([right.statement, right.keyids], [statement, ['ours']]) && !wrong.valid;
    }, api);
  });
  await check('names with escapes keep their names in the record', async () => {
    // V8 of Node.js 26 confuses such names in `JSON.parse` once it has seen one of them.
    const names = ['', '\\', '"', '\n', '\0', 'a\\', 'a"', 'a', '\\\\', '\\"', '__proto__', '1', '\u20ac'];
    for (let round = 0; round < 8 * names.length; round++) {
      const x = {};
      for (const name of ['', names[round % names.length], names[(3 * round + 1) % names.length]]) {
        Object.defineProperty(x, name, {
          value: [name, { [name]: round }],
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      const input = { packKey: 'p', metadata: { x } };
      const item = { itemId: 'a', kind: 'k', sourceKey: 's', content: { x } };
      const pack = { packKey: 'p', version: '1', title: '' };
      const ours = snapshotPack(input, { actor: 'admin', pack, items: [item], now: 1e12, snapshotId: 's' });
      if (!isSame(ours.record.metadata.x, x) || !isSame(ours.items[0].content.x, x))
        return [round, names[round % names.length]];
      if (!api.verifySnapshot(ours).valid) return round;
      if (hasWebCrypto && !(await other.verifySnapshot(ours)).valid) return round;
    }
    return true;
  });
  await check('canonical JSON and digests are the same by both entries', async () => {
    const value = { b: [1e21, -0, 0.1, null, true], a: '\u20ac "\u{1f600}"\n\u0007', at: new Date(0) };
    if ((await other.canonicalize(value)) !== canonicalize(value)) return false;
    const error = await other.canonicalize({ a: Number.NaN }).catch((error) => error);
    const isRefused = error instanceof other.SnapshotError && error.issues[0].path === 'a';
    return isRefused && hashing(async () => (await other.digest(value)) === digest(value));
  });
  return { checks, failures };
}
