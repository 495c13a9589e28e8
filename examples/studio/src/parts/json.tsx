// Shows JSON folded, and long text a piece at a time.
//
// Why: a cell of 10 MB, or an object with a million members, must not stop the page. How: `<details>` of the browser, whose inside is made when it
// is first opened; of a list or a text only a beginning is shown, and the next piece on demand.

import { visibleText } from '@lssm-tech/lib.context-snapshot/react';
import { useState } from 'react';
import { texts } from '../texts.ts';
import { count, plural } from '../words.ts';

const MEMBERS = 100;
const UNITS = 20_000;
const ONE_LINE = 60;

/** Shows a text, or the beginning of one that has `length` units. */
export function LongText({ text, length = text.length }: { readonly text: string; readonly length?: number }) {
  const [shown, setShown] = useState(UNITS);
  return (
    <>
      <pre className="text" dir="auto">
        {visibleText(text.slice(0, shown), shown)}
      </pre>
      {length > shown && (
        <p className="more">
          {texts.json.cut(count(Math.min(shown, text.length)), count(length))}{' '}
          {text.length > shown && (
            <button type="button" onClick={() => setShown(shown * 4)}>
              {texts.json.more}
            </button>
          )}
        </p>
      )}
    </>
  );
}

const scalar = (value: unknown) => {
  const type = value === null ? 'null' : typeof value;
  return <span className={`json-${type}`}>{visibleText(JSON.stringify(value), UNITS)}</span>;
};

/** A value on one line, or undefined if it does not fit. */
function oneLine(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const members = Object.values(value);
  if (members.length > 4 || members.some((member) => member !== null && typeof member === 'object')) return undefined;
  if (members.some((member) => typeof member === 'string' && member.length > ONE_LINE)) return undefined;
  const text = JSON.stringify(value, null, 1).replace(/\s*\n\s*/g, ' ');
  return text.length <= ONE_LINE ? text : undefined;
}

function Members({ value, level }: { readonly value: object; readonly level: number }) {
  const [shown, setShown] = useState(MEMBERS);
  const isList = Array.isArray(value);
  const entries: [string, unknown][] = Object.entries(value);
  return (
    <ul className="json">
      {entries.slice(0, shown).map(([name, member]) => (
        <li key={name}>
          <Member name={isList ? undefined : name} value={member} level={level + 1} />
        </li>
      ))}
      {entries.length > shown && (
        <li>
          <button type="button" onClick={() => setShown(shown * 4)}>
            {texts.json.moreMembers(count(entries.length - shown))}
          </button>
        </li>
      )}
    </ul>
  );
}

function Member({
  name,
  value,
  level,
}: {
  readonly name: string | undefined;
  readonly value: unknown;
  readonly level: number;
}) {
  const [open, setOpen] = useState(level < 3);
  const label = name === undefined ? null : <span className="json-name">{visibleText(name)}</span>;
  if (typeof value === 'string' && (value.length > 400 || value.includes('\n'))) {
    return (
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          {label} <span className="quiet">{texts.json.units(plural(value.length, 'character'))}</span>
        </summary>
        {open && <LongText text={value} />}
      </details>
    );
  }
  const line = oneLine(value);
  if (value === null || typeof value !== 'object' || line !== undefined) {
    return (
      <div className="json-line" dir="auto">
        {label} {line === undefined ? scalar(value) : <span className="json-object">{visibleText(line)}</span>}
      </div>
    );
  }
  const size = Array.isArray(value) ? `[${count(value.length)}]` : `{${count(Object.keys(value).length)}}`;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label} <span className="quiet">{size}</span>
      </summary>
      {open && <Members value={value} level={level} />}
    </details>
  );
}

export function Json({ value }: { readonly value: unknown }) {
  if (typeof value === 'string') return <LongText text={value} />;
  if (value !== null && typeof value === 'object') return <Members value={value} level={0} />;
  return <div className="json-line">{scalar(value)}</div>;
}
