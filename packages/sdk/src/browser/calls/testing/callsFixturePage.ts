/** The page of `calls.browser.test.ts`: calls over engines that are in the process of the test (`standInCall.ts`). */
import './watchPage.ts';
import type { CallProblem, CallSetup, CallSignals, OpenedCall, Outcome } from '@sotto/client/api';
import type { CallsPort } from '../callLeg.ts';
import { createCalls } from '../createCalls.ts';
import type { TextSignals } from './standInCall.ts';

declare global {
  var engine: (command: string, argument: unknown) => Promise<unknown>;
  var signal: (signals: TextSignals) => void;
}

let listener: ((signals: CallSignals) => void) | null = null;
globalThis.signal = (signals) => {
  listener?.({ ...signals, frameKeys: signals.frameKeys.map((key) => Uint8Array.fromHex(key)) });
};

const none: Outcome<null, CallProblem> = { kind: 'ok', value: null };
const ask = async <Value>(command: string, argument: unknown): Promise<Outcome<Value, CallProblem>> =>
  (await globalThis.engine(command, argument)) as Outcome<Value, CallProblem>;
const port: CallsPort = {
  prepareCall: () => ask<CallSetup>('prepareCall', null),
  startCall: ({ frameKey, ...start }) => ask('startCall', { ...start, frameKey: frameKey.toHex() }),
  openCall: () => ask<OpenedCall>('openCall', null),
  answerCall: ({ frameKey, ...start }) => ask('answerCall', { ...start, frameKey: frameKey.toHex() }),
  async declineCall() {
    await ask('declineCall', null);
  },
  async endCall(_callId, reason) {
    await ask('endCall', reason ?? '');
  },
  rejoinCall: () => ask<CallSetup>('rejoinCall', null),
  resumeCall: ({ frameKey, ...start }) => ask('resumeCall', { ...start, frameKey: frameKey.toHex() }),
  async updateCall(_callId, update) {
    await ask('updateCall', update);
    return none;
  },
  readCallServers: () => ask('readCallServers', null),
  setAlwaysRelay: async () => {},
  readAlwaysRelay: async () => false,
  blockCalls: async () => {},
  watch(_view, tell) {
    listener = tell as unknown as (signals: CallSignals) => void;
    void ask('watch', null);
    return () => {
      listener = null;
    };
  },
};
globalThis.calls = createCalls(port);
