import { beforeEach, describe, expect, it, vi } from 'vitest';
import { callChoice, chooseDevice, isSwitchedOn, keepMedia, keptChoice, setSwitch } from './choices.ts';

function storage(): Storage {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  } as unknown as Storage;
}

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  vi.stubGlobal('sessionStorage', storage());
  return () => vi.unstubAllGlobals();
});

describe('what a call is gone back to with', () => {
  it('is what it was left with in this tab', () => {
    keepMedia({ callId: 'a', video: true, muted: true });
    expect(keptChoice('a')).toMatchObject({ video: true, muted: true });
    keepMedia({ callId: 'a', video: false, muted: false });
    expect(keptChoice('a')).toMatchObject({ video: false, muted: false });
  });

  it('is no camera where that is not known', () => {
    keepMedia({ callId: 'a', video: true, muted: false });
    expect(keptChoice('b').video).toBe(false);
    sessionStorage.setItem('sotto.calls.media', '{');
    expect(keptChoice('a').video).toBe(false);
    sessionStorage.setItem('sotto.calls.media', 'null');
    expect(keptChoice('a').video).toBe(false);
  });
});

describe('what a call begins with', () => {
  it('are the chosen devices, and less data where that was chosen', () => {
    expect(isSwitchedOn('ringtone')).toBe(true);
    expect(callChoice(true)).toEqual({ video: true });
    chooseDevice('camera', 'c1');
    setSwitch('lowData', true);
    setSwitch('ringtone', false);
    expect(callChoice(false)).toEqual({ video: false, cameraId: 'c1', lowData: true });
    expect(isSwitchedOn('ringtone')).toBe(false);
  });
});
