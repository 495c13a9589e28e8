// Tells people, in a line at the edge of the page and to screen readers, what an action did.

import { useSyncExternalStore } from 'react';

let message = '';
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const tell = (next: string) => {
  message = next;
  for (const listener of listeners) listener();
};

export function say(next: string): void {
  clearTimeout(timer);
  tell(next);
  timer = setTimeout(() => tell(''), 6000);
}

export const useMessage = (): string =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => message,
  );
