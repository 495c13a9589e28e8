// Does what a user does in each view: tree, changes, snapshot, tamper, history, edit.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { digest, explainAbsence, explainItem, verifyEnvelope, verifySnapshot } from '@lssm-tech/lib.context-snapshot';
import { becomes, eventually } from './support/eventually.js';
import { download, drop, openShop, openStudio, pick, shownHash, startStudio } from './support/studio.js';

startStudio();

const clipboard = (page) => page.evaluate('navigator.clipboard.readText()');
const REFUNDS = 'docs/policies/refunds.md';
// The words of the refunds that the third snapshot changed.
const CHANGED = [
  ['false', '30', '12', 'January'],
  ['true', '14', '19', 'February'],
];
const WITH_REFUNDS = `&item=${encodeURIComponent(REFUNDS)}`;

test('shows an item in place, with its JSON folded, and copies it', async (t) => {
  const page = await openShop(t, 'items', '&kind=schema');
  await page.getByText('6 items', { exact: true }).waitFor();
  await page.getByRole('row', { name: /schema\/orders/ }).click();
  const chosen = page.getByRole('complementary', { name: 'Item' });
  await chosen.getByText('"orders"').waitFor();
  await chosen.locator('summary', { hasText: 'columns' }).click();
  await chosen.getByText('"created_at"').first().waitFor({ state: 'detached' });
  await chosen.getByRole('button', { name: 'Copy JSON' }).click();
  await becomes(async () => JSON.parse(await clipboard(page)).itemId, 'schema/orders');
  await page.waitForURL(/item=schema%2Forders/);
});

test('moves through the table by keyboard, sorts, filters and searches', async (t) => {
  const page = await openShop(t);
  await page.keyboard.press('/');
  await page.keyboard.type('wiki/');
  await page.getByText('15 items', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.locator('.chosen').getByRole('heading', { name: 'wiki/faq/gift-wrapping' }).waitFor();
  await page.keyboard.press('End');
  await page.locator('#row-14[aria-selected=true]').waitFor();
  await becomes(() => page.locator('.table').getAttribute('aria-activedescendant'), 'row-14');
  await page.getByRole('button', { name: /^wiki\/hours/ }).click();
  await page.getByText('5 items', { exact: true }).waitFor();
  const sizes = page.getByRole('columnheader', { name: 'Bytes' });
  await sizes.getByRole('button').click();
  await becomes(() => sizes.getAttribute('aria-sort'), 'ascending');
  await page.reload();
  await page.getByText('5 items', { exact: true }).waitFor();
  await becomes(() => sizes.getAttribute('aria-sort'), 'ascending');
});

test('says of the rows the order that they have, also while others are on their way', async (t) => {
  const page = await openShop(t);
  await page.locator('#row-0 bdi').first().waitFor();
  await page.evaluate(() => {
    globalThis.seen = new Set();
    const look = () => {
      const [sorted] = document.querySelectorAll('.table [aria-sort="ascending"]');
      const first = document.querySelector('#row-0 .itemId')?.textContent ?? '';
      if (first !== '') globalThis.seen.add(`${sorted?.className}: ${first}`);
    };
    look();
    new MutationObserver(look).observe(document.querySelector('main'), {
      ...{ subtree: true, childList: true, attributes: true, characterData: true },
    });
  });
  const sizes = page.getByRole('columnheader', { name: 'Bytes' });
  await sizes.getByRole('button').click();
  await becomes(() => sizes.getAttribute('aria-sort'), 'ascending');
  await page.locator('#row-0 bdi').first().waitFor();
  await becomes(async () => (await page.evaluate('[...seen]')).map((one) => one.split(':')[0]), ['itemId', 'bytes']);
  // Whoever asks twice before the rows are there gets the other order.
  await page.evaluate(async () => {
    for (const _ of [1, 2]) {
      document.querySelector('.table .kind button').click();
      await undefined;
    }
  });
  await becomes(() => page.getByRole('columnheader', { name: 'Kind' }).getAttribute('aria-sort'), 'descending');
});

test('keeps the place in the table if other rows come in which the chosen one is where it was', async (t) => {
  const page = await openShop(t);
  const active = () => page.locator('.table').getAttribute('aria-activedescendant');
  const search = page.getByRole('searchbox');
  await search.fill('wiki/');
  await page.getByText('15 items', { exact: true }).waitFor();
  await search.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.locator('#row-0[aria-selected=true]').waitFor();
  await becomes(active, 'row-0');
  await search.fill('wiki/faq');
  await page.getByText('15 items', { exact: true }).waitFor({ state: 'detached' });
  await becomes(active, 'row-0');
  // Here it is another one.
  await search.fill('returns');
  await page.locator('.table[aria-busy=false] .row').first().waitFor();
  await becomes(active, null);
});

test('draws the sources by size, and proves the item that is chosen there', async (t) => {
  const page = await openShop(t, 'tree');
  const map = page.getByRole('group', { name: 'Size by source' });
  await map.getByRole('button', { name: /wiki\/faq/ }).waitFor();
  await becomes(() => map.getByRole('button').count(), 7);
  await map.getByRole('button', { name: /docs\/policies/ }).click();
  await map.getByRole('button', { name: /refunds/ }).click();
  await page.locator('.level.root').waitFor();
  await page.getByRole('button', { name: 'Copy proof' }).click();
  // Until then, the clipboard has what was copied before.
  await page.getByText('Copied: proof').waitFor();
  const proof = JSON.parse(await clipboard(page));
  // Seal, hash and root; then a level for each digest of the proof.
  await becomes(() => page.locator('.level').count(), proof.path.length + 3);
  await becomes(() => page.locator('.level.root code').getAttribute('title'), proof.manifest.itemsRoot);
  await page.getByRole('link', { name: 'Items' }).click();
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await becomes(async () => explainItem(await clipboard(page), proof, await shownHash(page)).issues, []);
});

test('proves that no item has an id, and checks that proof when it is dropped', async (t) => {
  const page = await openShop(t, 'tree');
  await page.getByLabel('Id of an item').fill('docs/policies/secrets.md');
  await page.getByRole('button', { name: 'Prove', exact: true }).click();
  await page.getByText('No item has this id, and that is proven').waitFor();
  await becomes(() => page.locator('summary', { hasText: REFUNDS }).count(), 1);
  const { text } = await download(page, page.getByRole('button', { name: 'Download proof' }));
  const proof = JSON.parse(text);
  const hash = await shownHash(page);
  assert.deepEqual(explainAbsence('docs/policies/secrets.md', proof, hash), {
    valid: true,
    issues: [],
    anchor: 'hash',
  });
  await drop(page, { 'absence.json': text });
  await page.locator('.checks li.good', { hasText: 'no item has the id' }).waitFor();
  await drop(page, { 'absence.json': text.replace('secrets', 'zzz') });
  await page.locator('.checks li.bad', { hasText: 'no item has the id' }).waitFor();
  // The snapshot has no proof of it, also after its envelope was made.
  await page.getByRole('link', { name: 'Snapshot', exact: true }).click();
  await page.getByRole('button', { name: /^Make a snapshot/ }).click();
  await download(page, page.getByRole('button', { name: 'Signed envelope' }));
  assert.equal(await page.getByRole('button', { name: /Proof of/ }).count(), 0);
});

test('shows what changed since the snapshot before: changed, removed and moved, to the words', async (t) => {
  const page = await openShop(t, 'changes');
  const counts = page.locator('.switches');
  await counts.getByText('1 changed').waitFor();
  const all = /1 changed.*0 added.*1 removed.*3 moved.*30 unchanged/s;
  await eventually(async () => assert.match(await counts.innerText(), all));
  await page.keyboard.press('n');
  await page.getByText('2 of 5').waitFor();
  await page.locator('.shown h2', { hasText: 'docs/guides/damaged.md' }).waitFor();
  await page.keyboard.press('p');
  await page.getByText('1 of 5').waitFor();
  await page.getByLabel('Since').selectOption({ label: '1.1.0 · opening hours, six more answers' });
  await page.getByRole('option', { name: REFUNDS }).click();
  await page.locator('del', { hasText: '30' }).waitFor();
  const words = (mark) => page.locator(`.compare ${mark}`).allInnerTexts();
  await becomes(async () => [await words('del'), await words('ins')], CHANGED);
  await page.getByLabel('side by side').check();
  await page.locator('table.side').waitFor();
  await becomes(async () => [await words('del'), await words('ins')], CHANGED);
});

test('compares with a file', async (t) => {
  const page = await openStudio(t);
  const pack = { packKey: 'p', version: '1', title: 'P' };
  const item = (itemId, content) => ({ itemId, kind: 'k', sourceKey: 's', content });
  await pick(page, { 'now.json': { pack, items: [item('a', 'one\ntwo\nthree'), item('b', 'b')] } });
  await page.getByRole('link', { name: 'Changes' }).click();
  await pick(page, { 'before.json': { pack, items: [item('a', 'one\n2\nthree'), item('c', 'c')] } }, 'before');
  await page.getByText('1 changed').waitFor();
  const all = /1 changed.*1 added.*1 removed.*0 moved/s;
  await eventually(async () => assert.match(await page.locator('.switches').innerText(), all));
});

for (const [caller, status, code] of [
  ['Nobody', 401, 'UNAUTHENTICATED'],
  ['A user may not', 403, 'FORBIDDEN'],
  ['An admin, denied', 403, 'FORBIDDEN'],
]) {
  test(`refuses a snapshot to "${caller}" with the problem object`, async (t) => {
    const page = await openShop(t, 'snapshot');
    await page.getByRole('radio', { name: caller }).check();
    await page.getByRole('button', { name: /Make a snapshot/ }).click();
    await page.getByRole('heading', { name: `${status} ${code}` }).waitFor();
    const problem = page.getByRole('region', { name: 'The problem object' });
    assert.match(await problem.innerText(), /https:\/\/contractspec\.io\/problems\//);
  });
}

test('makes a snapshot as a user with the role admin, which follows the one before', async (t) => {
  const page = await openShop(t, 'snapshot');
  await page.getByRole('radio', { name: 'role admin' }).check();
  await page.getByLabel('Reason').fill('quarter');
  await page.getByRole('button', { name: /Make a snapshot/ }).click();
  await page.getByText('by the role admin').waitFor();
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByText('The chain of 5 snapshots holds').waitFor();
  await page.getByRole('heading', { name: '1.3.0 quarter' }).waitFor();
});

test('hands over record, items, proof, summary, statement and envelope, and verifies them when they are dropped', async (t) => {
  const page = await openShop(t, 'snapshot', WITH_REFUNDS);
  await page.getByRole('button', { name: /Make a snapshot/ }).click();
  const get = async (name) => (await download(page, page.getByRole('button', { name, exact: true }))).text;
  const record = JSON.parse(await get('↓ Record'));
  const items = (await get('↓ Items')).trim().split('\n');
  const expect = { seal: record.metadata.$snapshot.seal };
  assert.deepEqual(verifySnapshot({ record, items, expect }).issues, []);
  assert.match(await get('↓ Summary'), /shop\.assistant/);
  const proof = await get(`↓ Proof of ${REFUNDS}`);
  const statement = await get('↓ Statement');
  const envelope = await get('↓ Signed envelope');
  const key = JSON.parse(await get('↓ Public key'));
  const both = await get('↓ Record with items');
  const publicKey = await crypto.subtle.importKey('jwk', key, 'Ed25519', true, ['verify']);
  const { valid, statement: signed } = await verifyEnvelope(JSON.parse(envelope), [{ publicKey, keyid: key.kid }]);
  assert(valid);
  assert.equal(digest(signed), digest(JSON.parse(statement)));

  const again = await openStudio(t);
  await drop(again, { 'both.json': both });
  await again.getByText('The parts fit together').first().waitFor();
  await drop(again, {
    'proof.json': proof,
    'statement.json': statement,
    'envelope.json': envelope,
    'key.json': JSON.stringify(key),
  });
  const results = again.getByRole('region', { name: 'Checked files' });
  await results.getByText('Signed, and about the hash that is open').waitFor();
  await becomes(() => results.locator('li.good').count(), 3);
  // Nobody has verified whose key it is.
  await results.locator('li.unverified', { hasText: 'key.json' }).waitFor();
  await drop(again, { 'proof.json': proof.replace(/"leafIndex": \d+/, '"leafIndex": 0') });
  await results.locator('li.bad', { hasText: 'proof.json' }).waitFor();
});

for (const [name, type, options] of [
  ['Ed25519', 'ed25519', {}],
  ['P-256', 'ec', { namedCurve: 'P-256' }],
]) {
  test(`signs with a private key that the user brings: ${name}`, async (t) => {
    const { privateKey, publicKey } = generateKeyPairSync(type, options);
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const page = await openShop(t, 'snapshot');
    await page.getByRole('button', { name: /Make a snapshot/ }).click();
    await page.getByRole('button', { name: 'Sign with your key…' }).waitFor();
    await pick(page, { 'release-2027.pem': pem }, 'key');
    await page.getByText('signed with release-2027').waitFor();
    const get = async (label) => (await download(page, page.getByRole('button', { name: label, exact: true }))).text;
    const envelope = await get('↓ Signed envelope');
    const jwk = JSON.parse(await get('↓ Public key'));
    assert.equal(jwk.kid, 'release-2027');
    assert.equal('d' in jwk, false);
    assert.equal(jwk.x, publicKey.export({ format: 'jwk' }).x);
    const algorithm = name === 'Ed25519' ? name : { name: 'ECDSA', namedCurve: name };
    const key = await crypto.subtle.importKey('jwk', publicKey.export({ format: 'jwk' }), algorithm, true, ['verify']);
    assert((await verifyEnvelope(JSON.parse(envelope), [{ publicKey: key, keyid: 'release-2027' }])).valid);
    await drop(page, { 'envelope.json': envelope });
    await page.getByText('Signed, and about the hash that is open').waitFor();
  });
}

test('says which private keys it reads, and keeps the one it has', async (t) => {
  const page = await openShop(t, 'snapshot');
  await page.getByRole('button', { name: /Make a snapshot/ }).click();
  await page.getByRole('button', { name: 'Sign with your key…' }).waitFor();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const old = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  for (const pem of [
    privateKey.export({ type: 'pkcs8', format: 'pem' }),
    old.export({ type: 'sec1', format: 'pem' }),
    old.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    'no key',
  ]) {
    await pick(page, { 'other.pem': pem }, 'key');
    await page.getByRole('alert').getByText('other.pem is not a private key that this page reads').waitFor();
    const button = page.getByRole('button', { name: '↓ Signed envelope', exact: true });
    const { signatures } = JSON.parse((await download(page, button)).text);
    assert.match(signatures[0].keyid, /^studio-/);
    await page.getByRole('alert').waitFor({ state: 'hidden' });
  }
});

// What each verifier says while it trusts nothing, the hash, the seal.
const VERDICTS = {
  Nothing: ['The parts fit together', 'Valid', 'Valid'],
  'A character of an item': ['Not valid', 'Not valid', 'Not valid'],
  'A digest': ['Not valid', 'Not valid', 'Not valid'],
  'The root': ['Not valid', 'Not valid', 'Not valid'],
  'A member of the record': ['Not valid', 'Not valid', 'Not valid'],
  'The last item': ['Not valid', 'Not valid', 'Not valid'],
  'Everything, consistently': ['The parts fit together', 'Not valid', 'Not valid'],
};
test('tampers with each part, and shows which digests change and what both verifiers say', async (t) => {
  const page = await openShop(t, 'tamper', `&do=nothing${WITH_REFUNDS}`);
  const changed = {};
  for (const [name, verdicts] of Object.entries(VERDICTS)) {
    await page.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
    await page.locator(`.outcome[data-shows="${name}"]`).waitFor();
    await becomes(() => page.locator('.verdicts td strong').allInnerTexts(), [...verdicts, ...verdicts]);
    changed[name] = await page.locator('.digests .other .label').allInnerTexts();
  }
  assert.deepEqual(changed, {
    Nothing: [],
    'A character of an item': ['Leaf', 'Root', 'Hash'],
    'A digest': [],
    'The root': ['Seal'],
    'A member of the record': ['Seal'],
    'The last item': ['Root', 'Hash'],
    'Everything, consistently': ['Leaf', 'Root', 'Hash', 'Seal'],
  });
});

test('shows the chain of snapshots, what each step changed, and a broken link', async (t) => {
  const page = await openShop(t, 'history');
  await page.getByText('The chain of 4 snapshots holds').waitFor();
  const steps = page.locator('.line > li');
  await becomes(() => steps.count(), 4);
  await steps.nth(0).getByText('3 moved').waitFor();
  await steps.nth(2).getByText('11 added').waitFor();
  for (const [how, links] of [
    ['edit a reason', 2],
    ['drop a snapshot', 1],
    ['swap two', 3],
  ]) {
    await page.getByLabel('Tamper').selectOption(how);
    await page.getByText('The chain is broken').waitFor();
    await becomes(() => page.locator('.chain.bad').count(), links);
  }
  // Without a trusted seal, a missing end cannot be seen.
  await page.getByLabel('Tamper').selectOption('cut off the newest');
  await page.getByText('The chain of 3 snapshots holds').waitFor();
  await page.getByLabel('trust the newest seal').check();
  await page.getByText('The chain is broken').waitFor();
});

test('changes hash and problems while somebody types', async (t) => {
  const page = await openShop(t, 'edit', WITH_REFUNDS);
  const before = await shownHash(page);
  const content = page.getByLabel('Content');
  await content.press('End');
  await content.pressSequentially(' Today.');
  await page.waitForFunction((old) => document.querySelector('header .what code')?.title !== old, before);
  const withoutKind = async () => {
    await page.getByLabel('kind').fill('');
    await page.getByText('No hash').waitFor();
    await eventually(async () => assert.match(await page.locator('.live').innerText(), /kind/));
    await page.getByLabel('kind').fill('docblock');
  };
  // Without a hash in between, this could be the one of half the text.
  await withoutKind();
  const typed = await shownHash(page);
  assert.notEqual(typed, before);
  await withoutKind();
  await becomes(() => shownHash(page), typed);
  await page.getByRole('link', { name: 'What you have changed' }).click();
  await page.getByText('1 changed').waitFor();
  await page.locator('ins', { hasText: 'Today.' }).waitFor();
});

test('loses no change if the next one comes before it is made', async (t) => {
  const page = await openShop(t, 'edit', WITH_REFUNDS);
  await page.getByLabel('Content').waitFor();
  await page.evaluate(() => {
    const content = document.querySelector('.editor textarea');
    const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value');
    set.call(content, 'typed at last');
    content.dispatchEvent(new Event('input', { bubbles: true }));
    for (const _ of [1, 2]) document.querySelector('.bar-of-table button').click();
  });
  await page.getByText('36 items', { exact: true }).waitFor();
  await page.getByText('No problems').waitFor();
  await page.getByRole('link', { name: 'What you have changed' }).click();
  await page.getByText('1 changed').waitFor();
  const all = /1 changed.*2 added.*0 removed/s;
  await eventually(async () => assert.match(await page.locator('.switches').innerText(), all));
});

test('writes a pack from nothing, and removes an item again', async (t) => {
  const page = await openStudio(t, '#edit?open=empty');
  await page.getByRole('button', { name: 'New item' }).click();
  await page.getByLabel('Content').fill('Hello');
  await page.getByRole('radio', { name: 'JSON' }).check();
  await page.getByText('1 problem').waitFor();
  await page.getByLabel('Content').fill('{ "greeting": "Hello" }');
  await page.getByText('No problems').waitFor();
  const one = await shownHash(page);
  await page.getByRole('button', { name: 'Remove this item' }).click();
  await page.getByText('0 items', { exact: true }).waitFor();
  await page.waitForFunction((old) => document.querySelector('header .what code')?.title !== old, one);
});
