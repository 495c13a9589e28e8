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
  const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value');
  set.call(area, `${area.value}!`);
  area.dispatchEvent(new Event('input', { bubbles: true }));
  let edited = opened;
  for (let tries = 0; tries < 200 && edited === opened; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    edited = await hash();
  }
  return { opened, content, root, verdicts, edited };
}

const outcome = await steps().catch((error) => ({ failure: `${error}` }));
new Image().src = `/outcome?${encodeURIComponent(JSON.stringify({ ...outcome, complaints }))}`;
