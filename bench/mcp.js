// Makes what a server of the Model Context Protocol offers an agent: 60 tools and 200 text resources.
//
// Why: tools are small contracts with deep JSON Schemas whose shapes repeat; resources are Markdown, and a third of them is not
// in English, so their text has more than one byte a character. How: a seeded generator writes both from the words of
// `mcp-texts.js`.

import { LANGUAGES, SUBJECTS, TOPICS } from './mcp-texts.js';
import { random } from './random.js';

const money = { type: 'number', minimum: 0, multipleOf: 0.01 };
const TYPES = {
  strings: { type: 'array', items: { type: 'string', minLength: 1 }, maxItems: 50, uniqueItems: true },
  email: { type: 'string', format: 'email' },
  date: { type: 'string', format: 'date' },
  'date-time': { type: 'string', format: 'date-time' },
  integer: { type: 'integer', minimum: 0, maximum: 1_000_000 },
  number: { type: 'number', minimum: 0 },
  object: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
  lines: {
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      properties: { sku: { type: 'string' }, quantity: { type: 'integer', minimum: 1, default: 1 }, price: money },
      required: ['sku', 'price'],
      additionalProperties: false,
    },
  },
  address: {
    type: 'object',
    properties: {
      street: { type: 'string' },
      postal_code: { type: 'string', pattern: '^[0-9A-Z -]{3,10}$' },
      city: { type: 'string' },
      country: { type: 'string', minLength: 2, maxLength: 2 },
    },
    required: ['street', 'city', 'country'],
  },
};

/** Reads a field of `SUBJECTS`. */
function fieldOf(text) {
  const [, name, type, needed, description] = /^([^:]+):([^:!]+)(!?):(.*)$/.exec(text);
  const schema = type.startsWith('[')
    ? { type: 'string', enum: type.slice(1, -1).split('|') }
    : structuredClone(TYPES[type] ?? { type });
  return { name, isNeeded: needed === '!', schema: { ...schema, description } };
}

const objectOf = (properties, required) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
  additionalProperties: false,
});
const id = (subject) => ({ type: 'string', minLength: 1, description: `Identifier of the ${subject}` });

/** Makes the four tools of a subject: search, get, create, update. */
function toolsOf([subject, plural, texts]) {
  const fields = texts.map(fieldOf);
  const all = Object.fromEntries(fields.map(({ name, schema }) => [name, schema]));
  const needed = fields.filter(({ isNeeded }) => isNeeded).map(({ name }) => name);
  const words = subject.replace('_', ' ');
  const entity = objectOf({ id: id(words), ...all, updated_at: TYPES['date-time'] }, ['id', ...needed]);
  const filters = Object.fromEntries(
    fields
      .filter(({ schema }) => ['string', 'boolean'].includes(schema.type))
      .map(({ name, schema }) => [
        name,
        { ...schema, description: `Only those with this ${name.replaceAll('_', ' ')}` },
      ]),
  );
  const page = {
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20, description: 'How many to return at most' },
    cursor: { type: 'string', description: 'From the previous page; absent for the first' },
    sort: { type: 'string', enum: ['relevance', 'updated_at', '-updated_at'], default: 'relevance' },
  };
  const dryRun = { type: 'boolean', default: false, description: 'Checks everything and changes nothing' };
  const found = objectOf({ [subject]: entity }, [subject]);
  const list = objectOf({ results: { type: 'array', items: entity }, next_cursor: { type: ['string', 'null'] } }, [
    'results',
  ]);
  return [
    [
      'search',
      `Search ${plural}`,
      `Finds ${plural} by text and by field. Returns pages; an empty page means that there are no more. Use it before you create one, because duplicates are hard to remove.`,
      objectOf({ query: { type: 'string' }, ...filters, ...page }, []),
      list,
      true,
    ],
    [
      'get',
      `Get one of the ${plural}`,
      `Returns one ${words} with all its fields. Fails with “not found” if there is none, or if the caller may not see it.`,
      objectOf({ id: id(words) }, ['id']),
      found,
      true,
    ],
    [
      'create',
      `Create: ${words}`,
      `Creates one ${words}. Ask the user to confirm, and show what will be created. Repeating a call with the same idempotency key returns the first result.`,
      objectOf({ ...all, idempotency_key: { type: 'string', maxLength: 64 }, dry_run: dryRun }, needed),
      found,
      false,
    ],
    [
      'update',
      `Update: ${words}`,
      `Changes the given fields of one ${words}, and leaves the others. “if_updated_at” prevents that a change of somebody else is lost.`,
      objectOf({ id: id(words), ...all, if_updated_at: TYPES['date-time'], dry_run: dryRun }, ['id']),
      found,
      false,
    ],
  ].map(([verb, title, description, inputSchema, outputSchema, readOnlyHint]) => ({
    name: `${verb}_${subject}`,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations: {
      title,
      readOnlyHint,
      destructiveHint: verb === 'update',
      idempotentHint: verb !== 'create',
      openWorldHint: false,
    },
  }));
}

const toolItem = (tool) => ({
  itemId: `tool:${tool.name}`,
  kind: 'contract',
  sourceKey: 'mcp/tools',
  sourceVersion: '2025-06-18',
  content: tool,
});

/** Writes a document in Markdown: headings, paragraphs, lists, a table, an example. */
function markdown(next, language, topic, number) {
  const sentences = LANGUAGES[language];
  const pick = (list) => list[Math.floor(next() * list.length)];
  const some = (least, most, make, between) =>
    Array.from({ length: least + Math.floor(next() * (most - least)) }, make).join(between);
  const paragraph = () => some(2, 7, () => pick(sentences), ' ');
  const parts = {
    paragraph,
    list: () => some(3, 7, () => `- ${pick(sentences)}`, '\n'),
    steps: () => some(3, 6, (_, at) => `${at + 1}. ${pick(sentences)}`, '\n'),
    table: () =>
      `| name | value | since |\n| --- | --: | --- |\n${some(3, 8, (_, at) => `| \`limit_${at}\` | ${Math.floor(next() * 1e4)} | 2025-${String(1 + at).padStart(2, '0')} |`, '\n')}`,
    code: () =>
      `\`\`\`json\n${JSON.stringify({ id: number, ok: next() < 0.8, note: pick(sentences), at: Math.floor(next() * 1e6) / 100 }, null, 2)}\n\`\`\``,
    quote: () => `> ✅ **${pick(sentences)}** See [${topic}](docs://${number % 200}).`,
  };
  const section = () =>
    `## ${pick(TOPICS)} ${next() < 0.1 ? '🚀' : ''}\n\n${some(2, 5, () => pick(Object.values(parts))(), '\n\n')}`;
  return `# ${topic} ${number}\n\n${paragraph()}\n\n${some(1, 7, section, '\n\n')}\n`;
}

function resourceItem(next, number) {
  const others = Object.keys(LANGUAGES).filter((language) => language !== 'en');
  const language = next() < 0.65 ? 'en' : others[number % others.length];
  const topic = TOPICS[number % TOPICS.length];
  const content = markdown(next, language, topic, number);
  return {
    itemId: `docs://${topic.toLowerCase().replaceAll(' ', '-')}/${number}`,
    kind: 'docblock',
    sourceKey: 'mcp/resources',
    content,
    metadata: {
      name: `${topic} ${number}`,
      mimeType: 'text/markdown',
      language,
      size: content.length,
      annotations: {
        audience: ['assistant'],
        priority: Math.floor(next() * 10) / 10,
        lastModified: '2026-01-02T03:04:05Z',
      },
    },
  };
}

/** Makes the items: 60 tools and 200 resources. */
export function mcpItems() {
  const next = random(9);
  return [
    ...SUBJECTS.flatMap(toolsOf).map(toolItem),
    ...Array.from({ length: 200 }, (_, number) => resourceItem(next, number)),
  ];
}
