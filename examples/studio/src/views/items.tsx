// What is in the pack: hash, numbers by kind and source, the table, and the chosen item in place.

import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { useItem } from '../item.ts';
import { copy, Digest } from '../parts/digest.tsx';
import { Issues } from '../parts/issues.tsx';
import { Json, LongText } from '../parts/json.tsx';
import { Name } from '../parts/name.tsx';
import { type Order, Table } from '../parts/table.tsx';
import { go, hashOf as linkOf, useRoute } from '../route.ts';
import { useRows } from '../rows.ts';
import { hashOf, type Opened, sealOf, useStudio } from '../studio.ts';
import { texts } from '../texts.ts';
import { bytes, count, time } from '../words.ts';

interface Bar {
  readonly key: string;
  readonly label: string;
  readonly items: number;
  readonly bytes: number;
}

/** Rows of a list of bars; fewer if they stand above the table. */
const SHOWN = innerWidth < 1100 ? 4 : 8;

/** Numbers by kind or source, as a list of filters. */
function Bars({
  title,
  bars,
  chosen,
  onChoose,
}: {
  title: string;
  bars: readonly Bar[];
  chosen: string;
  onChoose: (key: string) => void;
}) {
  const [all, setAll] = useState(false);
  const most = Math.max(1, ...bars.map((bar) => bar.bytes));
  const sorted = bars.toSorted((one, other) => other.bytes - one.bytes);
  return (
    <section className="bars">
      <h2>{title}</h2>
      <ul>
        {sorted.slice(0, all ? undefined : SHOWN).map(({ key, label, items, bytes: size }) => (
          <li key={key}>
            <button
              type="button"
              aria-pressed={key === chosen}
              onClick={() => onChoose(key === chosen ? '' : key)}
              title={label}
            >
              <Name>{label}</Name>
              <span className="number">{count(items)}</span>
              <span className="number">{bytes(size)}</span>
              <span className="bar" style={{ inlineSize: `${(100 * size) / most}%` }} />
            </button>
          </li>
        ))}
      </ul>
      {bars.length > SHOWN && (
        <button type="button" className="link" onClick={() => setAll(!all)}>
          {all ? texts.facts.fewer : texts.facts.all(bars.length)}
        </button>
      )}
    </section>
  );
}

/** Adds up the sources of one key, which may have several kinds and versions. */
function bySource(sources: NonNullable<Opened['preview']>['sources']): Bar[] {
  const bars = new Map<string, Bar>();
  for (const { sourceKey, items, bytes: size } of sources) {
    const { items: others = 0, bytes: more = 0 } = bars.get(sourceKey) ?? {};
    bars.set(sourceKey, { key: sourceKey, label: sourceKey, items: items + others, bytes: size + more });
  }
  return [...bars.values()];
}

function Facts({ opened }: { readonly opened: Opened }) {
  const { preview, record, verification, entries } = opened;
  const hash = hashOf(opened);
  const manifest = preview?.manifest ?? record?.metadata.$snapshot.manifest;
  const total = preview?.itemCount ?? entries?.length ?? 0;
  const size = preview?.bytes ?? entries?.reduce((sum, entry) => sum + entry.bytes, 0) ?? 0;
  const wide = (name: string, digest: string) => (
    <div className="wide">
      <dt>{name}</dt>
      <dd>
        <Digest digest={digest} what={name} whole />
      </dd>
    </div>
  );
  const number = (name: string, value: string, kind?: string) => (
    <div>
      <dt>{name}</dt>
      <dd className={kind}>
        <Name>{value}</Name>
      </dd>
    </div>
  );
  return (
    <div className="facts">
      <dl className="digests-of-it">
        {hash === undefined ? (
          <div className="wide">
            <dt>{texts.hash}</dt>
            <dd className="bad">{texts.facts.noHash}</dd>
          </div>
        ) : (
          wide(texts.hash, hash)
        )}
        {record !== undefined && wide(texts.seal, sealOf(record))}
        {manifest !== undefined && wide(texts.root, manifest.itemsRoot)}
      </dl>
      <dl className="numbers">
        {number(texts.facts.items, count(total), 'big')}
        {number(texts.facts.bytes, bytes(size), 'big')}
        {record !== undefined &&
          number(
            texts.facts.made,
            `${time(record.createdAt)}${record.createdBy === undefined ? '' : `, ${record.createdBy}`}`,
          )}
        {verification !== undefined &&
          number(
            texts.facts.verdict,
            verification.valid ? texts.verdict.fits : texts.verdict.invalid,
            verification.valid ? undefined : 'bad',
          )}
      </dl>
    </div>
  );
}

function Chosen({
  opened,
  itemId,
  onClose,
}: {
  readonly opened: Opened;
  readonly itemId: string;
  readonly onClose: () => void;
}) {
  const item = useItem(opened, itemId);
  const { list, preview } = opened;
  const copyProof = async () => {
    if (list === undefined || preview?.manifest === undefined) return;
    const { proof } = await list.prove(itemId, preview.manifest);
    await copy(JSON.stringify(proof, null, 2), texts.proof);
  };
  return (
    <aside className="chosen" aria-label={texts.item.label}>
      <header>
        <h2 tabIndex={-1} id="chosen">
          <Name>{itemId}</Name>
        </h2>
        <button type="button" className="close" onClick={onClose} aria-label={texts.item.close}>
          ×
        </button>
      </header>
      {list === undefined ? (
        <p className="empty">{texts.item.onlyDigest}</p>
      ) : item === undefined ? (
        <p className="empty">{texts.loading}</p>
      ) : item === null ? (
        <div className="empty">
          <p>{texts.item.none}</p>
          <a href={linkOf('tree')}>{texts.item.proveAbsence}</a>
        </div>
      ) : (
        <>
          <dl className="members">
            {(['kind', 'sourceKey', 'sourceVersion'] as const).map(
              (name) =>
                item.row[name] !== undefined && (
                  <div key={name}>
                    <dt>{texts.item.members[name]}</dt>
                    <dd>
                      <Name>{item.row[name] ?? ''}</Name>
                    </dd>
                  </div>
                ),
            )}
            <div>
              <dt>{texts.item.members.bytes}</dt>
              <dd>{count(item.row.bytes)}</dd>
            </div>
            {item.row.digest !== undefined && (
              <div>
                <dt>{texts.item.members.digest}</dt>
                <dd>
                  <Digest digest={item.row.digest} what={texts.item.members.digest} />
                </dd>
              </div>
            )}
          </dl>
          {item.row.problem !== undefined && <p className="bad">{item.row.problem}</p>}
          <p className="actions">
            {preview?.hash !== undefined && <a href={linkOf('tree')}>{texts.item.path}</a>}
            {preview?.hash !== undefined && (
              <button type="button" onClick={copyProof}>
                {texts.item.copyProof}
              </button>
            )}
            {item.whole && (
              <button type="button" onClick={() => copy(item.json, texts.item.json)}>
                {texts.item.copyJson}
              </button>
            )}
            <a href={linkOf('edit')}>{texts.item.edit}</a>
          </p>
          <div className="content">
            {item.value === undefined ? (
              <LongText text={item.json} length={item.length} />
            ) : (
              <Json value={item.value['content']} />
            )}
            {item.value?.['textContent'] !== undefined && (
              <>
                <h3>textContent</h3>
                <Json value={item.value['textContent']} />
              </>
            )}
            {item.value?.['metadata'] !== undefined && (
              <>
                <h3>metadata</h3>
                <Json value={item.value['metadata']} />
              </>
            )}
          </div>
        </>
      )}
    </aside>
  );
}

export function Items() {
  const opened = useStudio().opened as Opened;
  const { get } = useRoute();
  const [search, kind, source, item] = [get('q'), get('kind'), get('source'), get('item')];
  const order = (get('sort') || 'itemId') as Order;
  const problems = get('problems') !== '';
  const found = useRows(opened, { search: useDeferredValue(search), kind, source, order, problems });
  const { preview, notes } = opened;
  const table = useRef<HTMLElement>(null);
  const [wide] = useState(() => innerWidth >= 700);
  const issues = [...(preview?.problems ?? []), ...(opened.verification?.issues ?? [])];
  const choose = (itemId: string) => go('items', { item: itemId });
  // In a narrow window the item is below the table.
  const shown = useRef(item);
  useEffect(() => {
    if (item !== '' && item !== shown.current && innerWidth < 700)
      document.getElementById('chosen')?.scrollIntoView({ block: 'start' });
    shown.current = item;
  }, [item]);

  return (
    <div className={item === '' ? 'items' : 'items with-item'}>
      <Facts opened={opened} />
      {notes.map((note) => (
        <p key={note} className="note">
          <Name>{note}</Name>
        </p>
      ))}
      {issues.length > 0 && (
        <section className="problems" aria-label={texts.facts.problems}>
          <h2>{texts.facts.problemCount(issues.length)}</h2>
          <Issues issues={issues} onChoose={choose} />
        </section>
      )}
      <div className="columns">
        {preview !== undefined && (
          <details className="facets" open={wide}>
            <summary>{texts.facts.filters}</summary>
            <Bars
              title={texts.facts.kinds}
              bars={preview.kinds.map((one) => ({ ...one, key: one.kind, label: one.kind }))}
              chosen={kind}
              onChoose={(key) => go('items', { kind: key })}
            />
            <Bars
              title={texts.facts.sources}
              bars={bySource(preview.sources)}
              chosen={source}
              onChoose={(key) => go('items', { source: key })}
            />
          </details>
        )}
        <section className="rows-of" ref={table} aria-label={texts.table.label}>
          <div className="bar-of-table">
            <input
              type="search"
              value={search}
              placeholder={texts.table.search}
              aria-label={texts.table.search}
              onChange={(event) => go('items', { q: event.target.value })}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
                event.preventDefault();
                table.current?.querySelector<HTMLElement>('[role=grid]')?.focus();
              }}
            />
            {(preview?.problems.length ?? 0) > 0 && (
              <label>
                <input
                  type="checkbox"
                  checked={problems}
                  onChange={(event) => go('items', { problems: event.target.checked ? '1' : '' })}
                />{' '}
                {texts.table.onlyProblems}
              </label>
            )}
            {[kind, source].filter(Boolean).map((filter) => (
              <button
                key={filter}
                type="button"
                className="filter"
                onClick={() => go('items', { [filter === kind ? 'kind' : 'source']: '' })}
              >
                <Name>{filter}</Name> ×<span className="hidden">{texts.table.clear}</span>
              </button>
            ))}
            <span className="quiet" role="status">
              {found && texts.table.found(found.total)}
            </span>
          </div>
          {found === undefined ? (
            <p className="empty">{texts.loading}</p>
          ) : found.total === 0 ? (
            <p className="empty">
              {search === '' && kind === '' && source === '' ? texts.table.none : texts.table.nothing}
            </p>
          ) : (
            <Table
              total={found.total}
              load={found.load}
              busy={!found.isCurrent}
              chosen={item}
              order={found.order}
              asked={order}
              onOrder={(next) => go('items', { sort: next === 'itemId' ? '' : next })}
              onChoose={choose}
              onEnter={() => document.getElementById('chosen')?.focus()}
            />
          )}
        </section>
        {item !== '' && <Chosen opened={opened} itemId={item} onClose={() => go('items', { item: '' })} />}
      </div>
    </div>
  );
}
