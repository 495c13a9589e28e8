// Packs, items and contexts for the tests of `./runtime`.

export const pack = {
  packKey: 'platform.docs',
  version: '1.0.0',
  title: 'Platform documentation',
  sources: [{ kind: 'docblock', key: 'docs.a', required: true }],
};
export const input = { packKey: 'platform.docs', reason: 'release 7', metadata: { run: 1 } };
export const makeItems = (count = 3, content = 'text') =>
  Array.from({ length: count }, (_, at) => ({
    itemId: `i${String(at).padStart(4, '0')}`,
    kind: 'docblock',
    sourceKey: 'docs.a',
    content: `${content} ${at}`,
  }));
export const admin = { actor: 'admin', userId: 'ops-1', tenantId: 'acme', traceId: 'trace-1' };
export const keyed = { ...admin, idemKey: 'key-1' };

/** Rejects unless the promise rejects; returns the error. */
export async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail');
}
