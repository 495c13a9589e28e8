// Light, dark, or as the system is. Kept in this browser, if it keeps anything.

import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'studio-theme';

function kept(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system';
  }
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

const first = kept();
apply(first);

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(first);
  return [
    theme,
    (next) => {
      setTheme(next);
      apply(next);
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // The browser keeps nothing. The theme holds until the page is closed.
      }
    },
  ];
}
