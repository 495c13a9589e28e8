const api = require('./api.cjs');
const { run } = require('./checks.cjs');

test('the checks', () => {
  const { checks, failures } = run(api);
  expect(failures).toEqual([]);
  expect(checks).toBe(Number(process.env.CHECKS));
});
