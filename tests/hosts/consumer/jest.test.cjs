const { run } = require('./checks.cjs');

// jsdom has no `TextEncoder`, without which ./verify does not load, and no Web Crypto.
const isBare = process.env.JSDOM === 'bare';
const api = isBare ? require('@lssm-tech/lib.context-snapshot') : require('./api.cjs');

test('the checks', async () => {
  expect(isBare && typeof (globalThis.TextEncoder ?? globalThis.crypto.subtle)).toBe(isBare && 'undefined');
  const { checks, failures } = await run(api, { hasWebCrypto: !isBare });
  expect(failures).toEqual([]);
  expect(checks).toBe(Number(process.env.CHECKS));
});
