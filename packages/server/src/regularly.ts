import type { Logger } from './ports.ts';
import { StoreUnavailable } from './store/store.ts';

/**
 * Does `work` now and then every `everyMs`, beside everything else; one that fails is logged as `name`, and tried again
 * at its next turn. The returned function ends it.
 */
export function regularly(
  name: string,
  everyMs: number,
  work: () => Promise<void>,
  logger: Logger,
): () => void {
  let isOver = false;
  let isAtWork = false;
  const run = async () => {
    if (isAtWork) return;
    isAtWork = true;
    try {
      await work();
    } catch (error) {
      const isKnown = error instanceof StoreUnavailable;
      if (!isOver) logger.error('regular work failed', { name, error: isKnown ? 'unavailable' : 'defect' });
    } finally {
      isAtWork = false;
    }
  };
  void run();
  const timer = setInterval(() => void run(), everyMs);
  timer.unref();
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}
