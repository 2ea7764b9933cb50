/**
 * One group call in this page, from the first click to its end: brings the devices, the part in the call and what is played
 * together, and says how it stands. What it opened is let go of when it ends, whichever way. Past 400 lines, because every
 * command and every part of the state passes here once.
 */
import type { GroupCallMedia, GroupCallSignals } from '@sotto/client/api';
import type { CallId } from '@sotto/protocol';
import { createCameraGate } from '../callMedia/cameraGate.ts';
import { createCell } from '../callMedia/cell.ts';
import { rememberDevice } from '../callMedia/deviceMemory.ts';
import { createLevelMeter } from '../callMedia/levelMeter.ts';
import type { LinkState } from '../callMedia/linkState.ts';
import { createLocalMedia, type LentMedia } from '../callMedia/localMedia.ts';
import type { CallStatistics, DeviceProblemKind } from '../callMedia/mediaTypes.ts';
import { createMediaWatch } from '../callMedia/mediaWatch.ts';
import { createPlayback } from '../callMedia/playback.ts';
import { createProblemList } from '../callMedia/problemList.ts';
import { judgedSamples, judgeQuality } from '../callMedia/quality.ts';
import { showTrack } from '../callMedia/showTrack.ts';
import { slotNames } from '../callMedia/slots.ts';
import { createWakeLock } from '../callMedia/wakeLock.ts';
import type {
  GroupCallChoice,
  GroupCallEnding,
  GroupCallPhase,
  GroupCallSession,
  GroupCallState,
  GroupParticipant,
  JoinId,
  PictureSource,
  ReceivedPicture,
  WantedPicture,
} from './groupCallSession.ts';
import {
  createGroupLeg,
  type GroupCallsPort,
  type GroupLeg,
  type GroupLegEnding,
  type GroupLegStart,
} from './groupLeg.ts';
import { groupSendLimits } from './groupSendLimits.ts';
import { type GroupSample, takeGroupSample } from './groupStatistics.ts';
import { createPictureStreams } from './pictureStreams.ts';
import { createSpeaking } from './speaking.ts';

export interface GroupSessionOptions {
  readonly start: GroupLegStart;
  readonly choice: GroupCallChoice;
  /** Open already, in the call that goes on in this one. */
  readonly lent: LentMedia | null;
  /** The call goes on in another group's. */
  readonly movedTo: (callId: CallId) => void;
}

/** With what the page's other calls need of it. */
export interface OpenGroupSession extends GroupCallSession {
  lend(): LentMedia;
  /** As `leave`; the call goes on in another session. */
  moveOn(): void;
}

/** How loud everybody is, and every other time what is judged. */
const tickMs = 500;
const shownAfterMs = 700;
const reactionMs = 6_000;
/** A join that was lost, as a machine slept: for so long one is still taken to be there. */
const awayMs = 120_000;
const rejoinLimit = 3;
const rejoinGapMs = 10_000;

export function openGroupSession(sotto: GroupCallsPort, options: GroupSessionOptions): OpenGroupSession {
  const { choice, start } = options;
  const problems = createProblemList(changed);
  const media = createLocalMedia(choice, problems, changed, options.lent);
  const playback = createPlayback(choice.speakerId ?? null, problems, changed);
  const meter = createLevelMeter();
  const wakeLock = createWakeLock();
  const gate = createCameraGate();
  const speaking = createSpeaking();
  const pictures = createPictureStreams();
  const local = { camera: new MediaStream(), screen: new MediaStream() };
  let mediaWatch = createMediaWatch();
  let phase: GroupCallPhase = { kind: 'preparing' };
  let callId = start.kind === 'start' ? null : start.callId;
  let joinId: JoinId | null = null;
  let connectedAtMs: number | null = null;
  let lastConnectedAtMs = 0;
  let rejoins = 0;
  let rejoinedAtMs = 0;
  let rejoining: ReturnType<typeof setTimeout> | null = null;
  let signals: GroupCallSignals | null = null;
  let microphoneProblem: DeviceProblemKind | null = null;
  let areDevicesTried = false;
  let lowData = choice.lowData ?? false;
  let isHandRaised = false;
  let handsLowered = 0;
  let mutesSeen = 0;
  let hasMovedOn = false;
  let wanted: readonly WantedPicture[] = [];
  let isHidden = false;
  let quality: GroupCallState['quality'] = { step: 'unknown', causes: [] };
  let sample: GroupSample | null = null;
  let readings: CallStatistics[] = [];
  let ticks = 0;
  let levels: ReadonlyMap<JoinId, number> = new Map();
  let interruption: ReturnType<typeof setTimeout> | null = null;
  let leg: GroupLeg;

  const cell = createCell<GroupCallState>(describe());

  function describe(): GroupCallState {
    const { camera, ...devices } = media.state;
    const people = signals?.participants ?? [];
    const hands = people
      .filter(({ handPlace }) => handPlace !== null)
      .sort((one, other) => (one.handPlace ?? 0) - (other.handPlace ?? 0));
    return {
      phase,
      callId,
      conversationId: start.kind === 'start' ? start.conversationId : null,
      joinId,
      connectedAtMs,
      local: {
        ...devices,
        camera: camera === 'on' && gate.isPaused ? 'pausedForQuality' : camera,
        lowData,
        speakerId: playback.speakerId,
        isHandRaised,
        microphoneProblem,
        isSendingRefused: leg?.seat?.isSendingRefused ?? false,
      },
      participants: people.map(describeParticipant),
      speakers: speaking.speakers.filter((who) => who !== joinId),
      hands: hands.map((person) => person.joinId),
      reactions: (signals?.reactions ?? [])
        .filter(({ atMs }) => Date.now() - atMs < reactionMs)
        .map(({ id, joinId, emoji }) => ({ id, joinId, emoji })),
      isLocked: signals?.isLocked ?? false,
      mayControl: signals?.mayControl ?? false,
      muteAsked: (signals?.muteAsked ?? 0) > mutesSeen,
      quality,
      route: sample?.statistics.route ?? null,
      problems: problems.problems,
    };
  }

  function describeParticipant(person: GroupCallSignals['participants'][number]): GroupParticipant {
    const { isSelf } = person;
    const said = isSelf ? ownMedia() : person.media;
    return {
      joinId: person.joinId,
      account: person.account,
      deviceId: person.deviceId,
      isSelf,
      isMuted: said.isMuted,
      hasCamera: said.hasCamera,
      isSharing: said.isSharing,
      isHandRaised: isSelf ? isHandRaised : person.handPlace !== null,
      isSpeaking: !said.isMuted && speaking.speaking.has(person.joinId),
      hasKeys: person.hasKeys,
      camera: isSelf || !said.hasCamera ? 'off' : pictureOf(person.joinId, 'camera'),
      screen: isSelf || !said.isSharing ? 'off' : pictureOf(person.joinId, 'screen'),
    };
  }

  function pictureOf(of: JoinId, source: PictureSource): ReceivedPicture {
    const received = leg?.seat?.received ?? [];
    return received.find((one) => one.joinId === of && one.source === source)?.picture ?? 'off';
  }

  function ownMedia(): GroupCallMedia {
    const { isMuted, camera, sharing } = media.state;
    const isSilent = media.tracks.microphone === null && areDevicesTried;
    const hasCamera = camera === 'on' && !gate.isPaused;
    const isSharing = sharing !== 'off';
    const isRefused = leg?.seat?.isSendingRefused ?? false;
    return {
      isMuted: isMuted || isSilent || isRefused,
      hasCamera: hasCamera && !isRefused,
      isSharing: isSharing && !isRefused,
      isHandRaised,
      isAudience: isRefused || (isSilent && !hasCamera && !isSharing),
    };
  }

  /** Brings everything to what is the case now: streams, senders, what the others know, what is shown. */
  function changed(): void {
    if (phase.kind === 'ended' || leg === undefined) return;
    const { isMuted, sharing, camera } = media.state;
    const { seat } = leg;
    if (seat !== null) {
      for (const slot of slotNames)
        seat.send(slot, slot === 'microphone' && isMuted ? null : media.tracks[slot]);
      seat.limit(
        groupSendLimits({
          lowData,
          isSharing: sharing !== 'off',
          isCameraPaused: gate.isPaused,
          isPoor: quality.step === 'poor',
          wantedCamera: media.tracks.camera === null ? 0 : seat.wanted.camera,
          wantedScreen: media.tracks.screen === null ? 0 : seat.wanted.screen,
        }),
      );
      pictures.put(seat.received);
      playback.play(seat.sounds);
    }
    showTrack(local.camera, media.tracks.camera);
    showTrack(local.screen, media.tracks.screen);
    meter.listenTo(isMuted ? null : media.tracks.microphone);
    wakeLock.set(camera !== 'off' || sharing !== 'off' || wanted.length > 0);
    leg.tell(ownMedia());
    cell.set(describe());
  }

  function join(legStart: GroupLegStart): GroupLeg {
    return createGroupLeg(sotto, legStart, ownMedia(), {
      opened(id) {
        callId = id;
        changed();
      },
      joined(id) {
        joinId = id;
        leg.seat?.show(shownPictures());
        if (phase.kind === 'preparing') setPhase({ kind: 'connecting' });
        else changed();
      },
      signalled,
      linkChanged,
      changed,
      ended: legEnded,
    });
  }

  function signalled(next: GroupCallSignals): void {
    signals = next;
    if (next.handLowered > handsLowered) {
      handsLowered = next.handLowered;
      isHandRaised = false;
    }
    // Whoever is muted has done what was asked.
    if (media.state.isMuted) mutesSeen = next.muteAsked;
    if (next.movedTo !== null && !hasMovedOn) {
      hasMovedOn = true;
      options.movedTo(next.movedTo.callId);
    }
    changed();
  }

  function linkChanged(state: LinkState): void {
    if (state !== 'connected') {
      interrupted();
      return;
    }
    stopInterruption();
    connectedAtMs ??= Date.now();
    rejoins = 0;
    media.keepLent();
    setPhase({ kind: 'connected' });
  }

  /** Shown where it lasts. */
  function interrupted(): void {
    if (phase.kind !== 'connected' || interruption !== null) return;
    const sinceMs = Date.now();
    interruption = setTimeout(() => setPhase({ kind: 'reconnecting', sinceMs }), shownAfterMs);
  }

  function stopInterruption(): void {
    if (interruption !== null) clearTimeout(interruption);
    interruption = null;
  }

  function setPhase(next: GroupCallPhase): void {
    if (phase.kind === 'ended') return;
    phase = next;
    changed();
  }

  function legEnded(ending: GroupLegEnding): void {
    const wasHere = connectedAtMs !== null && Date.now() - lastConnectedAtMs < awayMs;
    if (ending.kind === 'lost' && wasHere && callId !== null && rejoins < rejoinLimit) rejoin(callId);
    else finish(endingOf(ending));
  }

  /** The others took this device for gone, and it is not: it comes back as somebody who left and joined again. */
  function rejoin(lostCallId: CallId): void {
    rejoins++;
    interrupted();
    signals = null;
    [sample, readings, mutesSeen, handsLowered] = [null, [], 0, 0];
    mediaWatch = createMediaWatch();
    const sinceMs = Date.now() - rejoinedAtMs;
    rejoining = setTimeout(
      () => {
        rejoinedAtMs = Date.now();
        leg = join({ kind: 'join', callId: lostCallId });
        changed();
      },
      Math.max(0, rejoinGapMs - sinceMs),
    );
  }

  function endingOf(ending: GroupLegEnding): GroupCallEnding {
    switch (ending.kind) {
      case 'refused':
        return { kind: 'refused', problem: ending.problem };
      case 'ended':
      case 'gone':
        return { kind: 'over' };
      case 'lost':
      case 'gaveUp':
        return { kind: connectedAtMs === null ? 'notConnected' : 'connectionLost' };
      case 'replaced':
      case 'elsewhere':
        return { kind: 'movedElsewhere' };
      case 'left':
      case 'removed':
      case 'locked':
      case 'insecure':
      case 'unsupported':
        return { kind: ending.kind };
    }
  }

  function finish(ending: GroupCallEnding): void {
    if (phase.kind === 'ended') return;
    phase = { kind: 'ended', ending };
    clearInterval(ticking);
    stopInterruption();
    if (rejoining !== null) clearTimeout(rejoining);
    document.removeEventListener('visibilitychange', visibilityChanged);
    media.close();
    playback.close();
    problems.close();
    wakeLock.set(false);
    meter.close();
    pictures.put([]);
    for (const stream of Object.values(local)) showTrack(stream, null);
    cell.set(describe());
  }

  function over(ending: GroupCallEnding): void {
    if (phase.kind === 'ended') return;
    leg.close(true);
    finish(ending);
  }

  async function readSample(): Promise<GroupSample | null> {
    const { seat } = leg;
    const report = await seat?.statistics();
    if (seat === null || report == null) return null;
    const frames = await leg.frames();
    const { ownMids, received } = seat;
    return takeGroupSample({ report, ownMids, received, frames }, sample?.entries ?? null);
  }

  async function tick(): Promise<void> {
    const next = await readSample().catch(() => null);
    if (next === null || phase.kind !== 'connected') return;
    const nowMs = Date.now();
    lastConnectedAtMs = nowMs;
    const heard = new Map(next.levels);
    if (joinId !== null) heard.set(joinId, media.state.isMuted ? 0 : meter.level());
    levels = heard;
    speaking.feed(heard, nowMs);
    sample = next;
    ticks++;
    if (ticks % 2 === 0) judge(next, nowMs);
    changed();
  }

  function judge(next: GroupSample, nowMs: number): void {
    const others = (signals?.participants ?? []).filter(({ isSelf, hasKeys }) => !isSelf && hasKeys);
    const seen = mediaWatch.feed(next, {
      nowMs,
      isMuted: media.state.isMuted,
      isRemoteMuted: others.every(({ media }) => media.isMuted),
    });
    problems.set({ kind: 'nothingReceived' }, seen.isNothingReceived);
    problems.set({ kind: 'framesNotOpened' }, seen.areFramesNotOpened);
    problems.set({ kind: 'microphoneSilent' }, seen.isMicrophoneSilent);
    readings = [...readings, next.judged].slice(-judgedSamples);
    quality = judgeQuality(readings);
    gate.feed(next.judged, nowMs);
  }

  function shownPictures(): readonly WantedPicture[] {
    return isHidden ? [] : wanted;
  }

  /** A page that nobody sees needs no pictures, unless one of them floats above other windows. */
  function visibilityChanged(): void {
    isHidden = document.visibilityState === 'hidden' && document.pictureInPictureElement === null;
    leg.seat?.show(shownPictures());
  }

  /** Where there is none one listens. */
  async function openMicrophone(): Promise<void> {
    if (media.tracks.microphone !== null) return;
    microphoneProblem = await media.openMicrophone();
    if (microphoneProblem !== null)
      problems.add({ kind: 'device', device: 'microphone', problem: microphoneProblem }, 'lasting');
    changed();
  }

  async function openDevices(): Promise<void> {
    if (choice.video && media.tracks.camera === null) void media.setCamera(true);
    await openMicrophone();
    areDevicesTried = true;
    changed();
  }

  leg = join(start);
  void openDevices();
  document.addEventListener('visibilitychange', visibilityChanged);
  const ticking = setInterval(() => void tick(), tickMs);
  changed();

  const isOver = (): boolean => phase.kind === 'ended';
  const unlessEnded =
    <Arguments extends readonly unknown[]>(command: (...given: Arguments) => void | Promise<void>) =>
    async (...given: Arguments): Promise<void> => {
      if (!isOver()) await command(...given);
    };
  /** A host tool, or a sign: what comes of it is seen in the state. */
  const command = (run: (id: CallId) => void): void => {
    if (!isOver() && callId !== null) run(callId);
  };
  return {
    get state() {
      return cell.value;
    },
    watch: cell.watch,
    local,
    streamOf: pictures.of,
    show(next) {
      if (isOver()) return;
      wanted = [...next];
      leg.seat?.show(shownPictures());
      changed();
    },
    setMuted(isMuted) {
      if (isOver()) return;
      media.setMuted(isMuted);
      if (isMuted) mutesSeen = signals?.muteAsked ?? mutesSeen;
      else if (areDevicesTried) void openMicrophone();
      changed();
    },
    setCamera: unlessEnded((on) => media.setCamera(on)),
    switchCamera: unlessEnded(() => media.switchCamera()),
    chooseMicrophone: unlessEnded(async (deviceId) => {
      await media.chooseMicrophone(deviceId);
      if (media.tracks.microphone !== null) microphoneProblem = null;
      changed();
    }),
    chooseCamera: unlessEnded((deviceId) => media.chooseCamera(deviceId)),
    chooseSpeaker: unlessEnded(async (deviceId) => {
      await playback.chooseSpeaker(deviceId);
      if (playback.speakerId === deviceId) rememberDevice({ speakerId: deviceId });
    }),
    shareScreen: unlessEnded(() => media.shareScreen()),
    stopSharing: () => media.stopSharing(),
    setLowData(on) {
      if (isOver()) return;
      lowData = on;
      media.setLowData(on);
      changed();
    },
    raiseHand(raised) {
      if (isOver()) return;
      isHandRaised = raised;
      changed();
    },
    react: (emoji) => command((id) => void sotto.reactInGroupCall(id, emoji)),
    resumePlayback: unlessEnded(() => playback.resume()),
    askMute: (whom) => command((id) => void sotto.controlGroupCall(id, { kind: 'askMute', joinId: whom })),
    lowerHand: (whom) =>
      command((id) => void sotto.controlGroupCall(id, { kind: 'lowerHand', joinId: whom })),
    remove(whom) {
      const account = signals?.participants.find((person) => person.joinId === whom)?.account;
      if (account === undefined) return;
      command((id) => void sotto.controlGroupCall(id, { kind: 'remove', accountId: account.accountId }));
    },
    setLocked: (on) => command((id) => void sotto.controlGroupCall(id, { kind: 'lock', on })),
    endForAll: () => command((id) => void sotto.controlGroupCall(id, { kind: 'endForAll' })),
    dismissMuteAsked() {
      mutesSeen = signals?.muteAsked ?? mutesSeen;
      changed();
    },
    statistics: async () => (await readSample().catch(() => null))?.statistics ?? null,
    levels() {
      const present = new Map(levels);
      if (joinId !== null && !isOver()) present.set(joinId, media.state.isMuted ? 0 : meter.level());
      return present;
    },
    lend: () => media.lend(),
    moveOn: () => over({ kind: 'movedOn' }),
    leave: () => over({ kind: 'left' }),
  };
}
