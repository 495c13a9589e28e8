import * as api from './api.js';
import { run } from './checks.js';

test('the checks', async () => {
  const { checks, failures } = await run(api);
  expect(failures).toEqual([]);
  expect(checks).toBe(Number(process.env.CHECKS));
});
