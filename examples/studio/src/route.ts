// What is shown, as the fragment of the address: `#items?kind=contract&item=contracts%2Forder.find`.
//
// Why the fragment: it never leaves the browser, it works on any host of static files, and a link to it opens the same view again. The pack is not
// in it, except for the name of an example: a file that somebody opened is theirs.

import { useSyncExternalStore } from 'react';

export const VIEWS = ['items', 'tree', 'changes', 'snapshot', 'tamper', 'history', 'edit'] as const;
export type View = (typeof VIEWS)[number];

/** Parameters that belong to what is opened, and stay if the view changes. */
const LASTING = ['open', 'item'];

export interface Route {
  readonly view: View;
  readonly get: (name: string) => string;
}

let text = '';
let route: Route = read('');

function read(hash: string): Route {
  const [name = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const view = VIEWS.find((known) => known === name) ?? 'items';
  return { view, get: (parameter) => parameters.get(parameter) ?? '' };
}

function current(): Route {
  if (location.hash !== text) {
    text = location.hash;
    route = read(text);
  }
  return route;
}

function subscribe(listener: () => void) {
  addEventListener('hashchange', listener);
  addEventListener('studio-route', listener);
  return () => {
    removeEventListener('hashchange', listener);
    removeEventListener('studio-route', listener);
  };
}

export const useRoute = () => useSyncExternalStore(subscribe, current);

/** Writes the fragment of a view, with the parameters that last and the given ones; an empty one is left out. */
export function hashOf(view: View, parameters: Readonly<Record<string, string>> = {}): string {
  const [, query = ''] = location.hash.split('?', 2);
  const old = new URLSearchParams(query);
  const next = new URLSearchParams();
  for (const [name, value] of old) if (LASTING.includes(name) || view === current().view) next.set(name, value);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  return `#${view}${next.size === 0 ? '' : `?${next}`}`;
}

/** Shows a view. What is chosen within a view replaces the entry of the history, so that "back" leads to the view before. */
export function go(view: View, parameters?: Readonly<Record<string, string>>): void {
  const hash = hashOf(view, parameters);
  if (hash === location.hash) return;
  if (view === current().view) {
    history.replaceState(null, '', hash);
    dispatchEvent(new Event('studio-route'));
  } else location.hash = hash;
}

/** Shows the first view of something new: no filter and no choice of what was open before belongs to it. */
export function goHome(): void {
  location.hash = '#items';
}
