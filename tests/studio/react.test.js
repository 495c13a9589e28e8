// Tests the components in Chromium, with React 18 and 19, under a strict Content-Security-Policy: what they show, by keyboard, for a
// screen reader (axe-core), and of hostile packs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { page, scriptOf } from '../hosts/support/browser.js';
import { bundled, REACTS } from './support/build.js';
import { CSP, studio } from './support/page.js';
import {
  contentsOf,
  HOSTILE,
  itemOf,
  items,
  json,
  proof,
  props,
  snapshot,
  snapshotOf,
  text,
} from './support/samples.js';

const axe = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const stylesheet =
  '<link rel="stylesheet" href="/ground.css"><link rel="stylesheet" href="/node_modules/@lssm-tech/lib.context-snapshot/react/style.css">';
/** axe-core does not know the colour that a browser gives a page in the dark. */
const ground = {
  body: 'body { background: light-dark(#fff, #121212) }',
  headers: { 'content-type': 'text/css' },
};
const scheme = '<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">';

for (const react of Object.keys(REACTS)) {
  describe(`in a page with React ${react}`, () => {
    let host;
    let tab;
    const show = (name, more) =>
      tab.evaluate(`show(${JSON.stringify(name)}, ${JSON.stringify({ ...props[name], ...more })})`);
    const shown = (selector) => tab.locator(selector);
    const waitFor = (text) => tab.getByText(text).first().waitFor();
    const calls = (name) =>
      tab.evaluate(`calls.filter(([one]) => one === ${JSON.stringify(name)}).map(([, value]) => value)`);

    before(async () => {
      const file = await bundled('consumer.jsx', react, 'browser');
      const body = page(
        `<header><h1>Components</h1></header><main></main>${scriptOf(`/target/studio-tests/${file.split('/').at(-1)}`)}`,
        `${scheme}${stylesheet}`,
      ).replace('<!doctype html>', '<!doctype html><html lang="en">');
      const headers = { 'content-type': 'text/html', 'content-security-policy': CSP };
      host = await studio({ '/components': { body, headers }, '/ground.css': ground });
      tab = await host.open('/components');
      await tab.waitForFunction('globalThis.ready');
    });
    after(async () => {
      const harm = await tab?.evaluate('[globalThis.harmed, document.querySelectorAll("img, #crash").length]');
      await host?.close();
      assert.deepEqual(harm, [undefined, 0]);
    });

    test('shows a preview: hash, problems, table to sort, search and turn pages', async () => {
      await show('preview', { pageSize: 10 });
      await waitFor(snapshot.record.hash);
      const ids = () => shown('.context-snapshot-items tbody th').allTextContents();
      await tab.getByText('1 to 10 of 21').waitFor();
      assert.deepEqual(
        await ids(),
        items.slice(0, 10).map(({ itemId }) => itemId),
      );
      await tab.getByRole('button', { name: 'Next page' }).click();
      await tab.getByText('11 to 20 of 21').waitFor();
      // At no moment does the header name another order than that of the rows.
      await tab.evaluate(() => {
        globalThis.wrong = [];
        const names = (one) => [...document.querySelectorAll(one)].map(({ textContent }) => textContent);
        new MutationObserver(() => {
          const shown = names('.context-snapshot-items tbody th').slice(0, 3).join();
          const ascending = names('th[aria-sort="ascending"]').join() === 'Item';
          if (ascending !== (shown === 'guides/0,guides/1,guides/10')) globalThis.wrong.push(shown);
        }).observe(document.querySelector('main'), {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
      });
      // By keyboard: a header is a button.
      await shown('.context-snapshot-items thead').getByRole('button', { name: 'Item' }).focus();
      await tab.keyboard.press('Enter');
      await tab.getByText('1 to 10 of 21').waitFor();
      assert.equal(await shown('th[aria-sort]').getAttribute('aria-sort'), 'ascending');
      assert.equal((await ids())[2], 'guides/10');
      await tab.keyboard.press('Enter');
      await shown('th[aria-sort="descending"]').waitFor();
      assert.equal((await ids())[0], 'guides/9');
      assert.deepEqual(await tab.evaluate('wrong'), []);
      await tab.getByRole('searchbox').fill('guides/1');
      await tab.getByText('1 to 10 of 11').waitFor();
      await tab.getByRole('button', { name: 'guides/19' }).click();
      assert.deepEqual(await calls('row'), ['guides/19']);
    });

    test('previews once for a page that makes its objects anew, and again for another caller', async () => {
      await tab.evaluate('calls.length = 0');
      await show('careless');
      await waitFor(snapshot.record.hash);
      await tab.waitForTimeout(300);
      assert.deepEqual(await calls('preview'), [snapshot.record.hash]);
      await tab.getByRole('button', { name: 'Ask as nobody' }).click();
      await shown('[role=alert]').waitFor();
      assert.match(await shown('[role=alert]').textContent(), /Unauthenticated|sign/i);
      assert.deepEqual(await calls('problem'), [[401, 0]]);
      await tab.getByRole('button', { name: 'Try again' }).waitFor();
    });

    test('names problems of items, and changes since earlier contents', async () => {
      const against = contentsOf(snapshotOf(items.slice(1)));
      await show('preview', { text: `${text}\n{"itemId":1}`, against });
      await waitFor('none, because there are problems');
      assert.match(await shown('.context-snapshot-problems').textContent(), /items\.21\.itemId/);
      await show('preview', { against });
      await waitFor('Added: 1 item');
    });

    test('shows progress of a large pack, and stops', async () => {
      const count = 50_000;
      // In the page, because the work may be done before this process has heard of the progress.
      await tab.evaluate(() => {
        globalThis.seen = [];
        const observer = new MutationObserver(() => {
          const text = document.querySelector('.context-snapshot-progress p')?.textContent;
          if (!/^(Reading|Hashing), \d+ percent$/.test(text)) return;
          observer.disconnect();
          globalThis.seen.push(text, document.querySelectorAll('progress').length);
          [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Stop').click();
        });
        observer.observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true });
      });
      await tab.evaluate(`
        const line = (at) => JSON.stringify({ itemId: 'i' + at, kind: 'k', sourceKey: 's', content: 'lorem '.repeat(50) });
        globalThis.large = new Blob([Array.from({ length: ${count} }, (_, at) => line(at)).join('\\n')]);
        show('preview', { text: large });
      `);
      await waitFor('The preview was stopped');
      assert.match((await tab.evaluate('seen')).join(), /^(Reading|Hashing), \d+ percent,1$/);
      await tab.getByRole('button', { name: 'Try again' }).click();
      await tab.getByText('1 to 50 of 50,000').waitFor();
      assert.equal(await shown('.context-snapshot-items tbody tr').count(), 50);
    });

    test('releases the items that it has read when others take their place', async () => {
      await tab.evaluate('calls.length = 0');
      await show('preview');
      await tab.getByText('1 to 21 of 21').waitFor();
      await tab.evaluate('globalThis.earlier = calls.find(([name]) => name === "list")[1]');
      await show('preview', { text: JSON.stringify(items[0]) });
      await tab.getByText('1 to 1 of 1').waitFor();
      const after = await tab.evaluate('earlier.rows().catch(({ message }) => message)');
      assert.equal(after, 'The list was released, and can no longer be used');
    });

    test('never names a row of earlier items together with the list of the present ones', async () => {
      await tab.evaluate('calls.length = 0');
      await show('replaced');
      await tab.getByText('1 to 10 of 21').waitFor();
      await tab.getByRole('button', { name: 'Next page' }).click();
      await tab.getByText('11 to 20 of 21').waitFor();
      // Each time something changes, the first row is chosen: also when the hash is new and the rows are not.
      await tab.evaluate((hash) => {
        globalThis.states = new Set();
        const main = document.querySelector('main');
        new MutationObserver(() => {
          const row = main.querySelector('.context-snapshot-items tbody button');
          globalThis.states.add(`${main.textContent.includes(hash)} ${row?.textContent}`);
          row?.click();
        }).observe(main, { subtree: true, childList: true, attributes: true, characterData: true });
      }, snapshot.record.hash);
      await tab.evaluate((text) => globalThis.replace(text), JSON.stringify(itemOf(7)));
      await tab.getByText('1 to 1 of 1').waitFor();
      await tab.getByRole('button', { name: 'guides/7' }).click();
      const chosen = new Set((await calls('chosen')).map((one) => one.join()));
      assert.deepEqual([...chosen].sort(), ['guides/10,21', 'guides/7,1']);
      assert(await tab.evaluate("states.has('false guides/10')"), 'there was a moment between the two');
    });

    test('has a verdict of the arguments of the same render only', async () => {
      await tab.evaluate('calls.length = 0');
      const { record, expect } = props.verification;
      const change = (name, args) =>
        tab.evaluate(`change({ name: '${name}', ...${JSON.stringify({ record, items: text, expect, ...args })} })`);
      const status = (words) => shown('#status').getByText(words, { exact: true }).waitFor();
      await show('approving', { ...props.verification });
      await status('first done true');
      await change('tampered', { record: { ...record, createdBy: 'mallory' } });
      await status('tampered done false');
      await change('whole', {});
      await status('whole done true');
      await change('unreadable', { items: '{"not":1} x' });
      await status('unreadable failed undefined');
      await change('again', {});
      await status('again done true');
      // Values that JSON leaves out, or writes like others.
      const other = { hash: `sha256:${'0'.repeat(64)}` };
      for (const [name, more, words] of [
        ['undefined', '{ expect: undefined }', 'done false'],
        ['function', '{ event: () => 1 }', 'failed undefined'],
        ['instance', '{ record: new (class { toJSON() { return record; } })() }', 'failed undefined'],
        ['again', '{}', 'done true'],
        ['class', '{ record: Object.assign(new (class {})(), record) }', 'failed undefined'],
        ['again', '{}', 'done true'],
        ['extends null', '{ record: Object.assign(Object.create(Object.create(null)), record) }', 'failed undefined'],
        ['again', '{}', 'done true'],
        ['bigint', '{ record: { ...record, itemCount: BigInt(record.itemCount) } }', 'done false'],
        ['again', '{}', 'done true'],
        ['hidden', `{ expect: Object.defineProperty({ ...expect }, 'seal', { value: '' }) }`, 'failed undefined'],
      ]) {
        await tab.evaluate(
          `((record, expect) => change({ name: '${name}', record, items: ${JSON.stringify(text)}, expect, ...${more} }))(${JSON.stringify(record)}, ${JSON.stringify(expect)})`,
        );
        await status(`${name} ${words}`);
      }
      for (const [name, trusted, words] of [
        ['again', expect, 'done true'],
        ['inherited', other, 'done false'],
      ]) {
        await tab.evaluate(
          `change({ name: '${name}', whole: Object.assign(Object.create({ expect: ${JSON.stringify(trusted)} }), ${JSON.stringify({ record, items: text })}) })`,
        );
        await status(`${name} ${words}`);
      }
      assert.deepEqual([...new Set(await calls('approved'))], ['first', 'whole', 'again']);
    });

    test('shows differences, computed and given', async () => {
      await show('diff');
      await waitFor('Removed: 2 items');
      await show('diff of data');
      await waitFor('Changed: 1 item');
      await tab.getByRole('button', { name: 'guides/99' }).click();
      assert.deepEqual(await calls('id'), [['guides/99', 'added']]);
      const many = Array.from({ length: 5000 }, (_, at) => `id${at}`);
      await show('diff of data', { diff: { added: many, removed: [], changed: [], unchanged: 0, pack: [HOSTILE] } });
      await waitFor('Added: 5,000 items');
      assert.equal(await shown('.context-snapshot-added li').count(), 100);
      await tab.getByRole('button', { name: 'Show 100 more of 4,900' }).click();
      assert.equal(await shown('.context-snapshot-added li').count(), 200);
    });

    test('checks a proof against the trusted hash, and draws its path', async () => {
      await show('proof');
      await waitFor('The item is in the snapshot with the trusted hash');
      assert.equal(await shown('.context-snapshot-levels li').count(), proof.path.length + 1);
      await tab.waitForFunction(() => !document.body.textContent.includes('not computed'));
      const root = await shown('.context-snapshot-levels li').first().locator('code').first().textContent();
      assert.equal(root, proof.manifest.itemsRoot);
      await show('proof', { item: json.replace('content 7', 'content 8') });
      await waitFor('This does not prove');
    });

    test('draws the path of every item of trees of every shape', async () => {
      for (const count of [1, 2, 3, 5, 8, 13]) {
        const some = snapshotOf(items.slice(0, count));
        const { proveItem, digestItem } = await import('@lssm-tech/lib.context-snapshot');
        for (const item of items.slice(0, count)) {
          await show('tree', { proof: proveItem(some, item.itemId), digest: digestItem(item).digest });
          await tab.waitForFunction(() => document.querySelector('.context-snapshot-levels') !== null);
          await tab.waitForFunction(() => !document.body.textContent.includes('not computed'));
          assert.equal(await shown('[role=alert]').count(), 0, `${item.itemId} of ${count}`);
        }
      }
    });

    test('says if a proof is not one, or leads to another root', async () => {
      for (const wrong of [
        { path: proof.path.slice(1) },
        { leafIndex: 21 },
        { leafIndex: -1 },
        { leafIndex: 'x' },
        { path: Array.from({ length: 100_000 }, () => proof.hash) },
        { path: 'path' },
        { manifest: undefined },
      ]) {
        await show('tree', { proof: { ...proof, ...wrong } });
        await waitFor('This is not a proof of an item in this tree');
      }
      const path = [proof.hash, ...proof.path.slice(1)];
      await show('tree', { proof: { ...proof, path } });
      await waitFor('The path leads to another root');
    });

    test('verifies a stored snapshot, and names what was changed', async () => {
      await show('verification');
      await waitFor('true hash 0');
      await show('verification', { text: text.replace('content 7', 'content 8') });
      await waitFor(/^false hash [1-9]/);
    });

    test('lives with hostile packs', async () => {
      const hostile = [
        itemOf(0, HOSTILE),
        { ...itemOf(1), itemId: HOSTILE, kind: HOSTILE, sourceKey: HOSTILE },
        { ...itemOf(2), itemId: `long${'x'.repeat(10_000_000)}` },
        { ...itemOf(3), itemId: '\u05d0\u05d1\u05d2 \u0627\u0644\u0639' },
        { ...itemOf(4), itemId: '__proto__', sourceKey: 'constructor' },
        itemOf(5),
        itemOf(5),
      ];
      await show('preview', { text: hostile.map((item) => JSON.stringify(item)).join('\n') });
      await tab.getByText('1 to 7 of 7').waitFor();
      const body = await shown('main').textContent();
      assert(body.includes('\\u{202e}evil\\u{0}'));
      assert(!/[\u202e\0]/.test(body));
      assert(body.length < 20_000, `${body.length} characters`);
      await show('preview', { text: '{}\n'.repeat(1_000_000) });
      await waitFor('There are more than 250000 items');
      await show('preview', { text: '[{"itemId": ' });
      await waitFor(/Invalid JSON/);
      await show('preview', { text: '' });
      await waitFor('No items');
    });

    test('has no finding of axe-core, at three widths, light and dark', async () => {
      for (const [name, ready] of [
        ['summary without props', 'There is no snapshot'],
        ['summary', 'Context snapshot of'],
        ['preview', '1 to 21 of 21'],
        ['diff of data', 'Changed: 1 item'],
        ['proof', 'The item is in the snapshot'],
        ['preview without items', 'The preview is not there yet'],
      ]) {
        await show(name, { headingLevel: 2 });
        await waitFor(ready);
        for (const colorScheme of ['light', 'dark']) {
          await tab.emulateMedia({ colorScheme });
          for (const width of [360, 1024, 2560]) {
            await tab.setViewportSize({ width, height: 800 });
            const found = await tab.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`);
            const findings = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
            assert.deepEqual(findings, [], `${name}, ${colorScheme}, ${width}`);
            const overflow = await tab.evaluate('document.documentElement.scrollWidth - innerWidth');
            assert(overflow <= 0, `${name} is ${overflow} px too wide at ${width}`);
          }
        }
      }
    });
  });
}
