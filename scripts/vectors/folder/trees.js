// The trees. `files` maps paths to text, to `{ base64 }`, to `{ link }`, or to `{ fifo: true }`; `home` is the folder to lock, `repository` the
// one to run `git init` in. `items` are written by hand: path to `[kind, content, bytes]`. `refused` names the file that the error is about.

const NFD = 'e\u0301';
const NFC = '\u00e9';
const MD = { files: '**/*.md', kind: 'docblock' };
const ALL = { files: '**', kind: 'external' };
const base64 = (...bytes) => ({ base64: Buffer.from(bytes).toString('base64') });

/** Returns a config with these members. */
const config = (members = {}) => ({
  ...{ folder: 'context-folder/v1', packKey: 'shop.docs', version: '1.0.0', title: 'Shop', include: [MD] },
  ...members,
});
const include = (...rules) => config({ include: rules });
/** A config of two rules for JSON. */
const JSON_RULE = { files: '*.j', kind: 'contract', as: 'json' };

const doc = (text) => ['docblock', text];

export const trees = [
  {
    // D5-1, D5.1-2
    ...{ name: 'one file', rule: 'FOLDER 5', config: config() },
    ...{ files: { 'a.md': 'Hello\n' }, items: { 'a.md': doc('Hello\n') } },
  },
  {
    // D2.1-1, D2.1-3
    ...{ name: 'all members of the pack', rule: 'FOLDER 2.1' },
    config: config({ description: '', owners: ['b', 'a'], tags: [], $comment: { any: 1 }, title: '' }),
    ...{ files: { 'a.md': 'a' }, items: { 'a.md': doc('a') } },
  },
  {
    // D2.3-1, D2.3-2
    ...{ name: 'no config', rule: 'FOLDER 2.3', home: 'handbook' },
    files: {
      'handbook/a.md': 'a',
      'handbook/b.TXT': 'b',
      'handbook/c/d.rst': 'd',
      'handbook/e.json': '{"a": 1}',
      'f.md': 'f',
    },
    pack: { packKey: 'handbook', version: '1.0.0', title: 'handbook' },
    items: { 'a.md': doc('a'), 'b.TXT': ['external', 'b'], 'c/d.rst': doc('d'), 'e.json': ['external', '{"a": 1}'] },
  },
  {
    ...{ name: 'no config, and the name of the folder is in NFD', rule: 'FOLDER 2.3', home: `caf${NFD}` },
    files: { [`caf${NFD}/a.md`]: 'a' },
    pack: { packKey: `caf${NFC}`, version: '1.0.0', title: `caf${NFC}` },
    items: { 'a.md': doc('a') },
  },
  {
    // D5.1-1
    ...{ name: 'line ends', rule: 'FOLDER 5.1', config: config() },
    files: { 'crlf.md': 'a\r\nb\r\n', 'cr.md': 'a\rb\r', 'mixed.md': 'a\r\r\nb\n\r', 'lf.md': 'a\nb' },
    items: { 'crlf.md': doc('a\nb\n'), 'cr.md': doc('a\rb\r'), 'mixed.md': doc('a\r\nb\n\r'), 'lf.md': doc('a\nb') },
  },
  {
    ...{ name: 'line ends are kept', rule: 'FOLDER 5.1', config: config({ eol: 'keep' }) },
    files: { 'crlf.md': 'a\r\nb\r\n', 'bom.md': '\ufeffa' },
    items: { 'crlf.md': doc('a\r\nb\r\n'), 'bom.md': doc('\ufeffa') },
  },
  {
    ...{ name: 'byte-order marks', rule: 'FOLDER 5.1', config: config() },
    files: { 'one.md': '\ufeffa\r\n', 'two.md': '\ufeff\ufeffa', 'inside.md': 'a\ufeff', 'only.md': '\ufeff' },
    items: { 'one.md': doc('a\n'), 'two.md': doc('\ufeffa'), 'inside.md': doc('a\ufeff'), 'only.md': doc('') },
  },
  {
    // D5.1-2
    ...{ name: 'empty file', rule: 'FOLDER 5.1', config: config() },
    ...{ files: { 'a.md': '' }, items: { 'a.md': doc('') } },
  },
  {
    ...{ name: 'text is not normalized', rule: 'FOLDER 5.1', config: config() },
    files: { 'a.md': `${NFD} ${NFC} 😀\u2028\u0001"\\` },
    items: { 'a.md': doc(`${NFD} ${NFC} 😀\u2028\u0001"\\`) },
  },
  {
    // D3.2-1
    ...{ name: 'names in NFD', rule: 'FOLDER 3.2', config: include({ files: `caf${NFD}/**`, kind: 'docblock' }) },
    files: { [`caf${NFD}/${NFD}.md`]: 'a', [`caf${NFD}/x`]: 'b' },
    items: { [`caf${NFC}/${NFC}.md`]: doc('a'), [`caf${NFC}/x`]: doc('b') },
  },
  {
    // D3.2-2
    ...{ name: 'one name twice, in NFC and in NFD', rule: 'FOLDER 3.2', config: config() },
    ...{ files: { [`${NFD}.md`]: 'a', [`${NFC}.md`]: 'b' }, refused: '.md' },
  },
  {
    // D3.2-4
    ...{ name: 'names with emoji, spaces, quotes, line breaks and backslashes', rule: 'FOLDER 3.2', config: config() },
    files: { '😀.md': '1', 'a b.md': '2', '"q\'.md': '3', 'l\nf.md': '4', 'b\\s.md': '5' },
    items: { '😀.md': doc('1'), 'a b.md': doc('2'), '"q\'.md': doc('3'), 'l\nf.md': doc('4'), 'b\\s.md': doc('5') },
  },
  {
    // D3.2-5
    ...{ name: 'order of UTF-16 code units', rule: 'FOLDER 3.2', config: config() },
    files: { '\uff5e.md': '1', '😀.md': '2', 'Z.md': '3', 'a.md': '4', 'a/b.md': '5', 'a-b.md': '6' },
    items: {
      '\uff5e.md': doc('1'),
      '😀.md': doc('2'),
      'Z.md': doc('3'),
      'a.md': doc('4'),
      'a/b.md': doc('5'),
      'a-b.md': doc('6'),
    },
  },
  {
    // D3.2-4
    ...{ name: 'paths that differ by case alone', rule: 'FOLDER 3.2', config: config() },
    ...{ files: { 'A.md': '1', 'a.md': '2' }, items: { 'A.md': doc('1'), 'a.md': doc('2') } },
  },
  {
    ...{ name: 'deep folders', rule: 'FOLDER 3.1', config: config() },
    files: { [`${'d/'.repeat(60)}a.md`]: 'deep' },
    items: { [`${'d/'.repeat(60)}a.md`]: doc('deep') },
  },
  {
    ...{
      // D3.1-1
      name: 'names that never belong',
      rule: 'FOLDER 3.1',
      config: { ...include(ALL, { files: '**/.*/**', kind: 'k', optional: true }), exclude: ['context-pack.json'] },
    },
    files: {
      a: '1',
      'node_modules/x': '2',
      'b/node_modules': '3',
      'b/context.lock.json': '4',
      '.context/y': '5',
      'b/.git/z': '6',
      'b/c': '7',
    },
    items: { a: ['external', '1'], 'b/c': ['external', '7'] },
  },
  {
    // D3.1-4, D3.1-5
    ...{ name: 'the first rule counts', rule: 'FOLDER 3.1' },
    config: include({ files: 'docs/api/**', kind: 'contract' }, MD, { files: '**/*', kind: 'external', as: 'digest' }),
    files: { 'docs/api/a.md': '1', 'docs/b.md': '2', 'docs/c.txt': '3' },
    items: {
      ...{
        'docs/api/a.md': ['contract', '1'],
        'docs/b.md': doc('2'),
        'docs/c.txt': ['external', { of: 'docs/c.txt' }],
      },
      'context-pack.json': ['external', { of: 'context-pack.json' }],
    },
  },
  {
    ...{ name: 'the other order of rules', rule: 'FOLDER 3.1' },
    config: include(MD, { files: 'docs/api/**', kind: 'contract' }),
    files: { 'docs/api/a.md': '1', 'docs/api/b': '2' },
    items: { 'docs/api/a.md': doc('1'), 'docs/api/b': ['contract', '2'] },
  },
  {
    ...{ name: 'a rule whose files an earlier one took', rule: 'FOLDER 3.1' },
    config: include(MD, { files: 'a.md', kind: 'contract' }),
    ...{ files: { 'a.md': '1' }, items: { 'a.md': doc('1') } },
  },
  {
    // D2.1-2
    ...{ name: 'optional rules', rule: 'FOLDER 2.1' },
    config: include({ files: '*.none', kind: 'k', optional: true }, MD),
    ...{ files: { 'a.md': '1' }, items: { 'a.md': doc('1') } },
  },
  {
    // D3.1-6
    ...{ name: 'a rule that matches no file', rule: 'FOLDER 3.1', config: include({ files: '*.none', kind: 'k' }, MD) },
    ...{ files: { 'a.md': '1' }, refused: 'context-pack.json' },
  },
  {
    // D3.1-6
    ...{ name: 'a rule whose only file is excluded', rule: 'FOLDER 3.1' },
    config: { ...include({ files: '*.x', kind: 'k' }, MD), exclude: ['a.x'] },
    ...{ files: { 'a.md': '1', 'a.x': '2' }, refused: 'context-pack.json' },
  },
  {
    // D3.1-7
    ...{ name: 'no item', rule: 'FOLDER 3.1', config: include({ ...MD, optional: true }) },
    ...{ files: { 'a.txt': '1' }, refused: 'context-pack.json' },
  },
  {
    ...{
      // D3.1-3
      name: 'excludes',
      rule: 'FOLDER 3.1',
      config: config({ exclude: ['**/drafts/**', 'b.md', '**/.x/**', '*/c?.md'] }),
    },
    files: {
      'a.md': '1',
      'b.md': '2',
      'd/b.md': '3',
      'drafts/a.md': '4',
      'd/drafts/e/a.md': '5',
      'drafts.md': '6',
      'd/c1.md': '7',
      'c1.md': '8',
    },
    items: { 'a.md': doc('1'), 'd/b.md': doc('3'), 'drafts.md': doc('6'), 'c1.md': doc('8') },
  },
  {
    ...{
      // D2.2-5
      name: 'excludes match dots',
      rule: 'FOLDER 2.2',
      config: { ...include({ files: '{.*,*}.md', kind: 'docblock' }), exclude: ['?x*'] },
    },
    ...{ files: { 'a.md': '1', '.a.md': '2', '.x.md': '3' }, items: { 'a.md': doc('1'), '.a.md': doc('2') } },
  },
  {
    // D2.2-5
    ...{ name: 'dot files', rule: 'FOLDER 2.2' },
    config: include(MD, { files: '.github/**', kind: 'contract' }, { files: '**/.env.example', kind: 'contract' }),
    files: {
      'a.md': '1',
      '.a.md': '2',
      '.hidden/a.md': '3',
      '.github/w/c.yml': '4',
      '.github/.x': '5',
      'b/.env.example': '6',
      '.env': '7',
    },
    items: { 'a.md': doc('1'), '.github/w/c.yml': ['contract', '4'], 'b/.env.example': ['contract', '6'] },
  },
  {
    // D2.2-2
    ...{ name: 'alternatives', rule: 'FOLDER 2.2', config: include({ files: '{a,b/{c,d}}/*.{md,t?t,}', kind: 'k' }) },
    files: { 'a/1.md': '1', 'b/c/2.txt': '2', 'b/3.md': '3', 'b/d/4.': '4', 'a/5.html': '5', 'a/b/6.md': '6' },
    items: { 'a/1.md': ['k', '1'], 'b/c/2.txt': ['k', '2'], 'b/d/4.': ['k', '4'] },
  },
  {
    // D2.2-3
    ...{ name: 'a question mark is one code point', rule: 'FOLDER 2.2', config: include({ files: '?.md', kind: 'k' }) },
    ...{ files: { '😀.md': '1', 'ab.md': '2', [`${NFD}.md`]: '3', '.md': '4' } },
    items: { '😀.md': ['k', '1'], [`${NFC}.md`]: ['k', '3'] },
  },
  {
    ...{
      // D2.2-4
      name: 'lists and ranges of characters',
      rule: 'FOLDER 2.2',
      config: include({ files: '[a-c😀-]x', kind: 'k' }, { files: '[!a-c]y', kind: 'l' }, { files: '[]]z', kind: 'm' }),
    },
    files: { ax: '1', dx: '2', '-x': '3', '😀x': '4', ay: '5', dy: '6', '.y': '7', ']z': '8', Ax: '9' },
    items: { ax: ['k', '1'], '-x': ['k', '3'], '😀x': ['k', '4'], dy: ['l', '6'], ']z': ['m', '8'] },
  },
  {
    ...{
      // D2.2-1, D2.2-4
      name: 'characters that are special elsewhere',
      rule: 'FOLDER 2.2',
      config: include({ files: 'a (1)+@"$^|.md', kind: 'k' }, { files: '[[]id].md', kind: 'l' }),
    },
    ...{ files: { 'a (1)+@"$^|.md': '1', 'a 1.md': '2', '[id].md': '3', 'i.md': '4' } },
    items: { 'a (1)+@"$^|.md': ['k', '1'], '[id].md': ['l', '3'] },
  },
  ...[
    'a**.md',
    '/a.md',
    'a/',
    '../a',
    './a.md',
    'a//b',
    '!a.md',
    '{1..3}.md',
    '{a,b.md',
    'a].md}',
    '[a',
    '[b-a]',
    'a\\*.md',
    '',
  ].map((files) => ({
    ...{
      // D2.2-6
      name: `the pattern ${JSON.stringify(files)}`,
      rule: 'FOLDER 2.2',
      config: include(MD, { files, kind: 'k', optional: true }),
    },
    ...{ files: { 'a.md': '1' }, refused: 'context-pack.json' },
  })),
  {
    // D3.1-2, D4-1, D4-3
    ...{ name: 'nested .gitignore with negation', rule: 'FOLDER 4', repository: '.', config: config() },
    files: {
      ...{
        '.gitignore': '*.tmp.md\n/build/\n# a comment\n!keep.tmp.md\nd/secret/\n',
        'a.md': '1',
        'a.tmp.md': '2',
        'keep.tmp.md': '3',
      },
      ...{
        'build/a.md': '4',
        'd/build/a.md': '5',
        'd/build/b.md': '11',
        'd/secret/keep.tmp.md': '6',
        'd/.gitignore': '!b.tmp.md\na.md\n',
      },
      ...{ 'd/a.md': '7', 'd/b.tmp.md': '8', 'd/c.tmp.md': '9', 'd/e/a.md': '10' },
    },
    items: { 'a.md': doc('1'), 'keep.tmp.md': doc('3'), 'd/build/b.md': doc('11'), 'd/b.tmp.md': doc('8') },
  },
  {
    ...{ name: '.gitignore outside of a repository has no meaning', rule: 'FOLDER 4', config: config() },
    files: { '.gitignore': 'a.md\n', '.contextignore': 'b.md\n', 'a.md': '1', 'b.md': '2' },
    items: { 'a.md': doc('1') },
  },
  {
    // D4-3
    ...{ name: '.gitignore files above the home', rule: 'FOLDER 4', repository: '.', home: 'x/y' },
    config: config(),
    files: {
      '.gitignore': 'no.md\n/x/y/z.md\n/a.md\n',
      'x/.gitignore': '!/y/no.md\ny/b.md\n',
      'x/y/a.md': '1',
      'x/y/b.md': '2',
      'x/y/no.md': '3',
      'x/y/z.md': '4',
      'x/y/d/no.md': '5',
      '.contextignore': '*\n',
    },
    items: { 'a.md': doc('1'), 'no.md': doc('3') },
  },
  {
    // D4-6
    ...{ name: 'a home that is left out above it', rule: 'FOLDER 4', repository: '.', home: 'out', config: config() },
    ...{ files: { '.gitignore': 'out/\n', 'out/a.md': '1' }, refused: 'context-pack.json' },
  },
  {
    // D4-2, D4-4
    ...{ name: '.contextignore and .gitignore are independent', rule: 'FOLDER 4', repository: '.', config: config() },
    files: {
      '.gitignore': 'a.md\n',
      '.contextignore': '!a.md\nb.md\nd/*\n!d/e.md\n',
      'a.md': '1',
      'b.md': '2',
      'c.md': '3',
      'd/e.md': '4',
      'd/f.md': '5',
      'x/.contextignore': '!b.md\n',
      'x/b.md': '6',
    },
    items: { 'c.md': doc('3'), 'd/e.md': doc('4'), 'x/b.md': doc('6') },
  },
  {
    // D4-1
    ...{ name: 'patterns of .contextignore are case-sensitive, and in NFC', rule: 'FOLDER 4', config: config() },
    files: { '.contextignore': `\ufeffA.md\r\n${NFD}.md\n`, 'a.md': '1', 'A.md': '2', [`${NFC}.md`]: '3' },
    items: { 'a.md': doc('1') },
  },
  {
    // D5.2-1
    ...{ name: 'files that are not text', rule: 'FOLDER 5.2', config: config() },
    files: {
      'a.md': '1',
      'nul.md': 'a\0b',
      'latin.md': base64(0xe9),
      'surrogate.md': base64(0xed, 0xa0, 0x80),
      'overlong.md': base64(0xc0, 0x80),
      'large.md': base64(0xf4, 0x90, 0x80, 0x80),
    },
    items: Object.fromEntries([
      ['a.md', doc('1')],
      ...['nul.md', 'latin.md', 'surrogate.md', 'overlong.md', 'large.md'].map((of) => [of, ['docblock', { of }]]),
    ]),
  },
  {
    ...{
      name: 'files that are not text are skipped',
      rule: 'FOLDER 5.2',
      config: { ...include(MD, { files: '*.bin', kind: 'k' }), binary: 'skip' },
    },
    ...{ files: { 'a.md': '1', 'a.bin': 'a\0' }, items: { 'a.md': doc('1') } },
  },
  {
    // D3.1-7
    ...{ name: 'nothing but files that are skipped', rule: 'FOLDER 3.1', config: config({ binary: 'skip' }) },
    ...{ files: { 'a.md': 'a\0' }, refused: 'context-pack.json' },
  },
  {
    ...{ name: 'files that are not text are refused', rule: 'FOLDER 5.2', config: config({ binary: 'refuse' }) },
    ...{ files: { 'a.md': '1', 'b.md': base64(0xff) }, refused: 'b.md' },
  },
  {
    ...{
      // D5.4-1
      name: 'digests count the bytes as they are',
      rule: 'FOLDER 5.4',
      config: include({ files: '**', kind: 'k', as: 'digest' }),
    },
    files: { 'a.txt': '\ufeffa\r\n', 'b.bin': base64(0, 1, 2, 255), 'c.json': '{ }', empty: '' },
    items: Object.fromEntries(
      ['a.txt', 'b.bin', 'c.json', 'empty', 'context-pack.json'].map((of) => [of, ['k', { of }]]),
    ),
  },
  {
    // D5.3-1
    ...{ name: 'JSON: the value counts', rule: 'FOLDER 5.3', config: include(JSON_RULE) },
    files: { 'a.j': '{"b":1.0,"a":[1e2,"\\u0041"]}', 'b.j': '\ufeff{\r\n "a": [100, "A"], "b": 1\r\n}\r\n' },
    items: { 'a.j': ['contract', { a: [100, 'A'], b: 1 }, 21], 'b.j': ['contract', { a: [100, 'A'], b: 1 }, 21] },
  },
  ...[
    ['an array', '[]'],
    ['a member twice', '{"a":1,"a":1}'],
    ['an unpaired surrogate', '{"a":"\\ud800"}'],
    ['a number that binary64 cannot hold', '{"a":1e400}'],
    ['not UTF-8', base64(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d)],
    ['a trailing comma', '{"a":1,}'],
    ['an empty file', ''],
  ].map(([name, text]) => ({
    // D5.3-2
    ...{ name: `JSON: ${name}`, rule: 'FOLDER 5.3', config: include(JSON_RULE) },
    ...{ files: { 'a.j': text }, refused: 'a.j' },
  })),
  {
    ...{
      name: 'JSON: a byte-order mark that is kept',
      rule: 'FOLDER 5.3',
      config: { ...include(JSON_RULE), eol: 'keep' },
    },
    ...{ files: { 'a.j': '\ufeff{}' }, refused: 'a.j' },
  },
  {
    // D3.3-1
    ...{ name: 'links inside of the folder', rule: 'FOLDER 3.3', config: config() },
    files: { 'a/b.md': '1', 'c.md': { link: 'a/b.md' }, d: { link: 'a' }, 'e/f.md': { link: '../c.md' } },
    items: { 'a/b.md': doc('1'), 'c.md': doc('1'), 'd/b.md': doc('1'), 'e/f.md': doc('1') },
  },
  {
    ...{
      // D3.3-3
      name: 'links that are left out',
      rule: 'FOLDER 3.3',
      config: config({ exclude: ['out/**', 'loop', 'gone.md'] }),
    },
    files: {
      '.contextignore': 'ignored\n',
      'a.md': '1',
      out: { link: '/' },
      loop: { link: '.' },
      'gone.md': { link: 'nowhere' },
      'gone.txt': { link: 'nowhere' },
      ignored: { link: '/' },
    },
    items: { 'a.md': doc('1') },
  },
  {
    ...{
      // D3.3-3
      name: 'links that no rule could need',
      rule: 'FOLDER 3.3',
      config: include({ files: 'docs/*/*.md', kind: 'k' }),
    },
    files: { 'docs/x/a.md': '1', 'docs/x/out': { link: '/' }, other: { link: '/' }, 'b.md': { link: 'nowhere' } },
    items: { 'docs/x/a.md': ['k', '1'] },
  },
  {
    ...{
      // D3.1-8, D3.3-1
      name: 'a link to a folder that a rule could need',
      rule: 'FOLDER 3.3',
      config: include({ files: 'docs/*/*.md', kind: 'k' }),
    },
    ...{ files: { 'docs/x/a.md': '1', 'docs/out': { link: '/' } }, refused: 'out' },
  },
  ...[
    ['out of the folder', 'x.md', '../outside.md', { 'outside.md': '2' }],
    ['to nothing', 'x.md', 'nowhere', {}],
    ['to itself', 'x.md', 'x.md', {}],
    ['to the folder that it is in', 'x', '.', {}],
    ['into node_modules', 'x.md', 'node_modules/a.md', { 'home/node_modules/a.md': '2' }],
  ].map(([name, at, link, more]) => ({
    // D3.3-2
    ...{ name: `a link ${name}`, rule: 'FOLDER 3.3', home: 'home', config: config() },
    ...{ files: { 'home/a.md': '1', [`home/${at}`]: { link }, ...more }, refused: at },
  })),
  {
    // D3.3-4
    ...{ name: 'a pipe', rule: 'FOLDER 3.3', config: config() },
    ...{ files: { 'a.md': '1', 'b.md': { fifo: true } }, refused: 'b.md' },
  },
  {
    ...{ name: 'a pipe that no rule matches', rule: 'FOLDER 3.3', config: config() },
    ...{ files: { 'a.md': '1', b: { fifo: true } }, items: { 'a.md': doc('1') } },
  },
].map((tree) => {
  if (tree.config !== undefined) {
    const path = tree.home === undefined ? 'context-pack.json' : `${tree.home}/context-pack.json`;
    tree.files[path] = `${JSON.stringify(tree.config, null, 2)}\n`;
  }
  return tree;
});
