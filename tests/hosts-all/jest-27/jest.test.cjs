const { run } = require('./consumer/checks.cjs');

test('passes all checks', async () => {
  const { checks, failures } = await run(require('./consumer/api.cjs'));
  expect(failures).toEqual([]);
  expect(checks).toBe(Number(process.env.CHECKS));
});
