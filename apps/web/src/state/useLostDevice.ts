import { useEffect, useRef } from 'react';
import { type DeviceId, idFromText, normalizeUsername, type SessionView } from '../sotto.ts';
import { readStored, writeStored } from './stored.ts';

export interface LostDevice {
  readonly deviceId: DeviceId;
  readonly username: string;
}

/**
 * The device that this browser was when it was last open, where the browser has deleted what the engine stored since: browsers
 * do so when space runs out, and the page's own small storage often outlives it. Null where nothing was lost.
 */
export function useLostDevice(session: SessionView | undefined): LostDevice | null {
  const wasSignedIn = useRef(false);
  useEffect(() => {
    if (session?.kind === 'signedIn') {
      wasSignedIn.current = true;
      remember(session.deviceId, session.username);
      return;
    }
    // Signed out or removed, what was stored is locked here, and not deleted.
    const isLocked =
      (session?.kind === 'signedOut' && wasSignedIn.current) ||
      (session?.kind === 'stopped' &&
        (session.reason === 'deviceRemoved' || session.reason === 'accountClosed'));
    if (isLocked) remember('', '');
  }, [session]);
  return session?.kind === 'signedOut' && !wasSignedIn.current ? remembered() : null;
}

function remember(deviceId: string, username: string): void {
  writeStored('device', deviceId);
  writeStored('username', username);
}

function remembered(): LostDevice | null {
  const deviceId = idFromText<DeviceId>(readStored('device') ?? '');
  const username = normalizeUsername(readStored('username') ?? '');
  return deviceId === null || username === null ? null : { deviceId, username };
}
