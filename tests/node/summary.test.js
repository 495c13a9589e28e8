// Checks summarizeSnapshot, Markdown that an operator can trust, whoever wrote the pack; and summaryOf, the same as data.
//
// Why: people decide by this page, and all of its text comes from packs that anybody may have written. A link, a tag or an
// additional table row would let the pack speak in our name.
//
// How: two Markdown implementations render the page with GitHub's extensions, raw HTML allowed and addresses turned into links.
// A browser's HTML parser reads the result. Hostile text goes into every member.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as api from '@lssm-tech/lib.context-snapshot';
import markdownIt from 'markdown-it';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { parseFragment } from 'parse5';
import { assertProblem, thrownBy } from './support/expect.js';
import { canonicalItem } from './support/format.js';

const { snapshotPack, summarizeSnapshot, summaryOf } = api;

const renderers = {
  'markdown-it': (text) => markdownIt({ html: true, linkify: true, typographer: true }).render(text),
  micromark: (text) =>
    micromark(text, {
      allowDangerousHtml: true,
      allowDangerousProtocol: true,
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
    }),
};
/** The only elements of the page. */
const ELEMENTS = ['h1', 'h2', 'p', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'code', 'pre'];

function* nodes(node) {
  yield node;
  for (const child of node.childNodes ?? []) yield* nodes(child);
}
const textOf = (node) => [...nodes(node)].map(({ value = '' }) => value).join('');
const all = (root, name) => [...nodes(root)].filter(({ nodeName }) => nodeName === name);

/** Returns the page as people see it: the text of each cell, by table and row. Asserts that there is nothing else. */
function shown(markdown, render) {
  const html = render(markdown);
  const root = parseFragment(html);
  for (const node of nodes(root)) {
    if (node === root || node.nodeName === '#text') continue;
    assert(ELEMENTS.includes(node.nodeName), `<${node.nodeName}> in\n${html}`);
    // Attributes that the renderers add, to code blocks and for alignment of numbers.
    const isOwn = ({ name, value }) =>
      `${name} ${value}`.match(/^(class language-js|align right|style text-align:right)$/);
    const attributes = node.attrs.filter((attribute) => !isOwn(attribute));
    assert.deepEqual(attributes, [], node.nodeName);
  }
  const tables = all(root, 'table').map((table) =>
    all(table, 'tr').map((row) => row.childNodes.filter(({ nodeName }) => /^t[hd]$/.test(nodeName)).map(textOf)),
  );
  const headings = [...all(root, 'h1'), ...all(root, 'h2')].map(textOf);
  return { tables, headings, code: all(root, 'pre').map(textOf), text: textOf(root), root };
}

/** Shows a text as the page should, in a second implementation. */
function asShown(text) {
  if (text === '') return '(empty)';
  const characters = [...text];
  const kept = characters.length > 256 ? [...characters.slice(0, 128), '…', ...characters.slice(-128)] : characters;
  const escaped = (character, at) => {
    if (character === ' ' && (at === 0 || at === kept.length - 1)) return '\\u0020';
    if (character === '…' && characters.length > 256) return character;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\\') return '\\\\';
    if (/[`|\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029\ufff9-\ufffb]/u.test(character)) {
      return Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
      ).join('');
    }
    return character;
  };
  return kept.map(escaped).join('');
}

const HOSTILE = [
  '',
  'plain',
  '|',
  '\\|',
  '\\\\|',
  '` | x | `',
  '`',
  '``` \n```',
  '`</code><script>alert(1)</script>',
  '\\`',
  'a\\',
  '\\',
  'one\ntwo',
  'one\n\n# two\n\n| a | b |\n| - | - |\n| c | d |',
  'one\r\ntwo\rthree\u0085four\u2028five\u2029six',
  '</td><script>alert(1)</script>',
  '</code></pre></table><img src=x onerror=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<!-- x',
  '--> <![CDATA[ <?php',
  '[x](javascript:alert(1))',
  '![x](https://example.org/x.png)',
  '[x]: https://example.org',
  '[^1]\n\n[^1]: x',
  'https://example.org/?a=1&b=2',
  'http://example.org www.example.org ftp://example.org',
  'www.example.org',
  'somebody@example.org mailto:somebody@example.org xmpp:a@b.c',
  '<https://example.org>',
  '&lt;script&gt; &amp;amp; &#96; &#124; &#x60; &nbsp;',
  '**bold** _italic_ ~~gone~~ # heading',
  '- [x] task\n1. list\n> quote',
  '$$x$$ :smile: @somebody #1 GH-1 (c)',
  '\u202Eevil\u202C \u2066x\u2069 \u200Bzero\u200D\uFEFF \u061C \u180E',
  '\0',
  'a\0b\u0007\u001B[31mred\u007F',
  '\u00AD\u034F\u115F\u1160\u17B4\u3164\uFFA0\uFE0F\u{E0041}\u{E01EF}',
  '\u{1F600} é 漢字 \u{10FFFF}',
  'x'.repeat(100_000),
  `${'|`\\'.repeat(50_000)}`,
  '\u{1F600}'.repeat(257),
  '`'.repeat(256),
  '---',
  '| --- | --- |',
  '    indented',
  '{{ template }} {% raw %}',
  ' between blanks ',
  ' ',
  '   ',
  ' before',
  ' ` ',
];

/** Makes a snapshot whose every text is this one; `name` keeps what must not be empty. */
function made(text) {
  const name = text === '' ? 'x' : text;
  const source = { kind: name, key: name, version: text, required: true, description: text };
  const pack = {
    packKey: name,
    version: text,
    title: text,
    description: text,
    owners: [text, text],
    tags: [text, 'tag'],
    sources: [source, { kind: name, key: `${name}2` }],
  };
  const item = {
    itemId: name,
    kind: name,
    sourceKey: name,
    sourceVersion: text,
    content: text,
    metadata: { [text]: text },
  };
  const ctx = {
    ...{ actor: 'user', roles: ['admin'], userId: name, tenantId: text, organizationId: text, workspaceId: text },
    ...{
      channel: text,
      traceId: text,
      idemKey: name,
      snapshotId: name.replaceAll(':', ';'),
      now: new Date(0),
      pack,
      items: [item],
    },
    parent: `sha256:${'0'.repeat(64)}`,
  };
  const input = { packKey: name, reason: text, requestedBy: text, metadata: { [text]: text } };
  return { snapshot: snapshotPack(input, ctx), name, item, pack, ctx };
}

describe('shows hostile text in every member as text', () => {
  for (const [number, text] of HOSTILE.entries()) {
    for (const [renderer, render] of Object.entries(renderers)) {
      test(`${number} ${JSON.stringify(text).slice(0, 50)}, by ${renderer}`, () => {
        const { snapshot, name, item, ctx } = made(text);
        const page = summarizeSnapshot(snapshot);
        assert(page.isWellFormed());
        const { tables, headings, code } = shown(page, render);
        const { record } = snapshot;
        const { seal } = record.metadata.$snapshot;
        const [one, two] = [asShown(text), asShown(name)];
        const bytes = Buffer.byteLength(canonicalItem(item)).toLocaleString('en');
        assert.deepEqual(headings, [`Context snapshot of ${one}`, 'Composition', 'Provenance', 'Usage']);
        assert.deepEqual(tables, [
          [
            ['', ''],
            ['Pack', two],
            ['Version', one],
            ['Snapshot', asShown(ctx.snapshotId)],
            ['Hash', record.hash],
            ['Seal', seal],
            ['Items', '1'],
          ],
          [
            ['Kind', 'Items', 'Canonical bytes'],
            [two, '1', bytes],
          ],
          [
            ['Kind, source, version', 'Items', 'Canonical bytes'],
            [`${two} ${two} ${one}`, '1', bytes],
          ],
          [
            ['', ''],
            ['Created at', '1970-01-01T00:00:00.000Z'],
            ['Authenticated user', two],
            ['Requested by (unverified)', one],
            ['Admitted as', 'user'],
            ['Admitted by', 'role'],
            ['Reason', one],
            ['Tenant', one],
            ['Organization', one],
            ['Workspace', one],
            ['Channel', one],
            ['Trace', one],
            ['Idempotency key', two],
            ['Seal of the parent', ctx.parent],
            ['Description', one],
            ['Owners', `${one}, ${one}`],
            ['Tags', `${one}, tag`],
          ],
          [
            ['Pack source', 'Version', 'Required', 'Description'],
            [`${two} ${two}`, one, 'yes', one],
            [`${two} ${asShown(`${name}2`)}`, '', 'no', ''],
          ],
        ]);
        assert.equal(code.length, 1);
        assert.match(code[0], /^import \{ verifySnapshot \}[^\n]*\nverifySnapshot\(\{(\n +[^\n]+)*\n\}\)\.valid;\n$/);
      });
    }
  }

  test('limits the size of the page, whatever the text', () => {
    const { snapshot } = made('x'.repeat(1_000_000));
    assert(summarizeSnapshot(snapshot).length < 20_000);
  });

  test('shows different texts differently', () => {
    const texts = HOSTILE.filter((text) => text.length < 200 && text !== '');
    const titles = texts.map((title) => {
      const pack = { packKey: 'p', version: '1', title };
      const page = summarizeSnapshot(snapshotPack({ packKey: 'p' }, { actor: 'admin', pack, items: [] }));
      return shown(page, renderers.micromark).headings[0];
    });
    assert.equal(new Set(titles).size, texts.length);
  });
});

const pack = { packKey: 'p', version: '1', title: 't' };
const take = (items, more) =>
  snapshotPack({ packKey: 'p' }, { actor: 'admin', now: new Date(0), pack: { ...pack, ...more }, items });
const item = (itemId, more) => ({ itemId, kind: 'k', sourceKey: 's', content: 'c', ...more });
const tablesOf = (page) => shown(page, renderers['markdown-it']).tables;

describe('counts', () => {
  const items = Array.from({ length: 1234 }, (_, at) =>
    item(`${at}`, {
      kind: ['a', 'b', 'é'][at % 3],
      sourceKey: `s${at % 7}`,
      ...(at % 2 && { sourceVersion: '1' }),
      content: 'x'.repeat(at),
    }),
  );
  const count = (wanted) => {
    const own = items.filter(wanted);
    const bytes = own.reduce((sum, one) => sum + Buffer.byteLength(canonicalItem(one)), 0);
    return [own.length.toLocaleString('en'), bytes.toLocaleString('en')];
  };

  test('by kind and by source', () => {
    const [head, kinds, sources] = tablesOf(summarizeSnapshot(take(items)));
    assert.deepEqual(head.at(-1), ['Items', '1,234']);
    assert.deepEqual(
      kinds.slice(1),
      ['a', 'b', 'é'].map((kind) => [kind, ...count((one) => one.kind === kind)]),
    );
    assert.equal(sources.length - 1, 42);
    const data = summaryOf(take(items));
    const cells = ({ items, bytes }) => [items.toLocaleString('en'), bytes.toLocaleString('en')];
    assert.deepEqual(
      data.kinds.map((row) => [row.kind, ...cells(row)]),
      kinds.slice(1),
    );
    assert.deepEqual(
      data.sources.map((row) => [
        [row.kind, row.sourceKey, ...(row.sourceVersion === undefined ? [] : [row.sourceVersion])].join(' '),
        ...cells(row),
      ]),
      sources.slice(1),
    );
    for (const [source, ...numbers] of sources.slice(1)) {
      const [kind, key, version] = source.split(' ');
      const isOf = (one) => one.kind === kind && one.sourceKey === key && one.sourceVersion === version;
      assert.deepEqual(numbers, count(isOf), source);
    }
  });

  test('names that would collide if they were joined', () => {
    const pairs = [
      ['a', 'b c'],
      ['a b', 'c'],
      ['a\0', 'b'],
      ['a', '\0b'],
      ['a\0\0', 'b'],
      ['a', 'b\0\0'],
      ['a\0\u0001', 'b'],
    ];
    const own = pairs.map(([kind, sourceKey], at) => item(`${at}`, { kind, sourceKey }));
    own.push(
      item('v1', { kind: 'a', sourceKey: 'b', sourceVersion: 'c' }),
      item('v2', { kind: 'a', sourceKey: 'b', sourceVersion: '' }),
      item('v3', { kind: 'a', sourceKey: 'b' }),
    );
    const [, , sources] = tablesOf(summarizeSnapshot(take(own)));
    assert.equal(sources.length - 1, own.length);
    for (const [, number] of sources.slice(1)) assert.equal(number, '1');
  });

  for (const number of [100, 101, 1500]) {
    test(`${number} kinds, sources, owners`, () => {
      const many = Array.from({ length: number }, (_, at) => String(at).padStart(5, '0'));
      const own = many.map((name) => item(name, { kind: name, sourceKey: name }));
      const sources = many.map((key) => ({ kind: 'k', key }));
      const page = summarizeSnapshot(take(own, { owners: many, sources }));
      const [, kinds, bySource, facts, ofPack] = tablesOf(page);
      const more = number > 100 ? `and ${(number - 100).toLocaleString('en')} more` : undefined;
      for (const table of [kinds, bySource, ofPack]) {
        assert.equal(table.length, 1 + Math.min(number, 100) + Number(more !== undefined));
        if (more !== undefined) assert.equal(table.at(-1)[0], more);
      }
      // The columns add up.
      const sum = (values) => values.reduce((all, value) => all + value, 0);
      const bytes = sum(own.map((one) => Buffer.byteLength(canonicalItem(one))));
      for (const table of [kinds, bySource]) {
        const column = (at) => sum(table.slice(1).map((row) => Number(row[at].replaceAll(',', ''))));
        assert.deepEqual([column(1), column(2)], [number, bytes]);
      }
      if (more !== undefined) assert.deepEqual(ofPack.at(-1).slice(1), ['', '', '']);
      const [, owners] = facts.find(([name]) => name === 'Owners');
      assert.equal(owners, [...many.slice(0, 100), ...(more === undefined ? [] : [more])].join(', '));
    });
  }
});

describe('summarizes', () => {
  const snapshot = take([item('b'), item('a')], { sources: [{ kind: 'k', key: 's', required: true }] });

  test('a record without items, and leaves out the composition', () => {
    const { headings, tables } = shown(summarizeSnapshot({ record: snapshot.record }), renderers.micromark);
    assert.deepEqual(headings, ['Context snapshot of t', 'Provenance', 'Usage']);
    assert.deepEqual(tables[0].at(-1), ['Items', '2']);
    assert.equal(
      summarizeSnapshot({ record: snapshot.record, items: undefined }),
      summarizeSnapshot({ record: snapshot.record }),
    );
  });

  test('items in any order, from any iterable, as stores return them', () => {
    const page = summarizeSnapshot(snapshot);
    const rows = snapshot.items.map((one) => ({
      ...one,
      textContent: null,
      metadata: null,
      createdAt: new Date(),
      row: 1n,
    }));
    for (const items of [snapshot.items.toReversed(), new Set(snapshot.items), rows.values(), rows]) {
      assert.equal(summarizeSnapshot({ record: snapshot.record, items }), page);
    }
    const record = { ...snapshot.record, createdBy: null, createdAt: new Date(0), id: 5 };
    assert.equal(summarizeSnapshot({ record, items: rows }), page);
  });

  test('a pack without items', () => {
    const { tables } = shown(summarizeSnapshot(take([])), renderers.micromark);
    assert.deepEqual(
      tables.map(({ length }) => length),
      [7, 1, 1, 4],
    );
  });

  test('with code that verifies this snapshot', () => {
    const { code } = shown(summarizeSnapshot(snapshot), renderers.micromark);
    const expression = code[0].slice(code[0].indexOf('\n') + 1);
    const run = (record, items) =>
      new Function('verifySnapshot', 'record', 'items', `return ${expression}`)(api.verifySnapshot, record, items);
    assert.equal(run(snapshot.record, snapshot.items), true);
    assert.equal(run(take([item('a')]).record, [item('a')]), false);
  });

  test('the same snapshot as the same page', () => {
    assert.equal(summarizeSnapshot(snapshot), summarizeSnapshot(JSON.parse(JSON.stringify(snapshot))));
  });
});

describe('returns as data', () => {
  const seal = `sha256:${'7'.repeat(64)}`;
  const whole = snapshotPack(
    { packKey: 'p', reason: 'r', requestedBy: 'q' },
    {
      actor: 'user',
      roles: ['admin'],
      userId: 'u',
      now: new Date(0),
      parent: seal,
      pack,
      items: [item('b'), item('a')],
    },
  );

  test('what the record and the items say, deeply frozen', () => {
    const bytes = Buffer.byteLength(canonicalItem(item('a'))) + Buffer.byteLength(canonicalItem(item('b')));
    const { record } = whole;
    const data = summaryOf(whole);
    assert.deepEqual(data, {
      title: 't',
      packKey: 'p',
      packVersion: record.packVersion,
      hash: record.hash,
      seal: record.metadata.$snapshot.seal,
      itemCount: 2,
      kinds: [{ kind: 'k', items: 2, bytes }],
      sources: [{ kind: 'k', sourceKey: 's', items: 2, bytes }],
      provenance: {
        createdAt: record.createdAt,
        createdBy: record.createdBy,
        userId: 'u',
        requestedBy: 'q',
        reason: 'r',
        actor: 'user',
        grant: 'role',
        parent: seal,
      },
    });
    for (const part of [data, data.kinds, data.kinds[0], data.sources, data.sources[0], data.provenance]) {
      assert(Object.isFrozen(part));
    }
  });

  test('empty lists without items, and no member that the record lacks', () => {
    const plain = snapshotPack({ packKey: 'p' }, { actor: 'admin', now: new Date(0), pack, items: [item('a')] });
    const data = summaryOf({ record: JSON.parse(JSON.stringify(plain.record)) });
    assert.deepEqual([data.kinds, data.sources, data.itemCount], [[], [], 1]);
    assert.deepEqual(Object.keys(data.provenance).sort(), ['actor', 'createdAt', 'grant']);
  });

  test('text of the pack as it is', () => {
    for (const text of HOSTILE.filter((text) => text !== '')) {
      const given = item('a', { kind: text, sourceKey: text, sourceVersion: text });
      const data = summaryOf(take([given], { title: text }));
      assert.deepEqual(
        [data.title, data.kinds[0].kind, data.sources[0].sourceKey, data.sources[0].sourceVersion],
        [text, text, text, text],
      );
    }
  });
});

describe('refuses', () => {
  const { record, items } = JSON.parse(
    JSON.stringify(take([item('a'), item('b')], { sources: [{ kind: 'k', key: 's', required: true }] })),
  );
  const refuses = (given, ...issues) => {
    const wanted = issues.map(([path, code]) => ({ path, code }));
    for (const summarize of [summarizeSnapshot, summaryOf]) {
      const error = thrownBy(() => summarize(given));
      assertProblem(error, { code: 'VALIDATION_FAILED', issues: wanted, operation: false }, api);
    }
  };

  // E8-5, E8.5-4
  test('an invalid record', () => {
    refuses(undefined, ['record', 'invalid_type']);
    refuses({}, ['record', 'invalid_type']);
    refuses({ record: null }, ['record', 'invalid_type']);
    refuses({ record: Promise.resolve(record) }, ['record', 'invalid_type']);
    refuses(
      { record: { ...record, packKey: 'q' }, items },
      ['record.packKey', 'mismatch'],
      ['record.metadata.$snapshot.seal', 'mismatch'],
    );
    refuses({ record: { ...record, snapshotId: 'x' } }, ['record.metadata.$snapshot.seal', 'mismatch']);
    refuses({ record: { ...record, itemCount: '2' } }, ['record.itemCount', 'invalid_type']);
    refuses({ record: { ...record, metadata: {} } }, ['record.metadata.$snapshot', 'invalid_type']);
  });

  // E8.5-5
  test('items of another record', () => {
    refuses({ record, items: null }, ['items', 'invalid_type']);
    refuses({ record, items: Promise.resolve(items) }, ['items', 'invalid_type']);
    refuses({ record, items: [] }, ['items', 'mismatch'], ['pack.sources.0', 'missing_source']);
    refuses({ record, items: items.slice(1) }, ['items', 'mismatch']);
    refuses({ record, items: [...items, item('c')] }, ['items', 'mismatch']);
    refuses({ record, items: [...items, items[0]] }, ['items.2.itemId', 'duplicate']);
    refuses({ record, items: [items[0], { ...items[1], content: 'd' }] }, ['items', 'mismatch']);
    refuses({ record, items: [items[0], { ...items[1], content: 5 }] }, ['items.1.content', 'invalid_type']);
  });

  test("but lets the host's exceptions pass, and closes iterators", () => {
    const hostError = new Error('mine');
    const thrower = {
      get itemId() {
        throw hostError;
      },
    };
    let closed = 0;
    function* some() {
      try {
        yield items[0];
        yield thrower;
      } finally {
        closed++;
      }
    }
    assert.equal(
      thrownBy(() => summarizeSnapshot({ record, items: some() })),
      hostError,
    );
    assert.equal(closed, 1);
  });
});
