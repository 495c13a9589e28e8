// Does in the Studio page what a user does first, and says how it went: served into the page by `engines.test.js`.
//
// How: clicks and waits, like a user. The page's policy lets it send nothing, so the outcome is in the address of an image.

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

async function steps() {
  await click('.choices button', 'A shop assistant');
  const opened = await hash();
  await click('.table .row[id]', 'docs/policies/refunds.md');
  const content = (await found('.chosen .content', 'Refunds')).textContent;
  await click('.chosen a', 'Path in the tree');
  const root = (await found('.level.root:not(.wrong)')).textContent;
  await click('nav a', 'Changes');
  await click('.change', 'docs/policies/tone.md');
  await found('.changes', 'changed docs/policies/tone.md');
  await click('nav a', 'Tamper');
  await click('.callers label, .tamper label', 'Everything, consistently');
  const verdicts = (await found('.outcome[data-shows="Everything, consistently"]', 'Not valid')).textContent;
  await click('nav a', 'Edit');
  const area = await found('.edit textarea', '');
  write(area, `${area.value}!`);
  let edited = opened;
  for (let tries = 0; tries < 200 && edited === opened; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    edited = await hash();
  }
  await click('nav a', 'Tree');
  const id = await found('.tree input');
  write(id, 'docs/policies/secrets.md');
  await click('.tree button', 'Prove');
  const absence = (await found('main', 'No item has this id, and that is proven')).textContent;
  await click('nav a', 'Snapshot');
  await click('.callers label', 'Nobody');
  await click('button', 'Make a snapshot');
  const refusal = (await found('.snapshot h2', 'UNAUTHENTICATED')).textContent;
  press('k', { ctrlKey: true });
  write(await found('dialog[open] input'), 'show history');
  await found('dialog[open] [aria-selected=true]', 'Show history');
  press('Enter', {}, document.activeElement);
  await found('.chain', 'follows the seal before it');
  const select = await found('.history select', 'edit a reason');
  select.selectedIndex = [...select.options].findIndex(({ text }) => text.includes('edit a reason'));
  select.dispatchEvent(new Event('change', { bubbles: true }));
  const chain = (await found('.history', 'The chain is broken')).textContent;
  const file = new File(['{"itemId":"a","kind":"k","sourceKey":"s","content":"x"}\n'], 'dropped.jsonl');
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  for (const type of ['dragenter', 'dragover', 'drop'])
    document
      .querySelector('main')
      .dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  const dropped = (await found('header .what', 'dropped')).textContent;
  return { opened, content, root, verdicts, edited, absence, refusal, chain, dropped };
}

const outcome = await steps().catch((error) => ({ failure: `${error}` }));
new Image().src = `/outcome?${encodeURIComponent(JSON.stringify({ ...outcome, complaints }))}`;
