const api = require('./api.cjs');
const { run } = require('./checks.cjs');

test('the checks', async () => {
  const { checks, failures } = await run(api, { hasWebCrypto: process.env.WEB_CRYPTO !== 'none' });
  expect(failures).toEqual([]);
  expect(checks).toBe(Number(process.env.CHECKS));
});
