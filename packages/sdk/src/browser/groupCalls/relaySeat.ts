/**
 * This page's place at the relay for one join (spec/groupCallMedia.md, "Connecting" and "What is watched"): the connection, which
 * is another one after the relay was lost, and what is received in which of its slots. Frame worker and certificate stay for
 * the whole join.
 */
import { SeatRefusal, SeatSource } from '@sotto/protocol';
import type { LinkState } from '../callMedia/linkState.ts';
import { createRecovery } from '../callMedia/recovery.ts';
import type { LineLimit } from '../callMedia/sendingLine.ts';
import { eachSlot, type SlotName, type Slots, slotNames } from '../callMedia/slots.ts';
import { createTurns } from '../callMedia/turns.ts';
import type { JoinId, ReceivedPicture, WantedPicture } from './groupCallSession.ts';
import type { FrameLines, ReceivingLine } from './relayLines.ts';
import {
  createRelayLink,
  type Negotiated,
  type RelayLink,
  type RelayLinkOptions,
  type WatchLine,
} from './relayLink.ts';
import { readSeatEvent, type SeatState } from './seatState.ts';
import { planWatches, type Watch, type WatchedPerson } from './watchPlan.ts';

/** What the frame worker does, as far as a seat needs it. */
interface SeatFrames extends FrameLines {
  expect(transformId: number, ordinal: number | null): void;
  counts(): Promise<readonly { readonly id: number; readonly ordinal: number | null }[]>;
}

export interface RelaySeatOptions {
  readonly certificate: RTCCertificate;
  readonly frames: SeatFrames;
  readonly ask: RelayLinkOptions['ask'];
}

interface SeatPerson extends WatchedPerson {
  readonly ordinal: number;
}

export interface RelaySeatEvents {
  linkChanged(state: LinkState): void;
  /** Of what is received, or of what others want of this side. */
  changed(): void;
  /** No way was found for long. */
  gaveUp(): void;
  /** What the relay says is not what calls are made of. */
  insecure(): void;
  unsupported(): void;
}

/** What comes in a slot. */
export interface Received {
  readonly joinId: JoinId;
  readonly source: Watch['source'];
  readonly track: MediaStreamTrack;
  readonly mid: string | null;
  /** Of pictures. */
  readonly picture: ReceivedPicture;
  /** What plays there is of who it should be, also while it is paused. */
  readonly isOfThem: boolean;
}

export interface RelaySeat {
  connect(): void;
  send(slot: SlotName, track: MediaStreamTrack | null): void;
  limit(limits: Slots<LineLimit>): void;
  setPeople(others: readonly SeatPerson[]): void;
  show(wanted: readonly WantedPicture[]): void;
  /** A `SeatEvent`, as it came. */
  takeEvent(event: Uint8Array): void;
  /** The room is at another relay now, or at the same one that was started again. */
  roomMoved(): void;
  networkChanged(): void;
  readonly received: readonly Received[];
  /** Tracks of all slots of sound. */
  readonly sounds: readonly MediaStreamTrack[];
  /** Layers of the own pictures that somebody watches, as bits. */
  readonly wanted: { readonly camera: number; readonly screen: number };
  /** Whether the relay takes nobody more who sends: this one listens. */
  readonly isSendingRefused: boolean;
  readonly ownMids: Slots<string | null>;
  statistics(): Promise<RTCStatsReport | null>;
  close(): void;
}

const firstSlots = { sounds: 8, pictures: 9 };
const slotChunk = { sounds: 8, pictures: 8 };
const slotLimit = { sounds: 56, pictures: 49 };
/** Between two requests of what is watched: fingers scroll faster, and the relay takes five a second. */
const watchIntervalMs = 250;
const watchAgainMs = 1_000;
const lookIntervalMs = 100;
/** An ordinal that no participant has. */
const nobody = -1;
/** As a connection begins: that need not be told. */
const watchesNothing = '[]';

const seatSources: Record<Watch['source'], SeatSource> = {
  microphone: SeatSource.MICROPHONE,
  camera: SeatSource.CAMERA,
  screen: SeatSource.SCREEN,
  screenSound: SeatSource.SCREEN_SOUND,
};

export function createRelaySeat(options: RelaySeatOptions, events: RelaySeatEvents): RelaySeat {
  const inTurn = createTurns();
  const tracks = eachSlot<MediaStreamTrack | null>(() => null);
  const shown = new Set<ReceivingLine>();
  const expected = new Map<ReceivingLine, number>();
  let limits: Slots<LineLimit> | null = null;
  let link: RelayLink | null = null;
  let links = 0;
  let counts = firstSlots;
  let isSendingRefused = false;
  let people: readonly SeatPerson[] = [];
  let wanted: readonly WantedPicture[] = [];
  let watches: ReadonlyMap<ReceivingLine, Watch> = new Map();
  let state: SeatState | null = null;
  let revision = 0;
  let toldWatches = watchesNothing;
  let watching: ReturnType<typeof setTimeout> | null = null;
  let looking: ReturnType<typeof setInterval> | null = null;
  let isGrowing = false;
  let isAskingToSend = false;
  let isClosed = false;

  const recovery = createRecovery('participant', {
    restart: () => void inTurn(restart),
    giveUp: () => events.gaveUp(),
  });

  function freshLink(): RelayLink {
    link?.close();
    const created = createRelayLink(
      { ...options, number: ++links, sends: !isSendingRefused },
      {
        stateChanged(next) {
          if (created !== link || isClosed) return;
          recovery.linkChanged(next);
          events.linkChanged(next);
        },
        linesReady() {
          if (created === link && !isClosed) settle();
        },
        unprotected() {
          if (created === link && !isClosed) events.unsupported();
        },
      },
    );
    link = created;
    watches = new Map();
    shown.clear();
    expected.clear();
    state = null;
    toldWatches = watchesNothing;
    created.addReceiving(counts);
    for (const slot of slotNames) created.send(slot, tracks[slot]);
    if (limits !== null) created.limit(limits);
    return created;
  }

  /** A connection of its own, as there was none, or none that can be mended. */
  async function begin(): Promise<void> {
    if (isClosed) return;
    recovery.begin();
    const result = await freshLink().negotiate(false);
    if (isClosed) return;
    if (result.kind === 'refused' && result.reason === SeatRefusal.FULL && !isSendingRefused) {
      isSendingRefused = true;
      await begin();
      events.changed();
      return;
    }
    settled(result);
  }

  function settled(result: Negotiated): void {
    if (result.kind === 'ok') return;
    const isFinal =
      result.kind === 'refused' &&
      (result.reason === SeatRefusal.MALFORMED || result.reason === SeatRefusal.FINGERPRINT);
    if (isFinal || result.kind === 'malformed') events.insecure();
    else recovery.linkChanged('interrupted');
  }

  async function restart(): Promise<void> {
    if (isClosed || link === null) return;
    // A failed handshake is not mended by other addresses.
    const isHandshakeOver = link.own?.microphone.transceiver.sender.transport?.state === 'failed';
    const hasBegun = link.receiving.length > 0;
    const result = isHandshakeOver || !hasBegun ? null : await link.negotiate(true);
    if (isClosed || result?.kind === 'unreached') return;
    if (result?.kind === 'ok') {
      // Where it was connected all along, nothing else says so.
      if (link.state === 'connected') recovery.linkChanged('connected');
      return;
    }
    // The relay does not know the connection (any more), or is another one.
    await begin();
  }

  /** Brings slots and what the relay is asked for to what is wanted. */
  function settle(): void {
    if (isClosed || link === null) return;
    const lines = link.receiving;
    const slots = {
      sounds: lines.filter(({ isVideo }) => !isVideo),
      pictures: lines.filter(({ isVideo }) => isVideo),
    };
    const plan = planWatches(slots, people, wanted, watches);
    for (const line of lines) {
      const [before, watch] = [watches.get(line), plan.watches.get(line)];
      if (before?.joinId !== watch?.joinId || before?.source !== watch?.source) shown.delete(line);
      expectIn(line, people.find(({ joinId }) => joinId === watch?.joinId)?.ordinal ?? nobody);
    }
    watches = plan.watches;
    if (lines.length === counts.sounds + counts.pictures) grow(plan.missing);
    scheduleWatch(0);
    look();
    events.changed();
  }

  /** Whatever the relay sends there: in a slot that nothing is watched in nobody's frames are opened. */
  function expectIn(line: ReceivingLine, ordinal: number): void {
    if (line.transformId === null || expected.get(line) === ordinal) return;
    expected.set(line, ordinal);
    options.frames.expect(line.transformId, ordinal);
  }

  function grow(missing: { readonly sounds: number; readonly pictures: number }): void {
    const more = (kind: 'sounds' | 'pictures'): number =>
      missing[kind] === 0 ? 0 : Math.min(slotChunk[kind], slotLimit[kind] - counts[kind]);
    const added = { sounds: more('sounds'), pictures: more('pictures') };
    if (isGrowing || link === null || added.sounds + added.pictures === 0) return;
    isGrowing = true;
    counts = { sounds: counts.sounds + added.sounds, pictures: counts.pictures + added.pictures };
    void inTurn(async () => {
      isGrowing = false;
      if (isClosed || link === null) return;
      const { sounds, pictures } = link.counts;
      // A connection that was made meanwhile has them already.
      link.addReceiving({ sounds: counts.sounds - sounds, pictures: counts.pictures - pictures });
      const result = await link.negotiate(false);
      if (!isClosed) settled(result);
    });
  }

  function watchLines(): WatchLine[] {
    return [...watches].map(([{ transceiver }, { joinId, source, maxLayer, isPriority }]) => ({
      mid: transceiver.mid ?? '',
      joinId: Uint8Array.fromHex(joinId),
      source: seatSources[source],
      maxLayer,
      isPriority,
    }));
  }

  const describeWatches = (): string =>
    JSON.stringify([...watches].map(([{ transceiver }, watch]) => [transceiver.mid, watch]));

  function scheduleWatch(afterMs: number): void {
    // Where there are no lines yet, the first ones ask.
    const isAble = link !== null && link.receiving.length > 0;
    if (watching !== null || isClosed || !isAble || describeWatches() === toldWatches) return;
    watching = setTimeout(() => void tellWatches(), afterMs);
  }

  async function tellWatches(): Promise<void> {
    const asked = link;
    const told = describeWatches();
    const result = (await asked?.watch(++revision, watchLines())) ?? { kind: 'unreached' };
    if (isClosed) return;
    // One that was asked over a connection that is gone counts for nothing.
    if (result.kind === 'ok' && asked === link) toldWatches = told;
    await new Promise((resolve) =>
      setTimeout(resolve, result.kind === 'ok' ? watchIntervalMs : watchAgainMs),
    );
    watching = null;
    scheduleWatch(0);
  }

  /** Looks whose frames are opened where a picture is awaited, until all are there. */
  function look(): void {
    const isAwaiting = [...watches.keys()].some((line) => line.isVideo && !shown.has(line));
    if (!isAwaiting || isClosed) {
      if (looking !== null) clearInterval(looking);
      looking = null;
      return;
    }
    looking ??= setInterval(() => void lookOnce(), lookIntervalMs);
  }

  async function lookOnce(): Promise<void> {
    const counted = await options.frames.counts().catch(() => []);
    const ordinals = new Map(counted.map(({ id, ordinal }) => [id, ordinal]));
    let isNew = false;
    for (const [line, { joinId }] of watches) {
      if (!line.isVideo || shown.has(line)) continue;
      const person = people.find((one) => one.joinId === joinId);
      if (person === undefined || ordinals.get(line.transformId ?? 0) !== person.ordinal) continue;
      shown.add(line);
      isNew = true;
    }
    if (isNew && !isClosed) events.changed();
    look();
  }

  function pictureOf(line: ReceivingLine): ReceivedPicture {
    const phase = state?.phases.get(line.transceiver.mid ?? '');
    if (phase === 'paused') return 'paused';
    return shown.has(line) ? 'shown' : 'waiting';
  }

  return {
    connect: () => void inTurn(begin),
    send(slot, track) {
      const isTurnedOn = track !== null && track !== tracks[slot];
      tracks[slot] = track;
      if (link === null) return;
      link.send(slot, track);
      if (!isTurnedOn || link.own !== null || !isSendingRefused || isAskingToSend) return;
      isAskingToSend = true;
      void inTurn(async () => {
        isAskingToSend = false;
        if (isClosed || link === null) return;
        // Somebody may have made room since.
        const result = await link.addOwn();
        if (result.kind === 'ok') isSendingRefused = false;
        if (!isClosed) events.changed();
      });
    },
    limit(next) {
      limits = next;
      link?.limit(next);
    },
    setPeople(others) {
      people = others;
      settle();
    },
    show(next) {
      wanted = next;
      settle();
    },
    takeEvent(bytes) {
      const read = readSeatEvent(bytes);
      if (read === null || isClosed) return;
      state = read.watchRevision >= revision ? read : { ...read, phases: new Map() };
      events.changed();
    },
    roomMoved: () => void inTurn(begin),
    networkChanged: () => recovery.networkChanged(),
    get received() {
      return [...watches].map(([line, { joinId, source }]) => ({
        joinId,
        source,
        track: line.transceiver.receiver.track,
        mid: line.transceiver.mid,
        picture: pictureOf(line),
        isOfThem: shown.has(line),
      }));
    },
    get sounds() {
      return (link?.receiving ?? [])
        .filter(({ isVideo }) => !isVideo)
        .map(({ transceiver }) => transceiver.receiver.track);
    },
    get wanted() {
      return { camera: state?.wantedCamera ?? 0, screen: state?.wantedScreen ?? 0 };
    },
    get isSendingRefused() {
      return isSendingRefused;
    },
    get ownMids() {
      return eachSlot((slot) => link?.own?.[slot].transceiver.mid ?? null);
    },
    statistics: async () => (await link?.statistics()) ?? null,
    close() {
      isClosed = true;
      recovery.close();
      if (watching !== null) clearTimeout(watching);
      look();
      link?.close();
    },
  };
}
