/** What Chromium has of the Network Information API (wicg.github.io/netinfo). */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

/** Calls `listener` when the browser is on a network again, or on one of another kind. */
export function watchNetwork(listener: () => void): () => void {
  const network = (navigator as { connection?: NetworkInformation }).connection;
  let type = network?.type;
  // Its `change` also tells of estimates, which are no change of network.
  const changed = (): void => {
    if (network?.type === type) return;
    type = network?.type;
    if (type !== 'none') listener();
  };
  globalThis.addEventListener('online', listener);
  network?.addEventListener('change', changed);
  return () => {
    globalThis.removeEventListener('online', listener);
    network?.removeEventListener('change', changed);
  };
}
