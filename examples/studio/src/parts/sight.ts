// Scrolls to what appears at the top of the page, because people may have scrolled down when they opened a file.

import { type RefObject, useEffect, useRef } from 'react';

/** Returns the ref of an element that comes into sight when `what` changes to something. */
export function useSight<E extends HTMLElement>(what: unknown): RefObject<E | null> {
  const element = useRef<E>(null);
  useEffect(() => {
    if (what !== undefined) element.current?.scrollIntoView({ block: 'nearest' });
  }, [what]);
  return element;
}
