// The two examples that come with the page, made when they are asked for.
//
// Why made: fifty thousand items would be 25 MB to download. How: as text, like a file that somebody drops, so that they take the same way.
// The small one is a history of four steps, so that there is something to compare; its texts include what pages tend to get wrong (markup,
// right-to-left writing, long names).

interface Item {
  readonly itemId: string;
  readonly kind: string;
  readonly sourceKey: string;
  readonly sourceVersion?: string;
  readonly content: string | object;
  readonly metadata?: object;
}

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];
const TOOLS: readonly [name: string, auth: string, what: string][] = [
  ['order.find', 'user', 'Finds an order by its number, or by the address of the customer'],
  ['order.cancel', 'admin', 'Cancels an order that has not left the warehouse'],
  ['order.refund', 'admin', 'Pays an order back, whole or in part'],
  ['stock.level', 'user', 'Says how many pieces of an article each warehouse has'],
  ['parcel.track', 'user', 'Says where a parcel is, by the number of its label'],
  ['customer.note', 'user', 'Adds a note to a customer, which only people of the shop can read'],
];
const TABLES = ['orders', 'order_lines', 'customers', 'articles', 'warehouses', 'parcels'];
const FAQ: readonly [key: string, question: string, answer: string][] = [
  ['gift-wrapping', 'Do you wrap gifts?', 'Yes, for 3 €, with a card in your own words.'],
  ['pick-up', 'Can I pick my order up?', 'Yes, at the warehouse in Lyon, two hours after you have ordered.'],
  ['warranty', 'How long is the warranty?', 'Two years. Keep the receipt; a photo of it is enough.'],
  ['invoice', 'Where is my invoice?', 'In your account, and in the mail that says that the parcel has left.'],
  ['b2b', 'Do you sell to companies?', 'Yes. Ask for an account; prices are then shown without tax.'],
  ['repair', 'Do you repair?', 'Lamps and radios, yes. We say the price before we begin.'],
  ['html', 'May a review use <b>bold</b> & <script>alert(1)</script>?', 'No. Reviews are text, and are shown as text.'],
  ['ساعات-العمل', 'ما هي ساعات العمل؟', 'من الاثنين إلى الجمعة، من الساعة 9 صباحًا حتى 5 مساءً.'],
  ['שעות', 'מתי החנות פתוחה?', 'בימים שני עד שישי, בין 9 ל-17.'],
  ['営業時間', '何時に開きますか。', '月曜日から金曜日の9時から17時までです。'],
];

const refunds = (days: number, since: string) => `# Refunds

Customers may send an article back within ${days} days after it has arrived.
The article must be unused. A label is in each parcel.

We pay back within 5 working days, by the way the order was paid.
Articles made to measure are excepted.

Last reviewed: ${since}
`;

/** The steps of the small example, oldest first: who made each one, and why. */
export const STEPS = [
  { version: '1.0.0', by: 'mara', reason: 'first release', at: '2026-01-12T09:00:00.000Z' },
  { version: '1.1.0', by: 'mara', reason: 'opening hours, six more answers', at: '2026-02-03T14:30:00.000Z' },
  { version: '1.2.0', by: 'jonas', reason: 'refunds within 14 days', at: '2026-02-19T08:12:00.000Z' },
  { version: '1.3.0', by: 'mara', reason: 'guides moved, old tool removed', at: '2026-03-02T16:45:00.000Z' },
] as const;

/** Makes the small example as it was after a step, from 0. */
export function shop(step: number): { readonly pack: object; readonly items: readonly object[] } {
  const items: Item[] = [];
  const add = (kind: string, sourceKey: string, itemId: string, content: string | object, more?: Partial<Item>) =>
    items.push({ itemId, kind, sourceKey, content, ...more });

  const at = step >= 2 ? '19 February 2026' : '12 January 2026';
  add('docblock', 'docs/policies', 'docs/policies/refunds.md', refunds(step >= 2 ? 14 : 30, at), {
    metadata: { owner: 'team.service', reviewed: step >= 2 },
  });
  add('docblock', 'docs/policies', 'docs/policies/privacy.md', `# Privacy\n\nNever read a customer's address aloud.\n`);
  add(
    'docblock',
    'docs/policies',
    'docs/policies/tone.md',
    `# Tone\n\nBe brief. Say what happens next. Do not apologize twice.${step >= 3 ? '\nNever promise a date.' : ''}\n`,
  );
  for (const [name, text] of [
    ['returns', 'Ask for the number of the order. Send the label. Say when the money arrives.'],
    ['lost-parcel', 'Track it first. After 10 days without a scan, send the article again.'],
    ['damaged', 'Ask for a photo. Offer a repair, an exchange or the money, in this order.'],
  ]) {
    const id = step >= 3 ? `docs/guides/service/${name}.md` : `docs/guides/${name}.md`;
    add('docblock', 'docs/guides', id, `# ${name}\n\n${text}\n`);
  }
  if (step >= 1) {
    for (const day of DAYS) {
      const hours = { opens: '09:00', closes: day === 'friday' && step >= 2 ? '16:00' : '17:00', pause: null };
      add('knowledge', 'wiki/hours', `wiki/hours/${day}`, { day, hours, phone: day !== 'wednesday' });
    }
  }
  for (const [key, question, answer] of step === 0 ? FAQ.slice(0, 4) : FAQ) {
    add('knowledge', 'wiki/faq', `wiki/faq/${key}`, { question, answer, uses: key.length * 7 });
  }
  for (const [name, auth, what] of TOOLS) {
    if (name === 'customer.note' && step >= 3) continue;
    const retries = name === 'order.refund' && step >= 2 ? 0 : 3;
    const content = { name, auth, description: what, timeoutMs: 5000, retries, input: { orderId: 'string' } };
    add('contract', 'contracts/tools', `contracts/${name}`, content, { sourceVersion: '7' });
  }
  for (const table of TABLES) {
    const columns = ['id', 'created_at', 'updated_at', `${table}_state`].map((name, index) => {
      return { name, type: index === 0 ? 'uuid' : index < 3 ? 'timestamptz' : 'text', nullable: index === 3 };
    });
    add(
      'schema',
      'warehouse/schema',
      `schema/${table}`,
      { table, columns, primaryKey: ['id'] },
      { sourceVersion: '2026-01' },
    );
  }
  add('data-view', 'warehouse/views', 'views/late_parcels', {
    sql: "select * from parcels where state = 'on_its_way' and created_at < now() - interval '10 days'",
    columns: ['id', 'order_id', 'created_at'],
  });
  add('data-view', 'warehouse/views', `views/${'revenue_by_article_and_week_and_country_'.repeat(4)}net`, {
    sql: 'select article_id, week, country, sum(net) from order_lines group by 1, 2, 3',
    columns: ['article_id', 'week', 'country', 'net'],
  });
  const sources = [
    { kind: 'docblock', key: 'docs/policies', required: true, description: 'What the shop promises' },
    { kind: 'contract', key: 'contracts/tools', version: '7', required: true },
  ];
  const { version } = STEPS[step] as (typeof STEPS)[number];
  const pack = { packKey: 'shop.assistant', version, title: 'What the shop assistant knows' };
  return { pack: { ...pack, owners: ['team.service'], tags: ['shop', 'production'], sources }, items };
}

const KINDS = [
  'docblock',
  'docblock',
  'docblock',
  'knowledge',
  'knowledge',
  'contract',
  'schema',
  'data-view',
  'external',
];
const AREAS = [
  'billing',
  'checkout',
  'identity',
  'search',
  'catalogue',
  'shipping',
  'support',
  'pricing',
  'ledger',
  'fraud',
  'media',
];
const WORDS =
  'the caller must retry after a delay unless the order has left the warehouse and its state is final because money moves once'.split(
    ' ',
  );

/** Makes the large example as a stream: a pack with 50,000 items, 16 MB of JSON. A piece is made when it is read, so the page stays alive. */
export function platform(count = 50_000): ReadableStream<Uint8Array> {
  const pack = { packKey: 'platform.knowledge', version: '2026.11', title: 'What the platform knows' };
  const encoder = new TextEncoder();
  let seed = 1;
  // A generator of numbers that is the same everywhere (Park and Miller), so that the example has one hash.
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const item = (at: number) => {
    const kind = KINDS[next(KINDS.length)] as string;
    const area = AREAS[Math.min(next(AREAS.length), next(AREAS.length))] as string;
    const source = `${area}/${['api', 'docs', 'runbooks', 'tables'][next(4)]}`;
    const words = Array.from({ length: 8 + next(60) }, () => WORDS[next(WORDS.length)]).join(' ');
    const isText = kind === 'docblock' || kind === 'external';
    const content = isText
      ? `# ${area} ${at}\n\n${words}.\n`
      : { name: `${area}.${at}`, weight: next(1000), text: words };
    return { itemId: `${source}/${String(at).padStart(5, '0')}`, kind, sourceKey: source, content };
  };
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      let piece = at === 0 ? `{"pack":${JSON.stringify(pack)},"items":[` : '';
      for (const end = Math.min(count, at + 200); at < end; at++) {
        piece += `${at === 0 ? '\n' : ',\n'}${JSON.stringify(item(at))}`;
      }
      controller.enqueue(encoder.encode(at === count ? `${piece}\n]}\n` : piece));
      if (at === count) controller.close();
    },
  });
}
