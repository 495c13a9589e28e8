import * as api from './api.js';
import { run } from './checks.js';

test('passes all checks', async () => {
  const { checks, failures } = await run(api);
  expect(failures).toEqual([]);
  expect(checks).toBe(Number(process.env.CHECKS));
});
