import type { SottoApi } from '../sotto.ts';

const lifetimeMs = 5 * 60_000;

/** A code that nobody answers, and an offer that is granted at once. */
export function createFixturePairing(
  nowMs: number,
  pause: () => Promise<void>,
): Pick<SottoApi, 'beginPairing' | 'awaitPairing' | 'cancelPairing' | 'readPairingOffer' | 'approvePairing'> {
  let waiting = Promise.withResolvers<void>();
  return {
    beginPairing: async () => {
      await pause();
      return { kind: 'ok', value: { code: `AQ${'x7-'.repeat(14)}`, expiresAtMs: nowMs + lifetimeMs } };
    },
    awaitPairing: async () => {
      await waiting.promise;
      return { kind: 'problem', problem: { kind: 'cancelled' } };
    },
    cancelPairing: async () => {
      waiting.resolve();
      waiting = Promise.withResolvers<void>();
    },
    readPairingOffer: async () => {
      await pause();
      return { kind: 'ok', value: { system: 'Firefox on Android' } };
    },
    approvePairing: async ({ secret }) => {
      await pause();
      return secret.kind === 'password' && secret.password.startsWith('wrong')
        ? { kind: 'problem', problem: { kind: 'wrongPassword' } }
        : { kind: 'ok', value: null };
    },
  };
}
