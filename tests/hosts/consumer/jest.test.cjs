const { run } = require('./checks.cjs');

const api = require('./api.cjs');

// jsdom has no `TextEncoder` and no Web Crypto.
const isBare = process.env.JSDOM === 'bare';

test('passes all checks', async () => {
  expect(isBare && typeof (globalThis.TextEncoder ?? globalThis.crypto.subtle)).toBe(isBare && 'undefined');
  const { checks, failures } = await run(api, { hasWebCrypto: !isBare });
  expect(failures).toEqual([]);
  expect(checks).toBe(Number(process.env.CHECKS));
});
