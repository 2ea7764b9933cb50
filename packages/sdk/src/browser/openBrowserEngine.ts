/** The engine in a worker: the browser's clock, storage, sockets and cryptography put together. */
import { DatabaseUnusable, type Engine, openEngine } from '@sotto/client';
import { loadBrowserProvider } from '@sotto/primitives/browser';
import { createStoppedApi } from '../stoppedApi.ts';
import { systemClock } from '../systemClock.ts';
import { createBlobTransport } from '../transport/blobTransport.ts';
import { createServerTransport } from '../transport/serverTransport.ts';
import { openBrowserSocket } from './browserSocket.ts';
import { openBrowserStorage } from './browserStorage.ts';
import { describeSystem } from './describeSystem.ts';
import type { LeadingEngine } from './leadInTurn.ts';

export async function openBrowserEngine(): Promise<LeadingEngine> {
  const clock = systemClock;
  const provider = await loadBrowserProvider();
  const transport = createServerTransport(location.origin, openBrowserSocket, clock);
  let engine: Engine;
  try {
    const { databases, files } = await openBrowserStorage(provider, clock);
    const system = describeSystem(navigator.userAgent);
    engine = await openEngine({
      clock,
      provider,
      transport,
      databases,
      media: { files, blobs: createBlobTransport(location.origin) },
      system,
    });
  } catch (error) {
    if (!(error instanceof DatabaseUnusable)) throw error;
    return { api: createStoppedApi(error.reason), hurry: () => {} };
  }
  addEventListener('online', () => engine.hurry());
  return engine;
}
