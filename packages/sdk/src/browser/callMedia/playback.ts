/** Plays the other side's sound, through the chosen speaker. Pages play pictures only. */

import { watchDevices } from './deviceList.ts';
import { deviceProblemOf } from './deviceProblem.ts';
import type { ProblemList } from './problemList.ts';

export interface Playback {
  readonly speakerId: string | null;
  /** All that is to be heard; what plays already goes on without a break. */
  play(tracks: readonly MediaStreamTrack[]): void;
  chooseSpeaker(deviceId: string): Promise<void>;
  /** Again, in a click, where the browser wanted one. */
  resume(): Promise<void>;
  close(): void;
}

/** The browser's choice of speaker. */
const usual = '';

export function createPlayback(
  speakerId: string | null,
  problems: ProblemList,
  changed: () => void,
): Playback {
  let chosen = speakerId;
  const elements = new Map<MediaStreamTrack, HTMLAudioElement>();
  let isClosed = false;

  async function play(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
      problems.set({ kind: 'playbackBlocked' }, false);
    } catch (error) {
      // Anything else is an element that was let go of meanwhile.
      const isBlocked = error instanceof DOMException && error.name === 'NotAllowedError';
      if (isBlocked && !isClosed) problems.set({ kind: 'playbackBlocked' }, true);
    }
  }

  async function route(element: HTMLAudioElement, deviceId: string): Promise<unknown> {
    if (!('setSinkId' in element)) return null;
    return element.setSinkId(deviceId).then(
      () => null,
      (error: unknown) => error,
    );
  }

  const stopWatching = watchDevices(({ speakers }) => {
    // Before access was granted devices have no ids.
    const isKnown = speakers.some(({ deviceId }) => deviceId !== '');
    if (chosen === null || !isKnown || speakers.some(({ deviceId }) => deviceId === chosen)) return;
    chosen = null;
    for (const element of elements.values()) void route(element, usual);
    problems.add(
      { kind: 'deviceLost', device: 'speaker', replacedBy: speakers[0]?.label ?? null },
      'passing',
    );
    changed();
  });

  function stop(track: MediaStreamTrack, element: HTMLAudioElement): void {
    element.pause();
    element.srcObject = null;
    elements.delete(track);
  }

  return {
    get speakerId() {
      return chosen;
    },
    play(tracks) {
      if (isClosed) return;
      for (const [track, element] of elements) if (!tracks.includes(track)) stop(track, element);
      for (const track of tracks) {
        if (elements.has(track)) continue;
        // One element each: browsers differ in what they make of several sounds in one.
        const element = new Audio();
        element.srcObject = new MediaStream([track]);
        elements.set(track, element);
        if (chosen !== null) void route(element, chosen);
        void play(element);
      }
    },
    async chooseSpeaker(deviceId) {
      const results = await Promise.all(Array.from(elements.values(), (element) => route(element, deviceId)));
      const error = results.find((result) => result !== null);
      if (error !== undefined) {
        for (const element of elements.values()) void route(element, chosen ?? usual);
        const problem = deviceProblemOf(error);
        problems.add({ kind: 'device', device: 'speaker', problem }, 'passing');
        return;
      }
      chosen = deviceId === usual ? null : deviceId;
      changed();
    },
    async resume() {
      await Promise.all(Array.from(elements.values(), play));
    },
    close() {
      isClosed = true;
      stopWatching();
      for (const [track, element] of elements) stop(track, element);
    },
  };
}
