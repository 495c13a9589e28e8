// Tests that every component renders on a server, with React 18 and 19, and that text of a pack stays text there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { bundled, REACTS } from './support/build.js';
import { HOSTILE, props, snapshot } from './support/samples.js';

for (const react of Object.keys(REACTS)) {
  describe(`on a server with React ${react}`, async () => {
    const { names, render, version } = await import(await bundled('server.jsx', react, 'node'));

    test('is that version', () => assert.equal(version.split('.')[0], react));

    for (const name of names) {
      test(`renders: ${name}`, () => {
        const html = render(name, props[name] ?? {});
        assert.match(html, /<h[2-6]/);
        assert(!html.includes('<img'), html);
        assert(!html.includes('\u202e') && !html.includes('\0'), html);
      });
    }

    test('says that there is no summary without props', () => {
      assert.match(render('summary without props', {}), /There is no snapshot to summarize/);
    });

    test('shows all of a summary', () => {
      const html = render('summary', props.summary);
      for (const text of [
        snapshot.record.hash,
        '12,345',
        'user with the role admin',
        'class="context-snapshot-summary mine"',
        '<h3',
      ]) {
        assert(html.includes(text), `${text} in ${html}`);
      }
      assert(html.includes('\\u{202e}evil\\u{0}'));
      assert(HOSTILE.includes('\u202e'));
    });

    test('draws the tree with the digests that are known', () => {
      const html = render('tree', props.tree);
      const { path, manifest } = props.tree.proof;
      for (const digest of [props.tree.digest, ...path, manifest.itemsRoot]) assert(html.includes(digest));
      assert.equal(html.match(/<li>/g).length, path.length + 1);
    });

    test('says that the preview is not there yet', () => {
      assert.match(render('preview', props.preview), /The preview is not there yet/);
    });
  });
}

test('loads by require', () => {
  const script = `const react = require('@lssm-tech/lib.context-snapshot/react');
    console.log(Object.keys(react).sort().join());`;
  const env = { ...process.env, NODE_PATH: new URL('./node_modules', import.meta.url).pathname };
  const output = execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' });
  assert.match(output, /ContextSnapshotSummary,.*SnapshotDiff,SnapshotPreview,usePreview,useVerification,visibleText/);
});

test('visibleText escapes all that cannot be seen, and leaves emoji and joined scripts as they are', () => {
  const hidden = ['\ufe01', '\u{e0101}', '\u{e0041}', '\u3164', '\u034f', '\u115f', '\u200b', '\u2028', '\x9b'];
  const seen = ['⚠\ufe0f', '👩\u200d🚀', 'می\u200cخواهم', 'é', '\t\n'];
  const script = `process.stdout.write(JSON.stringify(${JSON.stringify([...hidden, ...seen])}.map((text) =>
    require('@lssm-tech/lib.context-snapshot/react').visibleText(text))))`;
  const env = { ...process.env, NODE_PATH: new URL('./node_modules', import.meta.url).pathname };
  const shown = JSON.parse(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }));
  assert.deepEqual(shown, [...hidden.map((one) => `\\u{${one.codePointAt(0).toString(16)}}`), ...seen]);
});
