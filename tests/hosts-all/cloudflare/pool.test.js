import { expect, test } from 'vitest';
import { render } from './consumer/server.js';

test('passes all checks', async () => {
  const { checks, failures } = JSON.parse(await render());
  expect(failures).toEqual([]);
  expect(checks).toBeGreaterThan(250);
});
