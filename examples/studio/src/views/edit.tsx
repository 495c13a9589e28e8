// Edits the pack: its items on the left, the chosen one as JSON in the middle; hash and problems change while typing.
//
// How: each change of the text makes another list in the worker, which shares everything that was not edited, so it costs what was edited.

import type { ContextPackRecord } from '@lssm-tech/lib.context-snapshot';
import { useEffect, useRef, useState } from 'react';
import { useItem } from '../item.ts';
import { Digest } from '../parts/digest.tsx';
import { ItemEditor } from '../parts/editor.tsx';
import { Issues } from '../parts/issues.tsx';
import { Table } from '../parts/table.tsx';
import { go, hashOf, useRoute } from '../route.ts';
import { useRows } from '../rows.ts';
import { compareWith, edit, editItems, type Opened, useStudio } from '../studio.ts';
import { texts } from '../texts.ts';
import { bytes, count } from '../words.ts';

const TEMPLATE = { kind: 'docblock', sourceKey: 'docs/new', content: 'Write here.' };
const FIELDS = ['packKey', 'version', 'title', 'description'] as const;
const NOTHING = { list: undefined };

/** The editor of one item. The text is the user's while it is edited; it is read from the worker once. */
function Editor({
  opened,
  itemId,
  onRemove,
}: {
  readonly opened: Opened;
  readonly itemId: string;
  readonly onRemove: () => void;
}) {
  const [text, setText] = useState<string>();
  const item = useItem(text === undefined ? opened : NOTHING, itemId);
  const row = useRef(-1);
  useEffect(() => {
    if (item == null || !item.whole) return;
    row.current = item.row.row;
    setText(item.json);
  }, [item]);
  if (item === null && text === undefined) return <p className="empty">{texts.item.none}</p>;
  if (item !== undefined && item !== null && !item.whole) return <p className="empty">{texts.edit.tooLong}</p>;
  if (text === undefined) return <p className="empty">{texts.loading}</p>;
  const put = async (next: string) => {
    const put = { row: row.current, text: next };
    await editItems(() => ({ put: [put] }));
  };
  return (
    <>
      <ItemEditor text={text} onChange={put} />
      <p className="actions">
        <button
          type="button"
          onClick={async () => {
            const removed = row.current;
            onRemove();
            await editItems(() => ({ remove: [removed] }));
          }}
        >
          {texts.edit.remove}
        </button>
      </p>
    </>
  );
}

function PackFields({ pack }: { readonly pack: ContextPackRecord }) {
  return (
    <details className="pack-fields">
      <summary>{texts.edit.pack}</summary>
      <div className="fields">
        {FIELDS.map((name) => (
          <label key={name}>
            {name}
            <input
              value={pack[name] ?? ''}
              onChange={(event) => {
                const { [name]: _, ...rest } = pack;
                const value = event.target.value;
                edit({
                  pack: (name === 'description' && value === ''
                    ? rest
                    : { ...pack, [name]: value }) as ContextPackRecord,
                });
              }}
            />
          </label>
        ))}
      </div>
    </details>
  );
}

export default function Edit() {
  const opened = useStudio().opened as Opened;
  const { get } = useRoute();
  const item = get('item');
  const [session, setSession] = useState({ item, count: 0 });
  const found = useRows(opened, { search: '', kind: '', source: '', order: 'itemId', problems: false });
  const { list, preview, pack, original } = opened;
  if (list === undefined) return <p className="empty">{texts.item.onlyDigest}</p>;
  // Another item than the one that is typed in: a new editor. An item whose id is edited stays in its editor.
  const choose = (itemId: string) => {
    setSession({ item: itemId, count: session.count + 1 });
    go('edit', { item: itemId });
  };
  const current = session.item;
  const add = async () => {
    let itemId = '';
    await editItems(({ count: items }) => {
      itemId = `docs/new-${items + 1}.md`;
      return { put: [{ text: JSON.stringify({ itemId, ...TEMPLATE }) }] };
    });
    choose(itemId);
  };
  return (
    <div className="edit">
      <section className="rows-of" aria-label={texts.table.label}>
        <div className="bar-of-table">
          <button type="button" onClick={add}>
            + {texts.edit.add}
          </button>
          <span className="quiet">{texts.table.found(list.count)}</span>
        </div>
        {found !== undefined && found.total > 0 ? (
          <Table
            total={found.total}
            load={found.load}
            busy={!found.isCurrent}
            chosen={current}
            order="itemId"
            asked="itemId"
            onOrder={() => {}}
            onChoose={choose}
            onEnter={() => document.querySelector('textarea')?.focus()}
          />
        ) : (
          <p className="empty">{found === undefined ? texts.loading : texts.edit.none}</p>
        )}
      </section>
      <section className="editor" aria-label={texts.edit.json}>
        <PackFields pack={pack} />
        {current === '' ? (
          <p className="empty">{texts.edit.choose}</p>
        ) : (
          <Editor key={session.count} opened={opened} itemId={current} onRemove={() => choose('')} />
        )}
      </section>
      <section className="live" aria-label={texts.edit.live} aria-busy={opened.isStale === true}>
        <h2>{texts.hash}</h2>
        {preview?.hash === undefined ? (
          <p className="bad">{texts.facts.noHash}</p>
        ) : (
          <Digest digest={preview.hash} what={texts.hash} whole />
        )}
        {preview !== undefined && (
          <p className="quiet">
            {count(preview.itemCount)} {texts.facts.items}, {bytes(preview.bytes)}
          </p>
        )}
        {original !== undefined && preview?.hash !== undefined && (
          <p>
            <a href={hashOf('changes')} onClick={() => compareWith(original)}>
              {texts.edit.changes}
            </a>
          </p>
        )}
        <h2>
          <span role="status">{preview && texts.facts.problemCount(preview.problems.length)}</span>
        </h2>
        <Issues issues={preview?.problems ?? []} onChoose={choose} />
      </section>
    </div>
  );
}
