/** What was chosen for calls in this browser. */
import type { CallChoice } from '@sotto/sdk/calls';
import { readStored, writeStored } from '../state/stored.ts';

const names = {
  ringtone: 'calls.ringtone',
  lowData: 'calls.lowData',
  microphone: 'calls.microphone',
  camera: 'calls.camera',
  speaker: 'calls.speaker',
  tried: 'calls.tried',
} as const;

export type CallSwitch = 'ringtone' | 'lowData' | 'tried';
export type CallDevice = 'microphone' | 'camera' | 'speaker';

/** It rings unless that was turned off; the others are off until they are turned on. */
export function isSwitchedOn(name: CallSwitch): boolean {
  return readStored(names[name]) === 'on' || (name === 'ringtone' && readStored(names.ringtone) === null);
}

export function setSwitch(name: CallSwitch, on: boolean): void {
  writeStored(names[name], on ? 'on' : 'off');
}

/** Empty: as the system says. */
export function chosenDevice(device: CallDevice): string {
  return readStored(names[device]) ?? '';
}

export function chooseDevice(device: CallDevice, deviceId: string): void {
  writeStored(names[device], deviceId);
}

/** In this tab, for a call that is gone back to after a reload: nobody is seen or heard who was not before. */
const mediaName = 'sotto.calls.media';

interface KeptMedia {
  readonly callId: string;
  readonly video: boolean;
  readonly muted: boolean;
}

export function keepMedia(media: KeptMedia): void {
  try {
    sessionStorage.setItem(mediaName, JSON.stringify(media));
  } catch {
    // Then it begins without the camera.
  }
}

/** What a call is gone back to with: as it was left in this tab, else without the camera. */
export function keptChoice(callId: string): CallChoice {
  try {
    const kept = JSON.parse(sessionStorage.getItem(mediaName) ?? '{}') as Partial<KeptMedia>;
    if (kept.callId === callId) return { ...callChoice(kept.video === true), muted: kept.muted === true };
  } catch {
    // As where nothing was kept.
  }
  return callChoice(false);
}

/** What a call begins with. */
export function callChoice(video: boolean): CallChoice {
  const [microphoneId, cameraId, speakerId] = (['microphone', 'camera', 'speaker'] as const).map(
    chosenDevice,
  );
  return {
    video,
    ...(microphoneId ? { microphoneId } : {}),
    ...(cameraId ? { cameraId } : {}),
    ...(speakerId ? { speakerId } : {}),
    ...(isSwitchedOn('lowData') ? { lowData: true } : {}),
  };
}
