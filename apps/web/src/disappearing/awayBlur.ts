/**
 * Blurs what disappears while somebody else may be looking: the window is not in front, or hidden (where it still shows among the
 * open windows). It is for eyes only. It stays readable to assistive technology: some of it, such as a keyboard on the screen, takes
 * the focus itself, and a program that may read other programs' windows could take pictures of them as well.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { readStored, writeStored } from '../state/stored.ts';
import { usePageActive } from '../thread/usePageActive.ts';

const name = 'blurDisappearing';
const listeners = new Set<() => void>();

function isWanted(): boolean {
  return readStored(name) !== 'no';
}

/** Whether it is blurred at all: on this device, on unless it was turned off. */
export function useBlurChoice(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, isWanted);
}

export function chooseBlur(on: boolean): void {
  writeStored(name, on ? 'yes' : 'no');
  for (const listener of [...listeners]) listener();
}

/** Marks the page while nobody is in front of it; the rule is in ring.css. */
export function useAwayBlur(): void {
  const isActive = usePageActive();
  const isChosen = useBlurChoice();
  const isAway = isChosen && !isActive;
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (isAway) dataset.away = 'true';
    return () => {
      delete dataset.away;
    };
  }, [isAway]);
}
