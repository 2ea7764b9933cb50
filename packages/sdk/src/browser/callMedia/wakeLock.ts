/** Keeps the screen on while a picture is shown. The browser takes it back when the page is hidden; it is asked for again then. */
export interface WakeLock {
  set(isWanted: boolean): void;
}

export function createWakeLock(): WakeLock {
  let held: WakeLockSentinel | null = null;
  let isWanted = false;
  let isAsking = false;

  async function settle(): Promise<void> {
    if (isAsking) return;
    if (!isWanted) {
      await held?.release().catch(() => {});
      held = null;
      return;
    }
    if (!('wakeLock' in navigator) || document.visibilityState !== 'visible' || held?.released === false)
      return;
    isAsking = true;
    // Refused when the battery is low.
    held = await navigator.wakeLock.request('screen').catch(() => null);
    isAsking = false;
    if (!isWanted) await settle();
  }
  const shown = (): void => void settle();
  return {
    set(next) {
      if (next === isWanted) return;
      isWanted = next;
      if (isWanted) document.addEventListener('visibilitychange', shown);
      else document.removeEventListener('visibilitychange', shown);
      void settle();
    },
  };
}
