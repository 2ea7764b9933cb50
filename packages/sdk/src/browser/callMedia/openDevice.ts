/** Opens microphones, cameras and screens: which constraints calls use, and what comes of it. */

import { deviceProblemOf } from './deviceProblem.ts';
import type { DeviceProblemKind } from './mediaTypes.ts';

export type Opened =
  | { readonly kind: 'ok'; readonly track: MediaStreamTrack }
  | { readonly kind: 'problem'; readonly problem: DeviceProblemKind };
export type OpenedScreen =
  | { readonly kind: 'ok'; readonly picture: MediaStreamTrack; readonly sound: MediaStreamTrack | null }
  | { readonly kind: 'problem'; readonly problem: DeviceProblemKind };

export interface CameraWish {
  readonly deviceId: string | null;
  readonly facing: 'user' | 'environment' | null;
  readonly lowData: boolean;
}

/** A device that is gone is replaced by the browser's choice; `exact` asks for this one alone. */
export function openMicrophone(deviceId: string | null, exact = false): Promise<Opened> {
  return openNamed('audio', deviceId, exact, {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: { ideal: 1 },
  });
}

export function openCamera(wish: CameraWish, exact = false): Promise<Opened> {
  const [width, height, frameRate] = wish.lowData ? [640, 360, 15] : [1280, 720, 30];
  return openNamed('video', wish.deviceId, exact, {
    ...(wish.facing === null ? {} : { facingMode: { ideal: wish.facing } }),
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: frameRate, max: 30 },
  });
}

/** Chromium weighs an ideal id against much else, so the one that is wanted is asked for alone first. */
async function openNamed(
  kind: 'audio' | 'video',
  deviceId: string | null,
  exact: boolean,
  constraints: MediaTrackConstraints,
): Promise<Opened> {
  if (deviceId !== null && deviceId !== '') {
    const opened = await open(kind, { [kind]: { ...constraints, deviceId: { exact: deviceId } } });
    if (exact || opened.kind === 'ok' || opened.problem !== 'noDevice') return opened;
  }
  return open(kind, { [kind]: constraints });
}

async function open(kind: 'audio' | 'video', constraints: MediaStreamConstraints): Promise<Opened> {
  const devices = devicesOfBrowser();
  if (devices === null) return { kind: 'problem', problem: 'unavailable' };
  try {
    const stream = await devices.getUserMedia(constraints);
    const [track] = kind === 'audio' ? stream.getAudioTracks() : stream.getVideoTracks();
    if (track === undefined) return { kind: 'problem', problem: 'unavailable' };
    track.contentHint = kind === 'audio' ? 'speech' : 'motion';
    return { kind: 'ok', track };
  } catch (error) {
    return { kind: 'problem', problem: deviceProblemOf(error) };
  }
}

/** The user chooses what is shared, and whether with its sound. */
export async function openScreen(): Promise<OpenedScreen> {
  const devices = devicesOfBrowser();
  if (devices === null || !('getDisplayMedia' in devices)) return { kind: 'problem', problem: 'unavailable' };
  try {
    const stream = await devices.getDisplayMedia({
      video: { frameRate: { ideal: 15, max: 30 } },
      // What plays here is the other side's voice too, which must not go back to it.
      audio: { echoCancellation: true, noiseSuppression: false, autoGainControl: false },
    });
    const [picture] = stream.getVideoTracks();
    const [sound] = stream.getAudioTracks();
    if (picture === undefined) return { kind: 'problem', problem: 'unavailable' };
    picture.contentHint = 'detail';
    if (sound !== undefined) sound.contentHint = 'music';
    return { kind: 'ok', picture, sound: sound ?? null };
  } catch (error) {
    return { kind: 'problem', problem: deviceProblemOf(error) };
  }
}

/** Null outside of a secure context. */
export function devicesOfBrowser(): MediaDevices | null {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices ?? null;
}
