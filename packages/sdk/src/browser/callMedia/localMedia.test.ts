import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLocalMedia, type LentMedia, type LocalMedia } from './localMedia.ts';
import type { ProblemList } from './problemList.ts';

class FakeTrack extends EventTarget {
  readyState = 'live';
  enabled = true;
  contentHint = '';
  readonly label = '';
  readonly #settings: MediaTrackSettings;
  constructor(settings: MediaTrackSettings) {
    super();
    this.#settings = settings;
  }
  getSettings(): MediaTrackSettings {
    return this.#settings;
  }
  stop(): void {
    this.readyState = 'ended';
  }
  /** The device is gone. */
  end(): void {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

/** Gives what was asked for. */
type Grant = () => FakeTrack;
let grants: Grant[];
let waiting: ((grant: Grant) => void)[];

/** The next request for a device, once it is made. */
function asked(): Promise<Grant> {
  const grant = grants.shift();
  return grant === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(grant);
}

async function granted(): Promise<FakeTrack> {
  return (await asked())();
}

beforeEach(() => {
  [grants, waiting] = [[], []];
  const open = (kinds: readonly string[]) =>
    new Promise((resolve) => {
      const grant = (): FakeTrack => {
        const track = new FakeTrack({ deviceId: kinds[0] ?? '', facingMode: 'user' });
        resolve({
          getAudioTracks: () => (kinds.includes('microphone') ? [track] : []),
          getVideoTracks: () => (kinds.includes('microphone') ? [] : [track]),
        });
        return track;
      };
      const next = waiting.shift();
      if (next === undefined) grants.push(grant);
      else next(grant);
    });
  const mediaDevices = Object.assign(new EventTarget(), {
    getUserMedia: ({ audio }: MediaStreamConstraints) =>
      open([audio === undefined ? 'camera' : 'microphone']),
    getDisplayMedia: () => open(['screen']),
    enumerateDevices: () => Promise.resolve([]),
  });
  vi.stubGlobal('navigator', { mediaDevices });
  vi.stubGlobal('HTMLMediaElement', class {});
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function open(lent: LentMedia | null = null): LocalMedia {
  const problems: ProblemList = { problems: [], set() {}, add() {}, removeOf() {}, close() {} };
  return createLocalMedia({ video: false }, problems, () => {}, lent);
}

/** Everything is on. */
async function openAll() {
  const media = open();
  const opening = Promise.all([media.openMicrophone(), media.setCamera(true), media.shareScreen()]);
  const opened = [await granted(), await granted(), await granted()];
  await opening;
  const of = (kind: string): FakeTrack => opened.find((track) => track.getSettings().deviceId === kind)!;
  return { media, microphone: of('microphone'), camera: of('camera'), screen: of('screen') };
}

it('lets go of a camera that comes after it was turned off', async () => {
  const { media, camera } = await openAll();
  const switching = media.switchCamera();
  const grant = await asked();
  expect(camera.readyState).toBe('ended');
  await media.setCamera(false);
  const late = grant();
  await switching;
  expect(late.readyState).toBe('ended');
  expect([media.state.camera, media.tracks.camera]).toEqual(['off', null]);

  const starting = media.setCamera(true);
  const next = await granted();
  await starting;
  next.end();
  const again = await asked();
  await media.setCamera(false);
  const instead = again();
  // In its turn after the one that was lost.
  await media.chooseCamera('other');
  expect(instead.readyState).toBe('ended');
  expect([media.state.camera, media.tracks.camera]).toEqual(['off', null]);
  media.close();
});

it('turns off in both calls what goes on in another one', async () => {
  const before = await openAll();
  const media = open(before.media.lend());
  await media.setCamera(false);
  media.stopSharing();
  expect([before.camera.readyState, before.screen.readyState]).toEqual(['ended', 'ended']);
  expect(before.media.state).toMatchObject({ camera: 'off', sharing: 'off' });
  expect(before.media.tracks).toMatchObject({ camera: null, screen: null });
  expect(before.microphone.readyState).toBe('live');
  media.close();
  before.media.close();
});

it('leaves with the call before what the next one has not taken over', async () => {
  const before = await openAll();
  const media = open(before.media.lend());
  const choosing = media.chooseMicrophone('other');
  const chosen = await granted();
  await choosing;
  media.setMuted(true);
  expect([before.microphone.enabled, chosen.enabled]).toEqual([false, false]);
  media.keepLent();
  before.media.close();
  expect(before.microphone.readyState).toBe('ended');
  for (const track of [before.camera, before.screen, chosen]) expect(track.readyState).toBe('live');
  media.close();
  for (const track of [before.camera, before.screen, chosen]) expect(track.readyState).toBe('ended');
});

it('hands over what it has lent where it ends first', async () => {
  const { media: before, microphone, camera, screen } = await openAll();
  const failed = open(before.lend());
  failed.close();
  const media = open(before.lend());
  before.close();
  for (const track of [microphone, camera, screen]) expect(track.readyState).toBe('live');
  media.close();
  for (const track of [microphone, camera, screen]) expect(track.readyState).toBe('ended');
});

it('stops what it has lent to a call that came to nothing', async () => {
  const { media: before, microphone, camera, screen } = await openAll();
  open(before.lend()).close();
  for (const track of [microphone, camera, screen]) expect(track.readyState).toBe('live');
  before.close();
  for (const track of [microphone, camera, screen]) expect(track.readyState).toBe('ended');
});
