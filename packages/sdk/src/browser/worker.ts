/**
 * The worker of one tab: waits for its turn to lead. Until then it loads neither SQLite nor cryptography, and once
 * it leads it does so for as long as its tab lives.
 */
import { engineLock } from './tabs.ts';

void navigator.locks.request(engineLock, async () => {
  const { lead } = await import('./leader.ts');
  await lead();
  await new Promise<void>(() => {});
});
