import type { SessionView, SottoApi } from '@sotto/client/api';
import type { AccountId, DeviceId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStoppedApi } from '../stoppedApi.ts';
import { type AccountHint, presumeSignedOut } from './presumeSignedOut.ts';

const signedIn: SessionView = {
  kind: 'signedIn',
  accountId: '01'.repeat(16) as AccountId,
  deviceId: '02'.repeat(16) as DeviceId,
  username: 'mira',
};
const nobody: SessionView = { kind: 'signedOut', lastUsername: null };

let hasAccount: boolean;
const hint: AccountHint = {
  mayHaveAccount: () => hasAccount,
  set: (value) => {
    hasAccount = value;
  },
};

/** An engine that says nothing until it is told to. */
function silentEngine(): { api: SottoApi; says: (session: SessionView) => void } {
  const listeners = new Set<(session: SessionView) => void>();
  const watch = (_view: object, listener: (session: never) => void) => {
    listeners.add(listener as (session: SessionView) => void);
    return () => void listeners.delete(listener as (session: SessionView) => void);
  };
  return {
    api: { ...createStoppedApi('storageUnavailable'), watch: watch as SottoApi['watch'] },
    says: (session) => {
      for (const listener of listeners) listener(session);
    },
  };
}

function watched(api: SottoApi): { seen: SessionView[]; stop: () => void } {
  const seen: SessionView[] = [];
  return { seen, stop: api.watch({ kind: 'session' }, (session) => seen.push(session)) };
}

beforeEach(() => {
  vi.useFakeTimers();
  hasAccount = false;
});
afterEach(() => void vi.useRealTimers());

describe('the session before the engine is there', () => {
  it('is signed out in a browser without an account, until the engine says what it is', () => {
    const engine = silentEngine();
    const api = presumeSignedOut(engine.api, hint);
    const { seen } = watched(api);
    vi.runAllTimers();
    expect(seen).toEqual([nobody]);
    engine.says({ kind: 'starting' });
    expect(seen).toEqual([nobody]);
    engine.says(signedIn);
    engine.says({ kind: 'starting' });
    engine.says(nobody);
    expect(seen).toEqual([nobody, signedIn, { kind: 'starting' }, nobody]);
    const late = watched(api);
    vi.runAllTimers();
    expect(late.seen).toEqual([]);
  });

  it('is not known in a browser with one', () => {
    hasAccount = true;
    const engine = silentEngine();
    const { seen } = watched(presumeSignedOut(engine.api, hint));
    vi.runAllTimers();
    expect(seen).toEqual([]);
    engine.says(signedIn);
    expect(seen).toEqual([signedIn]);
  });

  it('is not presumed where the answer is there at once, nor told to who has stopped watching', async () => {
    const { seen } = watched(presumeSignedOut(createStoppedApi('insecureContext'), hint));
    await Promise.resolve();
    vi.runAllTimers();
    expect(seen).toEqual([{ kind: 'stopped', reason: 'insecureContext' }]);

    const gone = watched(presumeSignedOut(silentEngine().api, hint));
    gone.stop();
    vi.runAllTimers();
    expect(gone.seen).toEqual([]);
  });

  it('is remembered by whether there is an account, signed in or out', () => {
    const engine = silentEngine();
    presumeSignedOut(engine.api, hint);
    engine.says(signedIn);
    expect(hasAccount).toBe(true);
    engine.says({ kind: 'signedOut', lastUsername: 'mira' });
    expect(hasAccount).toBe(true);
    engine.says({ kind: 'stopped', reason: 'storageUnavailable' });
    expect(hasAccount).toBe(true);
    engine.says(nobody);
    expect(hasAccount).toBe(false);
  });
});
