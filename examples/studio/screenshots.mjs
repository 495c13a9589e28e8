// Takes the pictures of docs/images/ from the built page: `node examples/studio/screenshots.mjs`, after `make studio` or `scripts/test.sh studio`.
//
// Why by a script: a picture of a page that has changed is worse than none. How: with the Chromium of the tests.

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';
import { launch } from '../../tests/hosts/support/browser.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(here, '../../docs/images');
/** Most bytes of a picture: the README is read over slow connections, too. */
const BUDGET = 150_000;
const PICTURES = {
  'studio-items': {
    hash: 'items?open=shop&item=docs%2Fpolicies%2Frefunds.md',
    ready: '.chosen .content',
    colorScheme: 'light',
  },
  'studio-tamper': {
    hash: 'tamper?open=shop&do=forge&item=docs%2Fpolicies%2Frefunds.md',
    ready: '.lesson',
    colorScheme: 'dark',
  },
};

const server = await preview({ configFile: join(here, 'vite.config.ts'), logLevel: 'warn', preview: { port: 0 } });
const browser = await launch();
mkdirSync(folder, { recursive: true });
for (const [name, { hash, ready, colorScheme }] of Object.entries(PICTURES)) {
  const page = await browser.newPage({ viewport: { width: 1120, height: 640 }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/#${hash}`);
  await page.locator(ready).waitFor();
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${path}: ${size} bytes`);
  if (size > BUDGET) throw new Error(`${name} has ${size} bytes; at most ${BUDGET}`);
}
await browser.close();
await server.close();
