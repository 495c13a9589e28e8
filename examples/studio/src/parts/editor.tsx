// Edits an item: its id, kind and source as fields and its content as text; or all of it as JSON.
//
// Why fields: a document of many lines is unreadable as a JSON text with `\n`. How: the text of the item stays the one truth. A field replaces its member
// in it; content that is JSON is put in as it was typed, so that the worker says where a mistake is.

import { useState } from 'react';
import { texts } from '../texts.ts';

type Members = Readonly<Record<string, unknown>>;

const FIELDS = ['itemId', 'kind', 'sourceKey', 'sourceVersion'] as const;

function parsed(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

const written = (content: unknown) => (typeof content === 'string' ? content : JSON.stringify(content ?? {}, null, 2));

export function ItemEditor({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) {
  const [members, setMembers] = useState<Members>(() => parsed(text) ?? {});
  const [content, setContent] = useState(() => written(members['content']));
  const [isText, setIsText] = useState(() => typeof members['content'] === 'string');
  const [whole, setWhole] = useState<string | undefined>(() => (parsed(text) === undefined ? text : undefined));

  const put = (next: Members, typed: string, asText: boolean) => {
    setMembers(next);
    setContent(typed);
    setIsText(asText);
    const { content: _, ...rest } = next;
    const others = JSON.stringify(rest).slice(1, -1);
    onChange(`{${others}${others === '' ? '' : ','}"content":${asText ? JSON.stringify(typed) : typed}}`);
  };
  const toJson = () =>
    setWhole(JSON.stringify({ ...members, content: isText ? content : (parsed(content) ?? content) }, null, 2));
  const toFields = () => {
    const next = parsed(whole ?? '');
    if (next === undefined) return;
    setMembers(next);
    setContent(written(next['content']));
    setIsText(typeof next['content'] === 'string');
    setWhole(undefined);
  };

  if (whole !== undefined) {
    return (
      <>
        <p className="actions">
          <button type="button" onClick={toFields} disabled={parsed(whole) === undefined}>
            {texts.edit.asFields}
          </button>
        </p>
        <textarea
          aria-label={texts.edit.json}
          value={whole}
          spellCheck={false}
          dir="auto"
          onChange={(event) => {
            setWhole(event.target.value);
            onChange(event.target.value);
          }}
        />
      </>
    );
  }
  return (
    <>
      <div className="fields row">
        {FIELDS.map((name) => (
          <label key={name}>
            {name}
            <input
              value={String(members[name] ?? '')}
              dir="auto"
              onChange={(event) => {
                const { [name]: _, ...rest } = members;
                const { value } = event.target;
                // The version is the one that may be absent.
                put(name === 'sourceVersion' && value === '' ? rest : { ...members, [name]: value }, content, isText);
              }}
            />
          </label>
        ))}
      </div>
      <p className="actions">
        <label>
          <input type="radio" checked={isText} onChange={() => put(members, content, true)} /> {texts.edit.text}
        </label>
        <label>
          <input type="radio" checked={!isText} onChange={() => put(members, content, false)} /> JSON
        </label>
        <button type="button" onClick={toJson}>
          {texts.edit.asJson}
        </button>
      </p>
      <textarea
        aria-label={texts.edit.content}
        value={content}
        spellCheck={false}
        dir="auto"
        onChange={(event) => put(members, event.target.value, isText)}
      />
    </>
  );
}
