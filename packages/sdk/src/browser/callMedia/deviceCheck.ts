/** The look at one's own devices before a call: picture, level, and a sound to hear. Nothing leaves the page. */

import { createCell } from './cell.ts';
import { rememberDevice } from './deviceMemory.ts';
import { createLevelMeter } from './levelMeter.ts';
import type { CallChoice, DeviceCheck, DeviceCheckPart, DeviceCheckState } from './mediaTypes.ts';
import { type Opened, openCamera, openMicrophone } from './openDevice.ts';
import { createTurns } from './turns.ts';

const toneSeconds = 0.6;
const toneHertz = 523.25;

export function createDeviceCheck(choice: CallChoice): DeviceCheck {
  const cell = createCell<DeviceCheckState>({ microphone: { kind: 'off' }, camera: { kind: 'off' } });
  const inTurn = createTurns();
  const meter = createLevelMeter();
  const picture = new MediaStream();
  let microphone: MediaStreamTrack | null = null;
  let isCameraWanted = choice.video;
  let microphoneId = choice.microphoneId ?? null;
  let cameraId = choice.cameraId ?? null;
  let isClosed = false;

  const set = (part: Partial<DeviceCheckState>): void => cell.set({ ...cell.value, ...part });

  /** What came, unless it is over; lost devices are said as they go. */
  function take(device: 'microphone' | 'camera', opened: Opened): MediaStreamTrack | null {
    if (opened.kind === 'problem') {
      set({ [device]: { kind: 'problem', problem: opened.problem } });
      return null;
    }
    const { track } = opened;
    if (isClosed || (device === 'camera' && !isCameraWanted)) {
      track.stop();
      return null;
    }
    const part: DeviceCheckPart = {
      kind: 'open',
      deviceId: track.getSettings().deviceId ?? '',
      label: track.label,
    };
    track.addEventListener('ended', () => set({ [device]: { kind: 'problem', problem: 'noDevice' } }));
    set({ [device]: part });
    return track;
  }

  function stopCamera(): void {
    for (const track of picture.getTracks()) {
      track.stop();
      picture.removeTrack(track);
    }
  }

  const readMicrophone = (): Promise<void> =>
    inTurn(async () => {
      if (isClosed) return;
      microphone?.stop();
      set({ microphone: { kind: 'opening' } });
      microphone = take('microphone', await openMicrophone(microphoneId));
      meter.listenTo(microphone);
    });
  const readCamera = (): Promise<void> =>
    inTurn(async () => {
      stopCamera();
      if (isClosed || !isCameraWanted) return;
      set({ camera: { kind: 'opening' } });
      const track = take('camera', await openCamera({ deviceId: cameraId, facing: null, lowData: false }));
      if (track !== null) picture.addTrack(track);
    });

  void readMicrophone();
  void readCamera();
  return {
    get state() {
      return cell.value;
    },
    watch: cell.watch,
    picture,
    level: () => meter.level(),
    chooseMicrophone(deviceId) {
      microphoneId = deviceId;
      rememberDevice({ microphoneId: deviceId });
      return readMicrophone();
    },
    chooseCamera(deviceId) {
      cameraId = deviceId;
      rememberDevice({ cameraId: deviceId });
      return readCamera();
    },
    async setCamera(on) {
      isCameraWanted = on;
      if (on) return readCamera();
      stopCamera();
      set({ camera: { kind: 'off' } });
    },
    playTone: (speakerId) => playTone(speakerId ?? choice.speakerId ?? ''),
    close() {
      isClosed = true;
      microphone?.stop();
      stopCamera();
      meter.close();
    },
  };
}

/** Through an element, because that is what a speaker is chosen for. */
async function playTone(speakerId: string): Promise<void> {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const oscillator = new OscillatorNode(context, { frequency: toneHertz });
  const loudness = new GainNode(context, { gain: 0 });
  const beginsAt = context.currentTime;
  loudness.gain.linearRampToValueAtTime(0.3, beginsAt + 0.05);
  loudness.gain.setValueAtTime(0.3, beginsAt + toneSeconds - 0.1);
  loudness.gain.linearRampToValueAtTime(0, beginsAt + toneSeconds);
  oscillator.connect(loudness).connect(destination);
  const element = new Audio();
  element.srcObject = destination.stream;
  try {
    if (speakerId !== '' && 'setSinkId' in element) await element.setSinkId(speakerId).catch(() => {});
    await element.play();
    oscillator.start();
    oscillator.stop(beginsAt + toneSeconds);
    await new Promise<void>((resolve) => {
      oscillator.onended = () => resolve();
    });
  } catch {
    // Nothing may be played before somebody clicked.
  } finally {
    element.srcObject = null;
    await context.close();
  }
}
