import { useSyncExternalStore } from 'react';
import { readStored, writeStored } from '../state/stored.ts';

export type Theme = 'auto' | 'light' | 'dark';
export const themes: readonly Theme[] = ['auto', 'light', 'dark'];

const listeners = new Set<() => void>();

function readTheme(): Theme {
  const stored = readStored('theme');
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
}

/** Keeps the choice and applies it at once; `public/theme.js` applies it before the next page's first paint. */
export function chooseTheme(theme: Theme): void {
  writeStored('theme', theme);
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, readTheme);
}
