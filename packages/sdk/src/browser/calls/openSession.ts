/**
 * One call in this page, from the first click to its end: brings the devices, the part in the call and what is played together, and
 * says how it stands. What it opened is let go of when it ends, whichever way.
 */
import type { GroupCallPlace } from '@sotto/client/api';
import type { CallId, ConversationId } from '@sotto/protocol';
import { createCameraGate } from '../callMedia/cameraGate.ts';
import { createCell } from '../callMedia/cell.ts';
import { rememberDevice } from '../callMedia/deviceMemory.ts';
import { growingCalls } from '../callMedia/growingCalls.ts';
import { createLevelMeter } from '../callMedia/levelMeter.ts';
import { createLocalMedia } from '../callMedia/localMedia.ts';
import { createMediaWatch } from '../callMedia/mediaWatch.ts';
import { createPlayback } from '../callMedia/playback.ts';
import { createProblemList } from '../callMedia/problemList.ts';
import { judgedSamples, judgeQuality } from '../callMedia/quality.ts';
import { showTrack } from '../callMedia/showTrack.ts';
import { slotNames } from '../callMedia/slots.ts';
import { createWakeLock } from '../callMedia/wakeLock.ts';
import { type CallLeg, type CallsPort, createCallLeg, type LegEnding, type LegStart } from './callLeg.ts';
import type {
  CallChoice,
  CallEnding,
  CallPhase,
  CallSession,
  CallState,
  CallStatistics,
  CallStreams,
} from './callSession.ts';
import { sendLimits } from './sendLimits.ts';
import type { Sample } from './statistics.ts';

export type SessionStart =
  | { readonly kind: 'start'; readonly conversationId: ConversationId }
  | { readonly kind: 'answer' | 'rejoin'; readonly callId: CallId };

const sampleEveryMs = 1_000;
const shownAfterMs = 700;

export function openSession(sotto: CallsPort, start: SessionStart, choice: CallChoice): CallSession {
  const problems = createProblemList(changed);
  const media = createLocalMedia(choice, problems, changed);
  const playback = createPlayback(choice.speakerId ?? null, problems, changed);
  const meters = { local: createLevelMeter(), remote: createLevelMeter() };
  const wakeLock = createWakeLock();
  const gate = createCameraGate();
  const mediaWatch = createMediaWatch();
  const streams: CallStreams = {
    localCamera: new MediaStream(),
    localScreen: new MediaStream(),
    remoteCamera: new MediaStream(),
    remoteScreen: new MediaStream(),
  };
  let phase: CallPhase = { kind: 'preparing' };
  let callId = start.kind === 'start' ? null : start.callId;
  let role: CallState['role'] = start.kind === 'start' ? 'caller' : 'answerer';
  let hasVideo = choice.video;
  let connectedAtMs: number | null = null;
  let remote: CallState['remote'] = { isMuted: false, hasCamera: false, isSharing: false, lowData: false };
  let videoRequest: CallState['videoRequest'] = 'none';
  let lowData = choice.lowData ?? false;
  let code: string | null = null;
  let quality: CallState['quality'] = { step: 'unknown', causes: [] };
  let sample: Sample | null = null;
  let readings: CallStatistics[] = [];
  let toldMedia = '';
  let sampling: ReturnType<typeof setInterval> | null = null;
  let movedTo: GroupCallPlace | null = null;
  const moveListeners: ((to: GroupCallPlace) => void)[] = [];
  let interruption: ReturnType<typeof setTimeout> | null = null;
  let leg: CallLeg;

  const cell = createCell<CallState>(describe());

  function describe(): CallState {
    const { camera, ...devices } = media.state;
    return {
      phase,
      callId,
      conversationId: start.kind === 'start' ? start.conversationId : null,
      role,
      connectedAtMs,
      local: {
        ...devices,
        camera: camera === 'on' && gate.isPaused ? 'pausedForQuality' : camera,
        lowData,
        speakerId: playback.speakerId,
      },
      remote,
      hasVideo,
      videoRequest,
      quality,
      code,
      route: sample?.statistics.route ?? null,
      problems: problems.problems,
    };
  }

  /** Brings everything to what is the case now: streams, senders, what the other side knows, what is shown. */
  function changed(): void {
    if (phase.kind === 'ended' || leg === undefined) return;
    const { isMuted, camera, sharing } = media.state;
    for (const slot of slotNames)
      leg.send(slot, slot === 'microphone' && isMuted ? null : media.tracks[slot]);
    leg.limit(
      sendLimits({
        lowData: lowData || remote.lowData,
        isSharing: sharing !== 'off',
        isCameraPaused: gate.isPaused,
        isPoor: quality.step === 'poor',
      }),
    );
    showTrack(streams.localCamera, media.tracks.camera);
    showTrack(streams.localScreen, media.tracks.screen);
    meters.local.listenTo(media.tracks.microphone);
    const hasPicture = camera !== 'off' || sharing !== 'off' || remote.hasCamera || remote.isSharing;
    wakeLock.set(hasPicture);
    tellMedia();
    cell.set(describe());
  }

  function tellMedia(): void {
    const { isMuted, camera, sharing } = media.state;
    const update = {
      isMuted: isMuted || media.tracks.microphone === null,
      hasCamera: camera === 'on' && !gate.isPaused,
      isSharing: sharing !== 'off',
      isLowData: lowData,
    };
    const text = JSON.stringify(update);
    if (text === toldMedia || phase.kind === 'preparing' || phase.kind === 'ringing') return;
    if (leg.tell({ media: update })) toldMedia = text;
  }

  function join(legStart: LegStart, isReady: Promise<boolean>): CallLeg {
    return createCallLeg(sotto, legStart, isReady, {
      opened(setup) {
        callId = setup.callId;
        role = setup.isCaller ? 'caller' : 'answerer';
        // Somebody who answers without a camera is in a video call all the same.
        hasVideo ||= setup.hasVideo;
        changed();
      },
      told() {
        askAgain();
        if (phase.kind === 'preparing') setPhase({ kind: 'ringing' });
        else changed();
      },
      connecting() {
        // The other side may be a page that knows nothing yet.
        toldMedia = '';
        askAgain();
        if (phase.kind === 'connected' || phase.kind === 'reconnecting') interrupted();
        else setPhase({ kind: 'connecting' });
      },
      linkChanged(state) {
        if (state !== 'connected') return interrupted();
        stopInterruption();
        connectedAtMs ??= Date.now();
        setPhase({ kind: 'connected' });
      },
      receiving(tracks) {
        showTrack(streams.remoteCamera, tracks.camera);
        showTrack(streams.remoteScreen, tracks.screen);
        playback.play([tracks.microphone, tracks.screenSound]);
        meters.remote.listenTo(tracks.microphone);
      },
      remoteMedia({ isMuted, hasCamera, isSharing, isLowData }) {
        remote = { isMuted, hasCamera, isSharing, lowData: isLowData };
        changed();
      },
      video: videoSaid,
      moved(to) {
        movedTo = to;
        for (const listener of moveListeners.splice(0)) listener(to);
      },
      code(said) {
        code = said;
        changed();
      },
      ended: legEnded,
    });
  }

  /** What was asked before anybody was told, or of a page that is gone, is answered by nobody. */
  function askAgain(): void {
    if (videoRequest === 'asked') leg.tell({ video: 'asked' });
  }

  /** Shown where it lasts: when the other side hangs up its connection may be gone before its word is here. */
  function interrupted(): void {
    if (phase.kind !== 'connected' || interruption !== null) return;
    const sinceMs = Date.now();
    interruption = setTimeout(() => setPhase({ kind: 'reconnecting', sinceMs }), shownAfterMs);
  }

  function stopInterruption(): void {
    if (interruption !== null) clearTimeout(interruption);
    interruption = null;
  }

  function setPhase(next: CallPhase): void {
    phase = next;
    changed();
  }

  function videoSaid(what: 'asked' | 'accepted' | 'declined'): void {
    if (what === 'asked' && !hasVideo) videoRequest = 'askedByOther';
    if (what === 'accepted' && videoRequest === 'asked') {
      videoRequest = 'none';
      hasVideo = true;
      void media.setCamera(true);
    }
    if (what === 'declined' && videoRequest === 'asked') videoRequest = 'declined';
    changed();
  }

  function legEnded(ending: LegEnding): void {
    if (ending.kind !== 'joinOther') {
      finish(endingOf(ending));
      return;
    }
    // Both called each other at once: the other's call is the one, and is answered without asking.
    phase = { kind: 'preparing' };
    sample = null;
    readings = [];
    leg = join({ kind: 'answer', callId: ending.callId, hasVideo }, Promise.resolve(true));
    changed();
  }

  function endingOf(ending: Exclude<LegEnding, { kind: 'joinOther' }>): CallEnding {
    const lost: CallEnding = { kind: connectedAtMs === null ? 'notConnected' : 'connectionLost' };
    switch (ending.kind) {
      case 'refused':
        return { kind: 'refused', problem: ending.problem };
      case 'answered':
        return { kind: 'hungUpByOther' };
      case 'unanswered':
        return { kind: 'noAnswer' };
      case 'gone':
      case 'gaveUp':
      case 'failed':
        return lost;
      case 'cancelled':
      case 'declined':
      case 'busy':
      case 'answeredElsewhere':
      case 'removed':
      case 'movedElsewhere':
      case 'insecure':
      case 'unsupported':
        return { kind: ending.kind };
    }
  }

  function finish(ending: CallEnding): void {
    if (phase.kind === 'ended') return;
    phase = { kind: 'ended', ending };
    if (sampling !== null) clearInterval(sampling);
    stopInterruption();
    media.close();
    playback.close();
    problems.close();
    wakeLock.set(false);
    for (const meter of Object.values(meters)) meter.close();
    for (const stream of Object.values(streams)) showTrack(stream, null);
    cell.set(describe());
  }

  async function measure(): Promise<void> {
    const next = await leg.sample(sample).catch(() => null);
    if (next === null || phase.kind !== 'connected') return;
    const nowMs = Date.now();
    const seen = mediaWatch.feed(next, {
      nowMs,
      isMuted: media.state.isMuted,
      isRemoteMuted: remote.isMuted,
    });
    problems.set({ kind: 'nothingReceived' }, seen.isNothingReceived);
    problems.set({ kind: 'framesNotOpened' }, seen.areFramesNotOpened);
    problems.set({ kind: 'microphoneSilent' }, seen.isMicrophoneSilent);
    sample = next;
    readings = [...readings, next.statistics].slice(-judgedSamples);
    quality = judgeQuality(readings);
    gate.feed(next.statistics, nowMs);
    changed();
  }

  /** The microphone is needed to ring, or to answer; a camera is not. */
  async function openDevices(): Promise<boolean> {
    if (choice.video) void media.setCamera(true);
    const problem = await media.openMicrophone();
    if (problem === null) return true;
    if (choice.withoutMicrophone === true) {
      problems.add({ kind: 'device', device: 'microphone', problem }, 'lasting');
      return true;
    }
    leg.close('nothing');
    finish({ kind: 'noMicrophone', problem });
    return false;
  }

  const opening = Promise.resolve().then(openDevices);
  leg = join({ ...start, hasVideo: choice.video }, opening);
  sampling = setInterval(() => void measure(), sampleEveryMs);
  changed();

  const unlessEnded =
    <Arguments extends readonly unknown[]>(command: (...given: Arguments) => void | Promise<void>) =>
    async (...given: Arguments): Promise<void> => {
      if (phase.kind !== 'ended') await command(...given);
    };
  const session: CallSession = {
    get state() {
      return cell.value;
    },
    watch: cell.watch,
    streams,
    setMuted(isMuted) {
      if (phase.kind !== 'ended') media.setMuted(isMuted);
    },
    setCamera: unlessEnded((on) => (on ? offerVideo() : media.setCamera(false))),
    switchCamera: unlessEnded(() => media.switchCamera()),
    chooseMicrophone: unlessEnded((deviceId) => media.chooseMicrophone(deviceId)),
    chooseCamera: unlessEnded((deviceId) => media.chooseCamera(deviceId)),
    chooseSpeaker: unlessEnded(async (deviceId) => {
      await playback.chooseSpeaker(deviceId);
      if (playback.speakerId === deviceId) rememberDevice({ speakerId: deviceId });
    }),
    shareScreen: unlessEnded(() => media.shareScreen()),
    stopSharing: () => media.stopSharing(),
    offerVideo: unlessEnded(offerVideo),
    acceptVideo: unlessEnded(acceptVideo),
    declineVideo() {
      if (phase.kind === 'ended' || videoRequest !== 'askedByOther') return;
      videoRequest = 'none';
      leg.tell({ video: 'declined' });
      changed();
    },
    setLowData(on) {
      if (phase.kind === 'ended') return;
      lowData = on;
      media.setLowData(on);
      changed();
    },
    resumePlayback: unlessEnded(() => playback.resume()),
    statistics: async () => (await leg.sample(sample).catch(() => null))?.statistics ?? null,
    levels: () => ({ local: meters.local.level(), remote: meters.remote.level() }),
    end() {
      if (phase.kind === 'ended') return;
      leg.close('hangsUp');
      finish({ kind: 'hungUp' });
    },
  };
  growingCalls.set(session, {
    lend: () => media.lend(),
    tellMoved(to) {
      leg.tell({ movedTo: to });
    },
    whenMoved(listener) {
      if (movedTo === null) moveListeners.push(listener);
      else listener(movedTo);
    },
  });
  return session;

  /** Where a camera is no news it is just turned on. */
  async function offerVideo(): Promise<void> {
    if (hasVideo) return media.setCamera(true);
    if (videoRequest === 'askedByOther') return acceptVideo();
    if (videoRequest === 'asked') return;
    videoRequest = 'asked';
    leg.tell({ video: 'asked' });
    changed();
  }

  async function acceptVideo(): Promise<void> {
    if (videoRequest !== 'askedByOther') return;
    videoRequest = 'none';
    hasVideo = true;
    leg.tell({ video: 'accepted' });
    changed();
    await media.setCamera(true);
  }
}
