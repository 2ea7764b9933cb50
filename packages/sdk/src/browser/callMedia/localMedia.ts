/**
 * This side's devices during a call: which are open, what they give, and what is done when one is taken away. Every track that
 * was opened is stopped when it is replaced and when the call ends, whatever happened meanwhile.
 */

import { listDevices, watchDevices } from './deviceList.ts';
import { rememberDevice } from './deviceMemory.ts';
import type { CallChoice, DeviceProblemKind, LocalMediaState } from './mediaTypes.ts';
import { type Opened, openCamera, openMicrophone, openScreen } from './openDevice.ts';
import type { ProblemList } from './problemList.ts';
import { eachSlot, type SlotName, type Slots, slotNames } from './slots.ts';
import { createTurns } from './turns.ts';

type LocalDevices = Pick<LocalMediaState, 'isMuted' | 'sharing' | 'microphoneId' | 'cameraId' | 'facing'> & {
  readonly camera: 'off' | 'starting' | 'on';
};

/** What is open in one call, for another one that it goes on in. Both send it, and the one it belongs to stops it. */
export interface LentMedia {
  readonly state: LocalDevices;
  readonly tracks: Slots<MediaStreamTrack | null>;
  /** Of these, what was lent belongs to the other call from now on. */
  keep(held: Slots<MediaStreamTrack | null>): void;
  /** The user turned it off in the other call: in this one too. */
  turnOff(what: 'camera' | 'screen'): void;
  /** Calls `takeOver` where this call ends, before it stops anything, until the returned function is called. */
  whenEnding(takeOver: () => void): () => void;
}

export interface LocalMedia {
  readonly state: LocalDevices;
  readonly tracks: Slots<MediaStreamTrack | null>;
  openMicrophone(): Promise<DeviceProblemKind | null>;
  setMuted(isMuted: boolean): void;
  setCamera(on: boolean): Promise<void>;
  switchCamera(): Promise<void>;
  chooseMicrophone(deviceId: string): Promise<void>;
  chooseCamera(deviceId: string): Promise<void>;
  shareScreen(): Promise<void>;
  stopSharing(): void;
  setLowData(on: boolean): void;
  lend(): LentMedia;
  /** What was lent to this call belongs to it from now on. */
  keepLent(): void;
  close(): void;
}

/** `changed`: of `state` or `tracks`. `lent`: is open already, in another call. */
export function createLocalMedia(
  choice: CallChoice,
  problems: ProblemList,
  changed: () => void,
  lent: LentMedia | null = null,
): LocalMedia {
  const tracks = eachSlot<MediaStreamTrack | null>(() => null);
  /** Belong to another call. */
  const foreign = new Set<MediaStreamTrack>();
  /** Of calls that have this one's tracks, and are not over. */
  const takeOvers = new Set<() => void>();
  const inTurn = { microphone: createTurns(), camera: createTurns(), screen: createTurns() };
  let state: LocalDevices = {
    isMuted: choice.muted ?? false,
    camera: 'off',
    sharing: 'off',
    microphoneId: choice.microphoneId ?? null,
    cameraId: choice.cameraId ?? null,
    facing: null,
    ...lent?.state,
  };
  let isCameraWanted = lent?.state.camera === 'on';
  let isMicrophoneLost = false;
  let lowData = choice.lowData ?? false;
  let isClosed = false;

  const set = (next: Partial<LocalDevices>): void => {
    state = { ...state, ...next };
    changed();
  };

  /** Takes the place of what was there. What comes after the end is let go of at once. */
  function put(slot: SlotName, track: MediaStreamTrack | null): boolean {
    if (isClosed) {
      track?.stop();
      return false;
    }
    const before = tracks[slot];
    tracks[slot] = track;
    if (before !== track) stop(before);
    if (track !== null) {
      track.addEventListener('ended', () => {
        if (!isClosed && tracks[slot] === track) lost(slot);
      });
    }
    return true;
  }

  function stop(track: MediaStreamTrack | null): void {
    if (track !== null && !foreign.has(track)) track.stop();
  }

  function lost(slot: SlotName): void {
    if (slot === 'microphone') void inTurn.microphone(microphoneLost);
    else if (slot === 'camera') void inTurn.camera(cameraLost);
    else stopSharing();
  }

  function microphoneOpened(opened: Opened): DeviceProblemKind | null {
    if (opened.kind === 'problem') return opened.problem;
    opened.track.enabled = !state.isMuted;
    if (!put('microphone', opened.track)) return null;
    isMicrophoneLost = false;
    problems.removeOf('microphone');
    set({ microphoneId: opened.track.getSettings().deviceId ?? null });
    return null;
  }

  async function microphoneLost(): Promise<void> {
    put('microphone', null);
    changed();
    const opened = await openMicrophone(null);
    isMicrophoneLost = opened.kind === 'problem';
    const replacedBy = opened.kind === 'ok' ? opened.track.label : null;
    microphoneOpened(opened);
    problems.add(
      { kind: 'deviceLost', device: 'microphone', replacedBy },
      isMicrophoneLost ? 'lasting' : 'passing',
    );
  }

  function cameraOpened(opened: Opened): boolean {
    // Turned off meanwhile.
    if (!isCameraWanted) {
      if (opened.kind === 'ok') opened.track.stop();
      return false;
    }
    if (opened.kind === 'problem') {
      problems.add({ kind: 'device', device: 'camera', problem: opened.problem }, 'lasting');
      put('camera', null);
      isCameraWanted = false;
      set({ camera: 'off' });
      return false;
    }
    const { deviceId, facingMode } = opened.track.getSettings();
    if (!put('camera', opened.track)) return false;
    problems.removeOf('camera');
    const facing = facingMode === 'user' || facingMode === 'environment' ? facingMode : null;
    set({ camera: 'on', cameraId: deviceId ?? null, facing });
    return true;
  }

  async function cameraLost(): Promise<void> {
    put('camera', null);
    const opened = isCameraWanted ? await openCamera({ deviceId: null, facing: null, lowData }) : null;
    if (opened?.kind !== 'ok') {
      isCameraWanted = false;
      set({ camera: 'off' });
    } else if (!cameraOpened(opened)) return;
    const replacedBy = opened?.kind === 'ok' ? opened.track.label : null;
    problems.add({ kind: 'deviceLost', device: 'camera', replacedBy }, 'passing');
  }

  /** Telephones open one camera at a time, so the one before is let go of first, and opened again where the other is none. */
  async function changeCamera(wish: {
    readonly deviceId: string | null;
    readonly facing: 'user' | 'environment' | null;
  }): Promise<void> {
    if (!isCameraWanted || isClosed) return;
    const before = state.cameraId;
    turnOffThere('camera');
    put('camera', null);
    changed();
    const opened = await openCamera({ ...wish, lowData }, wish.deviceId !== null);
    if (opened.kind === 'ok' || before === null || !isCameraWanted) return void cameraOpened(opened);
    cameraOpened(await openCamera({ deviceId: before, facing: null, lowData }));
    problems.add({ kind: 'device', device: 'camera', problem: opened.problem }, 'passing');
  }

  /** In the call that lent it. */
  function turnOffThere(what: 'camera' | 'screen'): void {
    if (!isClosed) lent?.turnOff(what);
  }

  function keepLent(): void {
    lent?.keep(tracks);
    foreign.clear();
  }

  function cameraOff(): void {
    isCameraWanted = false;
    turnOffThere('camera');
    put('camera', null);
    problems.removeOf('camera');
    if (state.camera !== 'off') set({ camera: 'off' });
  }

  function stopSharing(): void {
    turnOffThere('screen');
    if (state.sharing === 'off') return;
    put('screen', null);
    put('screenSound', null);
    set({ sharing: 'off' });
  }

  // A device came while there is none: it is what was waited for.
  const stopWatching = watchDevices(({ microphones }) => {
    if (!isMicrophoneLost || microphones.length === 0) return;
    void inTurn.microphone(async () => {
      if (isMicrophoneLost && !isClosed) microphoneOpened(await openMicrophone(null));
    });
  });

  if (lent !== null) {
    for (const slot of slotNames) {
      const track = lent.tracks[slot];
      if (track === null) continue;
      foreign.add(track);
      put(slot, track);
    }
    if (state.camera === 'starting') state = { ...state, camera: 'off' };
  }
  const stopBorrowing = lent?.whenEnding(keepLent);

  return {
    get state() {
      return state;
    },
    tracks,
    openMicrophone: () =>
      inTurn.microphone(async () => microphoneOpened(await openMicrophone(state.microphoneId))),
    setMuted(isMuted) {
      // What was lent may have been replaced here, and is sent there.
      for (const track of [tracks.microphone, lent?.tracks.microphone])
        if (track != null) track.enabled = !isMuted;
      if (isMuted !== state.isMuted) set({ isMuted });
    },
    setCamera(on) {
      if (!on) {
        cameraOff();
        return Promise.resolve();
      }
      isCameraWanted = true;
      return inTurn.camera(async () => {
        if (!isCameraWanted || tracks.camera !== null || isClosed) return;
        set({ camera: 'starting' });
        cameraOpened(await openCamera({ deviceId: state.cameraId, facing: state.facing, lowData }));
      });
    },
    switchCamera: () =>
      inTurn.camera(async () => {
        if (tracks.camera === null || isClosed) return;
        if (state.facing !== null) {
          return changeCamera({
            deviceId: null,
            facing: state.facing === 'user' ? 'environment' : 'user',
          });
        }
        const { cameras } = await listDevices();
        const at = cameras.findIndex(({ deviceId }) => deviceId === state.cameraId);
        const next = cameras[(at + 1) % cameras.length];
        if (next !== undefined && next.deviceId !== state.cameraId)
          await changeCamera({ deviceId: next.deviceId, facing: null });
      }),
    chooseMicrophone: (deviceId) =>
      inTurn.microphone(async () => {
        if (isClosed || (deviceId === state.microphoneId && tracks.microphone !== null)) return;
        const problem = microphoneOpened(await openMicrophone(deviceId, true));
        if (problem !== null) problems.add({ kind: 'device', device: 'microphone', problem }, 'passing');
        else rememberDevice({ microphoneId: deviceId });
      }),
    chooseCamera: (deviceId) =>
      inTurn.camera(async () => {
        if (isClosed || (deviceId === state.cameraId && tracks.camera !== null)) return;
        rememberDevice({ cameraId: deviceId });
        if (tracks.camera === null) set({ cameraId: deviceId, facing: null });
        else await changeCamera({ deviceId, facing: null });
      }),
    shareScreen: () =>
      inTurn.screen(async () => {
        if (isClosed) return;
        const opened = await openScreen();
        if (opened.kind === 'problem') {
          problems.add({ kind: 'sharingRefused', problem: opened.problem }, 'passing');
          return;
        }
        put('screenSound', opened.sound);
        if (!put('screen', opened.picture)) return;
        problems.removeOf('screen');
        set({ sharing: opened.sound === null ? 'on' : 'onWithSound' });
      }),
    stopSharing,
    setLowData(on) {
      if (on === lowData) return;
      lowData = on;
      // Where the camera cannot, less is sent of what it gives.
      const [width, height, frameRate] = on ? [640, 360, 15] : [1280, 720, 30];
      tracks.camera
        ?.applyConstraints({
          width: { ideal: width },
          height: { ideal: height },
          frameRate: { ideal: frameRate },
        })
        .catch(() => {});
    },
    lend: () => ({
      state,
      tracks: { ...tracks },
      keep(held) {
        for (const track of Object.values(held)) if (track !== null) foreign.add(track);
      },
      turnOff(what) {
        if (isClosed) return;
        if (what === 'camera') cameraOff();
        else stopSharing();
      },
      whenEnding(takeOver) {
        takeOvers.add(takeOver);
        return () => void takeOvers.delete(takeOver);
      },
    }),
    keepLent,
    close() {
      isClosed = true;
      stopWatching();
      stopBorrowing?.();
      for (const takeOver of takeOvers) takeOver();
      for (const track of Object.values(tracks)) stop(track);
      for (const slot of Object.keys(tracks) as SlotName[]) tracks[slot] = null;
    },
  };
}
