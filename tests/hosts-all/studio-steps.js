// Does in the Studio page what a user does first, and says how it went: served into the page by `engines.test.js`.
//
// How: clicks and waits, like a user. The page's policy lets it send nothing, so the outcome is in the address of an image. What the page hands
// over as a download is kept here, too, because a script cannot read the browser's folder of downloads.

const complaints = [];
for (const type of ['error', 'unhandledrejection', 'securitypolicyviolation']) {
  addEventListener(type, (event) =>
    complaints.push(`${type}: ${event.message ?? event.reason ?? event.violatedDirective}`),
  );
}

/** Waits for an element with a text. */
async function found(selector, text = '') {
  for (let tries = 0; tries < 600; tries++) {
    for (const element of document.querySelectorAll(selector)) {
      if (element.textContent.includes(text)) return element;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`There is no ${selector} with "${text}"`);
}
const click = async (selector, text) => (await found(selector, text)).click();
const hash = async () => (await found('header .what code')).title;

/** Writes in a field as if somebody typed: React notices a change only if it did not make it. */
function write(field, text) {
  const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value');
  set.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

function press(key, options, target = document.body) {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...options }));
}

/** What axe-core finds in each view. */
const findings = [];
async function check(view) {
  const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
  findings.push(...violations.map(({ id, nodes }) => `${view}: ${id}: ${nodes.map(({ html }) => html).slice(0, 3)}`));
}

const downloaded = [];
const { createObjectURL } = URL;
URL.createObjectURL = (blob) => {
  downloaded.push(blob);
  return createObjectURL(blob);
};
async function download(label) {
  const count = downloaded.length;
  await click('.downloads button', label);
  for (let tries = 0; tries < 200 && downloaded.length === count; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return new File([downloaded[count]], `${label}.json`);
}

function drop(...files) {
  const dataTransfer = new DataTransfer();
  for (const file of files) dataTransfer.items.add(file);
  for (const type of ['dragenter', 'dragover', 'drop'])
    document
      .querySelector('main')
      .dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
}

/** Downloads each part of a snapshot, and drops them on the page: the record with its items, and then what is checked against them. */
async function parts() {
  await click('.callers label', 'An admin');
  await click('button', 'Make a snapshot');
  const files = [];
  for (const label of [
    'Record',
    'Items',
    'Record with items',
    'Summary',
    'Statement',
    'Signed envelope',
    'Public key',
    'Proof of',
  ])
    files.push(await download(label));
  drop(files[2]);
  await found('.numbers', 'The parts fit together');
  drop(...files.slice(4));
  await found('.checks li:nth-child(4)');
  return [...document.querySelectorAll('.checks > ul > li')].map(({ textContent }) => textContent);
}

async function steps() {
  await found('.choices button', 'A shop assistant');
  await check('start');
  await click('.choices button', 'A shop assistant');
  const opened = await hash();
  await click('.table .row[id]', 'docs/policies/refunds.md');
  const content = (await found('.chosen .content', 'Refunds')).textContent;
  await check('items');
  await click('.chosen button', 'Copy proof');
  await found('.say', 'Copied');
  const { itemId: copied } = JSON.parse(await navigator.clipboard.readText());
  await click('.chosen a', 'Path in the tree');
  const root = (await found('.level.root:not(.wrong)')).textContent;
  await check('tree');
  await click('nav a', 'Changes');
  await click('.change', 'docs/policies/tone.md');
  await found('.changes', 'changed docs/policies/tone.md');
  await check('changes');
  await click('nav a', 'Tamper');
  await click('.callers label, .tamper label', 'Everything, consistently');
  const verdicts = (await found('.outcome[data-shows="Everything, consistently"]', 'Not valid')).textContent;
  await check('tamper');
  await click('nav a', 'Edit');
  const area = await found('.edit textarea', '');
  write(area, `${area.value}!`);
  let edited = opened;
  for (let tries = 0; tries < 200 && edited === opened; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    edited = await hash();
  }
  await check('edit');
  await click('nav a', 'Tree');
  const id = await found('.tree input');
  write(id, 'docs/policies/secrets.md');
  await click('.tree button', 'Prove');
  const absence = (await found('main', 'No item has this id, and that is proven')).textContent;
  await click('nav a', 'Snapshot');
  await click('.callers label', 'Nobody');
  await click('button', 'Make a snapshot');
  const refusal = (await found('.snapshot h2', 'UNAUTHENTICATED')).textContent;
  await check('snapshot');
  press('k', { ctrlKey: true });
  write(await found('dialog[open] input'), 'show history');
  await found('dialog[open] [aria-selected=true]', 'Show history');
  await check('palette');
  press('Enter', {}, document.activeElement);
  await found('.chain', 'follows the seal before it');
  const select = await found('.history select', 'edit a reason');
  select.selectedIndex = [...select.options].findIndex(({ text }) => text.includes('edit a reason'));
  select.dispatchEvent(new Event('change', { bubbles: true }));
  const chain = (await found('.history', 'The chain is broken')).textContent;
  await check('history');
  await click('nav a', 'Items');
  await click('.table .row[id]', 'docs/policies/refunds.md');
  await click('nav a', 'Snapshot');
  const checks = await parts();
  await check('checks');
  drop(new File(['{"itemId":"a","kind":"k","sourceKey":"s","content":"x"}\n'], 'dropped.jsonl'));
  const dropped = (await found('header .what', 'dropped')).textContent;
  return { opened, content, copied, root, verdicts, edited, absence, refusal, chain, checks, dropped };
}

const outcome = await steps().catch((error) => ({ failure: `${error}` }));
new Image().src = `/outcome?${encodeURIComponent(JSON.stringify({ ...outcome, complaints, findings }))}`;
