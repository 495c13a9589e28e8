// What changed since another pack or an earlier snapshot, item by item, to the changed words.

import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { type Change, type Kind, useChanges } from '../changes.ts';
import { readable, useItem } from '../item.ts';
import { Compare } from '../parts/compare.tsx';
import { Name, visible } from '../parts/name.tsx';
import { go, useRoute } from '../route.ts';
import { beforeOf, compareWith, compareWithFile, type Opened, useStudio } from '../studio.ts';
import { texts } from '../texts.ts';
import { count } from '../words.ts';

const KINDS: readonly Kind[] = ['changed', 'added', 'removed', 'moved'];
const SIGNS: Record<Kind, string> = { changed: '~', added: '+', removed: '−', moved: '→' };

function Chooser() {
  const { steps, before, opened } = useStudio();
  const file = useRef<HTMLInputElement>(null);
  const original = opened?.original;
  const options = [...(original ? [original] : []), ...steps.map(beforeOf).filter((option) => option !== undefined)];
  // Not by their names: two snapshots may have the same.
  const at = options.findIndex(({ contents }) => contents.manifest === before?.contents.manifest);
  return (
    <div className="bar-of-table">
      <label>
        {texts.changes.since}{' '}
        <select
          value={before === undefined ? '' : at < 0 ? 'file' : String(at)}
          onChange={(event) => compareWith(options[Number(event.target.value)])}
        >
          {before === undefined && <option value="">{texts.changes.choose}</option>}
          {before !== undefined && at < 0 && <option value="file">{visible(before.name)}</option>}
          {options.map(({ name }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: snapshots are never moved
            <option key={index} value={index}>
              {visible(name)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={() => file.current?.click()}>
        {texts.changes.file}
      </button>
      <input
        ref={file}
        type="file"
        hidden
        data-testid="before"
        onChange={async ({ currentTarget: input }) => {
          const [chosen] = input.files ?? [];
          if (chosen !== undefined) await compareWithFile(chosen);
          input.value = '';
        }}
      />
    </div>
  );
}

function List({ changes, chosen }: { readonly changes: readonly Change[]; readonly chosen: number }) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: changes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 28,
    overscan: 10,
  });
  useEffect(() => {
    if (chosen >= 0) rows.scrollToIndex(chosen);
  }, [rows, chosen]);
  const shown = rows.getVirtualItems();
  return (
    <div
      ref={scroller}
      className="change-list"
      role="listbox"
      tabIndex={0}
      aria-label={texts.changes.label}
      aria-activedescendant={shown.some(({ index }) => index === chosen) ? `change-${chosen}` : undefined}
      onKeyDown={(event) => {
        const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: changes.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const next = changes[Math.max(0, Math.min(changes.length - 1, to))];
        if (next !== undefined) go('changes', { change: next.itemId });
      }}
    >
      <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {shown.map(({ index, start }) => {
          const { kind, itemId, from } = changes[index] as Change;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
            <div
              key={itemId + kind}
              id={`change-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              aria-setsize={changes.length}
              aria-posinset={index + 1}
              className={`change ${kind}`}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => go('changes', { change: itemId })}
              title={from === undefined ? itemId : `${from} → ${itemId}`}
            >
              <span className="sign" aria-label={texts.changes.kinds[kind]} role="img">
                {SIGNS[kind]}
              </span>
              <Name>{itemId}</Name>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Shown({ opened, change, side }: { readonly opened: Opened; readonly change: Change; readonly side: boolean }) {
  const { before } = useStudio();
  const { kind, itemId, from } = change;
  const old = useItem({ list: before?.list }, kind === 'added' ? '' : (from ?? itemId));
  const now = useItem(opened, kind === 'removed' ? '' : itemId);
  const isReady = (kind === 'added' || old !== undefined) && (kind === 'removed' || now !== undefined);
  const [was, is] = useMemo(() => [old ? readable(old.json) : '', now ? readable(now.json) : ''], [old, now]);
  const hasTexts =
    (kind === 'added' || before?.list !== undefined) && (kind === 'removed' || opened.list !== undefined);
  return (
    <>
      <h2>
        <span className={`sign ${kind}`}>{texts.changes.kinds[kind]}</span>{' '}
        {from !== undefined && (
          <>
            <Name>{from}</Name> →{' '}
          </>
        )}
        <Name>{itemId}</Name>
      </h2>
      {kind === 'moved' && <p className="quiet">{texts.changes.movedHint}</p>}
      {!hasTexts ? (
        <p className="empty">{texts.changes.noTexts}</p>
      ) : isReady ? (
        <Compare before={was} after={is} side={side} />
      ) : (
        <p className="empty">{texts.loading}</p>
      )}
    </>
  );
}

export default function ChangesView() {
  const { opened: open, before } = useStudio();
  const opened = open as Opened;
  const { get } = useRoute();
  const { changes, error } = useChanges(opened, before);
  const [kind, side] = [get('show'), get('side') !== ''];
  const list = useMemo(
    () => (changes?.list ?? []).filter((change) => kind === '' || change.kind === kind),
    [changes, kind],
  );
  const at = list.findIndex(({ itemId }) => itemId === get('change'));
  const chosen = at < 0 ? 0 : at;
  const change = list[chosen];
  const step = (by: number) => {
    const next = list[(chosen + by + list.length) % list.length];
    if (next !== undefined) go('changes', { change: next.itemId });
  };
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if ((event.target as Element).closest('input, textarea, select, dialog') || event.ctrlKey || event.metaKey)
        return;
      if (event.key === 'n') step(1);
      else if (event.key === 'p') step(-1);
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  });
  const counts = Map.groupBy(changes?.list ?? [], (one) => one.kind);
  return (
    <div className="changes">
      <Chooser />
      {error !== undefined && <p className="note bad">{error}</p>}
      {before === undefined ? (
        <p className="empty">{texts.changes.nothingChosen}</p>
      ) : changes === undefined ? (
        error === undefined && (
          <p className="empty">
            {opened.preview?.hash === undefined && opened.list ? texts.changes.hasProblems : texts.loading}
          </p>
        )
      ) : (
        <>
          <fieldset className="switches">
            <legend className="hidden">{texts.changes.filter}</legend>
            {KINDS.map((one) => (
              <button
                key={one}
                type="button"
                className={one}
                aria-pressed={kind === one}
                onClick={() => go('changes', { show: kind === one ? '' : one, change: '' })}
              >
                <span aria-hidden="true">{SIGNS[one]}</span> {count(counts.get(one)?.length ?? 0)}{' '}
                {texts.changes.kinds[one]}
              </button>
            ))}
            <span className="quiet">{texts.changes.unchanged(changes.unchanged)}</span>
            {changes.pack.length > 0 && <span className="note">{texts.changes.pack(changes.pack.join(', '))}</span>}
          </fieldset>
          {changes.list.length === 0 ? (
            <p className="empty">{texts.changes.same}</p>
          ) : (
            <div className="columns">
              <List changes={list} chosen={chosen} />
              <section className="shown" aria-label={texts.compare.label}>
                <div className="bar-of-table">
                  <button type="button" onClick={() => step(-1)} aria-keyshortcuts="p">
                    ← {texts.changes.previous} <kbd>p</kbd>
                  </button>
                  <button type="button" onClick={() => step(1)} aria-keyshortcuts="n">
                    {texts.changes.next} → <kbd>n</kbd>
                  </button>
                  <span className="quiet" role="status">
                    {list.length > 0 && texts.changes.position(chosen + 1, list.length)}
                  </span>
                  <label className="end">
                    <input
                      type="checkbox"
                      checked={side}
                      onChange={(event) => go('changes', { side: event.target.checked ? '1' : '' })}
                    />{' '}
                    {texts.changes.side}
                  </label>
                </div>
                {change !== undefined && <Shown key={change.itemId} opened={opened} change={change} side={side} />}
              </section>
            </div>
          )}
        </>
      )}
    </div>
  );
}
