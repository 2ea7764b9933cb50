import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { takeCallControls } from './callControls.ts';
import { createCell } from './cell.ts';

let handlers: Map<string, (() => void) | null>;
let shown: { microphone: boolean; camera: boolean };

beforeEach(() => {
  handlers = new Map();
  shown = { microphone: false, camera: false };
  const mediaSession = {
    setActionHandler: (action: string, handler: (() => void) | null) => void handlers.set(action, handler),
    setMicrophoneActive: async (microphone: boolean) => void Object.assign(shown, { microphone }),
    setCameraActive: async (camera: boolean) => void Object.assign(shown, { camera }),
  };
  vi.stubGlobal('navigator', { mediaSession });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function open() {
  const local = { isMuted: false, camera: 'off' as 'off' | 'on' };
  const cell = createCell({ phase: { kind: 'connected' }, local });
  const set = (next: Partial<typeof local>): void =>
    cell.set({ ...cell.value, local: { ...cell.value.local, ...next } });
  const session = {
    get state() {
      return cell.value;
    },
    watch: cell.watch,
    setMuted: (isMuted: boolean) => set({ isMuted }),
    setCamera: async (on: boolean) => set({ camera: on ? 'on' : 'off' }),
    end: () => cell.set({ ...cell.value, phase: { kind: 'ended' } }),
  };
  takeCallControls(session, session.end);
  return session;
}

const press = (action: string): void => handlers.get(action)?.();

it('goes with the call that goes on in another one, and back where that comes to nothing', async () => {
  const call = open();
  press('togglemicrophone');
  expect(call.state.local.isMuted).toBe(true);
  const failed = open();
  press('togglecamera');
  expect([failed.state.local.camera, call.state.local.camera]).toEqual(['on', 'off']);
  expect(shown).toEqual({ microphone: true, camera: true });
  // What changes in the call before is not what is shown.
  call.setMuted(false);
  call.setMuted(true);
  expect(shown).toEqual({ microphone: true, camera: true });
  press('hangup');
  expect(failed.state.phase.kind).toBe('ended');
  expect(shown).toEqual({ microphone: false, camera: false });
  press('togglemicrophone');
  expect(call.state.local.isMuted).toBe(false);

  const group = open();
  call.end();
  press('togglemicrophone');
  expect(group.state.local.isMuted).toBe(true);
  expect(shown).toEqual({ microphone: false, camera: false });
  press('hangup');
  expect(group.state.phase.kind).toBe('ended');
  expect([...handlers.values()]).toEqual([null, null, null]);
});
