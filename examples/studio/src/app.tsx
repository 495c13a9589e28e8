// The frame of the page: what is open, the views, the actions (Ctrl-K), and the place to drop files.

import { type ComponentType, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { dropped, picked } from './inputs/folder.ts';
import { isServed } from './inputs/served.ts';
import { Boundary } from './parts/boundary.tsx';
import { CopyButton, copy } from './parts/digest.tsx';
import { Name, visible } from './parts/name.tsx';
import { type Action, Palette } from './parts/palette.tsx';
import { useSight } from './parts/sight.ts';
import { go, goHome, hashOf as linkOf, useRoute, VIEWS, type View } from './route.ts';
import { useMessage } from './say.ts';
import {
  cancel,
  choose,
  dismiss,
  EXAMPLES,
  hashOf,
  open,
  openExample,
  openServed,
  sealOf,
  studio,
  useStudio,
} from './studio.ts';
import { texts } from './texts.ts';
import { useTheme } from './theme.ts';
import { Checks } from './views/checks.tsx';
import { Items } from './views/items.tsx';
import { Printed } from './views/printed.tsx';
import { Start } from './views/start.tsx';
import { bytes, short } from './words.ts';

function readAgain() {
  goHome();
  openServed();
}

const loads: (() => Promise<unknown>)[] = [];
/** Loads a view when it is shown. */
function later(load: () => Promise<{ default: ComponentType }>) {
  loads.push(load);
  return lazy(load);
}
/** Loads all views, one after the other, so that none keeps the page busy for long. */
async function loadAll() {
  for (const load of loads) await load().catch(() => {});
}
const PAGES: Record<View, ComponentType> = {
  items: Items,
  tree: later(() => import('./views/tree.tsx')),
  changes: later(() => import('./views/changes.tsx')),
  snapshot: later(() => import('./views/snapshot.tsx')),
  tamper: later(() => import('./views/tamper.tsx')),
  history: later(() => import('./views/history.tsx')),
  edit: later(() => import('./views/edit.tsx')),
};

function Busy() {
  const { busy } = useStudio();
  if (busy === undefined) return null;
  const { step, done = 0, total } = busy.progress ?? {};
  const amount =
    total !== undefined ? `${Math.round((100 * done) / Math.max(1, total))} %` : step === 'read' ? bytes(done) : '';
  return (
    <div className="busy" role="status">
      <Name>{busy.what}</Name>
      <progress value={total === undefined ? undefined : done} max={total} aria-label={busy.what} />
      {step !== undefined && <span className="quiet">{texts.open.step(step, amount)}</span>}
      <button type="button" onClick={cancel}>
        {texts.open.cancel}
      </button>
    </div>
  );
}

function Problem() {
  const { failure } = useStudio();
  const alert = useSight<HTMLDivElement>(failure);
  if (failure === undefined) return null;
  return (
    <div ref={alert} className="failure" role="alert">
      <div>
        <strong>{failure.message}</strong>
        {failure.issues.length > 1 && (
          <ul>
            {failure.issues.slice(0, 5).map(({ path, message }) => (
              <li key={path + message}>
                {path !== '' && <code>{path}</code>} {message}
              </li>
            ))}
          </ul>
        )}
      </div>
      <button type="button" onClick={dismiss}>
        {texts.dismiss}
      </button>
    </div>
  );
}

/** Makes the whole page a place to drop files. */
function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const has = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const listen = {
      dragenter: (event: DragEvent) => has(event) && setOver(++depth > 0),
      dragleave: (event: DragEvent) => has(event) && setOver(--depth > 0),
      dragover: (event: DragEvent) => has(event) && event.preventDefault(),
      drop: async (event: DragEvent) => {
        if (event.dataTransfer === null || !has(event)) return;
        event.preventDefault();
        depth = 0;
        setOver(false);
        await open(await dropped(event.dataTransfer));
      },
    };
    for (const [name, listener] of Object.entries(listen)) addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listen)) removeEventListener(name, listener as EventListener);
    };
  }, []);
  return over;
}

/** Opens the example that the address names, or the folder that the command serves. */
function useFirst(name: string): void {
  useEffect(() => {
    if (studio().opened !== undefined) return;
    const example = EXAMPLES.find((known) => known === name);
    if (example !== undefined) openExample(example);
    else if (isServed) openServed();
  }, [name]);
}

export function App() {
  const { opened, busy } = useStudio();
  const route = useRoute();
  const message = useMessage();
  const over = useDrop();
  const [theme, setTheme] = useTheme();
  const [palette, setPalette] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const content = useRef<HTMLElement>(null);
  useFirst(route.get('open'));
  const isOpen = opened !== undefined;

  // A page that stays open for days has all its views, whatever happens to the server. What fails now is loaded when it is shown.
  useEffect(() => {
    if (isOpen) loadAll();
  }, [isOpen]);

  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette((is) => !is);
      }
      if (event.key === '/' && !(event.target as Element).closest('input, textarea, select, dialog')) {
        const search = document.querySelector<HTMLInputElement>('input[type=search]');
        if (search !== null) {
          event.preventDefault();
          search.focus();
        }
      }
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);

  const title = opened && visible(opened.pack.title || opened.pack.packKey);
  useEffect(() => {
    document.title = title === undefined ? texts.title : `${title} · ${texts.views[route.view]} · ${texts.title}`;
  }, [title, route.view]);

  const pick = async (input: HTMLInputElement) => {
    if (input.files === null || input.files.length === 0) return;
    const given = picked(input.files);
    await open(given);
    input.value = '';
  };
  const hash = opened && hashOf(opened);
  const seal = opened?.record && sealOf(opened.record);
  const actions: Action[] = [
    ...(opened === undefined
      ? []
      : VIEWS.map((view) => ({
          name: texts.palette.view(texts.views[view]),
          hint: texts.hints[view],
          run: () => go(view),
        }))),
    ...(isServed ? [{ name: texts.served.again, hint: texts.served.againHint, run: readAgain }] : []),
    { name: texts.open.file, hint: texts.open.fileHint, run: () => file.current?.click() },
    { name: texts.open.folder, hint: texts.open.folderHint, run: () => folder.current?.click() },
    ...EXAMPLES.map((example) => ({
      name: texts.palette.example(texts.examples[example]),
      hint: texts.exampleHints[example],
      run: () => choose(example),
    })),
    ...(hash === undefined
      ? []
      : [{ name: texts.copy(texts.hash), hint: short(hash), run: () => copy(hash, texts.hash) }]),
    ...(seal === undefined
      ? []
      : [{ name: texts.copy(texts.seal), hint: short(seal), run: () => copy(seal, texts.seal) }]),
    { name: texts.palette.link, hint: texts.palette.linkHint, run: () => copy(location.href, texts.palette.linkName) },
    { name: texts.palette.print, hint: texts.palette.printHint, run: () => print() },
    ...(['system', 'light', 'dark'] as const).map((name) => ({
      name: texts.palette.theme(name),
      run: () => setTheme(name),
    })),
  ];
  const Page = PAGES[route.view];

  return (
    <div className={over ? 'studio over' : 'studio'}>
      <button type="button" className="skip" onClick={() => content.current?.focus()}>
        {texts.skip}
      </button>
      <header>
        <a className="brand" href="#items" aria-label={texts.title}>
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d="M10 5v3.5M10 8.5H5v4M10 8.5h5v4" />
            <circle cx="10" cy="4" r="2.2" />
            <circle cx="5" cy="14.5" r="2.2" />
            <circle cx="15" cy="14.5" r="2.2" />
          </svg>
          <span>{texts.title}</span>
        </a>
        {opened !== undefined && (
          <div className="what">
            <bdi className="name">{title}</bdi>
            <Name className="version">{opened.pack.version}</Name>
            {hash !== undefined && (
              <span className="digest">
                <code title={hash}>{short(hash)}</code>
                <CopyButton text={hash} what={texts.hash} />
              </span>
            )}
          </div>
        )}
        <div className="tools">
          <button type="button" onClick={() => file.current?.click()}>
            {texts.open.file}
          </button>
          <button type="button" onClick={() => setPalette(true)} aria-keyshortcuts="Control+K">
            {texts.palette.button} <kbd>Ctrl K</kbd>
          </button>
          <label className="theme">
            <span className="hidden">{texts.theme}</span>
            <select value={theme} onChange={(event) => setTheme(event.target.value as typeof theme)}>
              <option value="system">{texts.themes.system}</option>
              <option value="light">{texts.themes.light}</option>
              <option value="dark">{texts.themes.dark}</option>
            </select>
          </label>
        </div>
      </header>
      <input
        ref={file}
        type="file"
        multiple
        hidden
        onChange={(event) => pick(event.currentTarget)}
        data-testid="file"
      />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        onChange={(event) => pick(event.currentTarget)}
        data-testid="folder"
      />
      {opened !== undefined && (
        <nav aria-label={texts.navigation}>
          {VIEWS.map((view) => (
            <a key={view} href={linkOf(view)} aria-current={view === route.view ? 'page' : undefined}>
              {texts.views[view]}
            </a>
          ))}
        </nav>
      )}
      <main id="content" ref={content} tabIndex={-1}>
        <Busy />
        <Problem />
        <Checks />
        {opened === undefined ? (
          busy === undefined && <Start onFile={() => file.current?.click()} onFolder={() => folder.current?.click()} />
        ) : (
          <>
            <h1 className="hidden">
              {title}: {texts.views[route.view]}
            </h1>
            <Printed opened={opened} />
            <Boundary key={route.view}>
              <Suspense fallback={<p className="empty">{texts.loading}</p>}>
                <Page />
              </Suspense>
            </Boundary>
          </>
        )}
      </main>
      {over && <div className="drop">{texts.open.drop}</div>}
      <div className="say" role="status" aria-live="polite">
        {visible(message)}
      </div>
      <Palette actions={actions} open={palette} onClose={() => setPalette(false)} />
    </div>
  );
}
