/** The calls of a page: one at a time. */

import { takeCallControls } from '../callMedia/callControls.ts';
import { createDeviceCheck } from '../callMedia/deviceCheck.ts';
import { watchDevices } from '../callMedia/deviceList.ts';
import { readChosenDevices } from '../callMedia/deviceMemory.ts';
import type { CallsPort } from './callLeg.ts';
import type { CallChoice, CallSession, Calls } from './callSession.ts';
import { FrameWorker } from './frames/frameWorker.ts';
import { openSession, type SessionStart } from './openSession.ts';

export function createCalls(sotto: CallsPort): Calls {
  const listeners = new Set<(session: CallSession | null) => void>();
  let current: CallSession | null = null;

  const set = (session: CallSession | null): void => {
    current = session;
    for (const listener of [...listeners]) if (listeners.has(listener)) listener(session);
  };

  function open(start: SessionStart, choice: CallChoice): CallSession {
    if (current !== null) return current;
    const session = openSession(sotto, start, { ...readChosenDevices(), ...choice });
    set(session);
    takeCallControls(session, () => session.end());
    session.watch(({ phase }) => {
      if (phase.kind === 'ended' && current === session) set(null);
    });
    return session;
  }

  return {
    start: (conversationId, choice) => open({ kind: 'start', conversationId }, choice),
    answer: (callId, choice) => open({ kind: 'answer', callId }, choice),
    rejoin: (callId, choice) => open({ kind: 'rejoin', callId }, choice),
    get current() {
      return current;
    },
    watchCurrent(listener) {
      const mine = (session: CallSession | null): void => listener(session);
      listeners.add(mine);
      listener(current);
      return () => void listeners.delete(mine);
    },
    watchDevices,
    checkDevices: (choice) => createDeviceCheck({ ...readChosenDevices(), ...choice }),
    canCall: 'RTCPeerConnection' in globalThis && FrameWorker.isSupported,
  };
}
