import { useEffect, useState } from 'react';
import type { CallId } from '../sotto.ts';
import { isSwitchedOn } from './choices.ts';
import { onceTouched, playRing } from './ringSounds.ts';

const icon = '/icon.svg';
const ringingIcon = '/icon-ringing.svg';

/**
 * What says that somebody calls beside the sheet: the sound, a telephone's vibrating, the page's sign, and a notification
 * where nobody looks at the page. Of several tabs one rings.
 */
export function useRinging(callId: CallId | null, title: string, text: string, silenced: boolean): void {
  // A tab that nobody has touched could not sound: it leaves it to another one.
  const [ringsHere, setRingsHere] = useState<CallId | null>(null);
  useEffect(() => {
    if (callId === null || !isSwitchedOn('ringtone')) return;
    let release: (() => void) | null = null;
    const stopWaiting = onceTouched(() => {
      release = inOneTab(callId, () => setRingsHere(callId));
    });
    return () => {
      stopWaiting();
      release?.();
      setRingsHere(null);
    };
  }, [callId]);
  // Silenced, it stays this tab's: no other one begins.
  const isHeard = callId !== null && ringsHere === callId && !silenced;
  useEffect(() => (isHeard ? playRing('incoming', true) : undefined), [isHeard]);

  useEffect(() => {
    if (callId === null) return;
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    link?.setAttribute('href', ringingIcon);
    return () => link?.setAttribute('href', icon);
  }, [callId]);

  useEffect(() => {
    if (callId === null || !document.hidden) return;
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    return notify(title, text, callId);
  }, [callId, title, text]);
}

/** Runs `act` in one tab of the browser: in another one as soon as that is closed. */
function inOneTab(callId: string, act: () => void): () => void {
  const done = Promise.withResolvers<void>();
  const wait = new AbortController();
  const hold = async (): Promise<void> => {
    act();
    await done.promise;
  };
  if (navigator.locks === undefined) act();
  else {
    navigator.locks.request(`sotto-ring-${callId}`, { signal: wait.signal }, hold).catch(() => undefined);
  }
  return () => {
    wait.abort();
    done.resolve();
  };
}

/** Several tabs show one: the tag is the call's. */
function notify(title: string, body: string, callId: string): () => void {
  const options = { body, tag: callId, icon: '/icon-192.png' };
  try {
    const shown = new Notification(title, { ...options, requireInteraction: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
    return () => shown.close();
  } catch {
    // Telephones let only service workers show them: the one that wakes a closed app does.
    return () => undefined;
  }
}
