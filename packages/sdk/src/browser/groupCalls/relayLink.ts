/**
 * The one connection between this page and the relay (spec/groupCallMedia.md, "Connecting"): negotiated when it is told to, one
 * negotiation after the other, always with this browser's offer. The relay is told facts, and its facts are made an answer.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  SeatAnswerSchema,
  type SeatRefusal,
  SeatRequestSchema,
  SeatSource,
  type SeatWatchLineSchema,
} from '@sotto/protocol';
import { writeSeatAnswer } from '../../calls/seatAnswer.ts';
import { readSeatOffer, type SeatOffer } from '../../calls/seatOffer.ts';
import { type LinkState, linkStateOf } from '../callMedia/linkState.ts';
import type { LineLimit } from '../callMedia/sendingLine.ts';
import { eachSlot, type SlotName, type Slots, slotNames } from '../callMedia/slots.ts';
import { createTurns } from '../callMedia/turns.ts';
import { frameConfiguration } from '../calls/frames/frameWorker.ts';
import {
  addOwnLines,
  addReceivingLine,
  type FrameLines,
  type OwnLine,
  type ReceivingLine,
} from './relayLines.ts';

export interface RelayLinkOptions {
  /** Counts the connections of this join, from 1. */
  readonly number: number;
  /** The same for all connections of a join. */
  readonly certificate: RTCCertificate;
  readonly frames: FrameLines;
  /** Null where it did not reach the relay. */
  readonly ask: (request: Uint8Array) => Promise<Uint8Array | null>;
  /** Whether there are lines to send on. */
  readonly sends: boolean;
}

export interface RelayLinkEvents {
  stateChanged(state: LinkState): void;
  /** There are more lines in which something can be received. */
  linesReady(): void;
  /** Frames cannot be sealed or opened here. */
  unprotected(): void;
}

export type Negotiated =
  | { readonly kind: 'ok' }
  /** The relay's word. */
  | { readonly kind: 'refused'; readonly reason: SeatRefusal }
  /** It was not reached. */
  | { readonly kind: 'unreached' }
  /** One of the two said what calls are not made of. */
  | { readonly kind: 'malformed' };

export type WatchLine = MessageInitShape<typeof SeatWatchLineSchema>;

export interface RelayLink {
  readonly state: LinkState;
  /** Lines that can be received in: their frames are opened, and the relay knows them. */
  readonly receiving: readonly ReceivingLine[];
  readonly own: Slots<OwnLine> | null;
  /** How many lines there are, those included that are not known to the relay yet. */
  readonly counts: { readonly sounds: number; readonly pictures: number };
  /** Tells the relay how things are. `restarts`: ICE anew. */
  negotiate(restarts: boolean): Promise<Negotiated>;
  /** More slots to receive in, and lines to send on: with the next negotiation. */
  addReceiving(more: { readonly sounds: number; readonly pictures: number }): void;
  /** Asks the relay for lines to send on; where it refuses, everything is as before. */
  addOwn(): Promise<Negotiated>;
  watch(revision: number, watches: readonly WatchLine[]): Promise<Negotiated>;
  send(slot: SlotName, track: MediaStreamTrack | null): void;
  limit(limits: Slots<LineLimit>): void;
  statistics(): Promise<RTCStatsReport>;
  close(): void;
}

const sources: Slots<SeatSource> = {
  microphone: SeatSource.MICROPHONE,
  camera: SeatSource.CAMERA,
  screen: SeatSource.SCREEN,
  screenSound: SeatSource.SCREEN_SOUND,
};

export function createRelayLink(options: RelayLinkOptions, events: RelayLinkEvents): RelayLink {
  const connection = new RTCPeerConnection({
    // Without it Chromium sends what it was not told in time to seal.
    ...frameConfiguration,
    bundlePolicy: 'max-bundle',
    rtcpMuxPolicy: 'require',
    certificates: [options.certificate],
  });
  const inTurn = createTurns();
  const tracks = eachSlot<MediaStreamTrack | null>(() => null);
  const receiving: ReceivingLine[] = [];
  const negotiated = new Set<RTCRtpTransceiver>();
  let own: Slots<OwnLine> | null = null;
  let limits: Slots<LineLimit> | null = null;
  let state: LinkState = 'connecting';
  let isClosed = false;

  const unprotected = (): void => {
    if (!isClosed) events.unprotected();
  };
  connection.addEventListener('connectionstatechange', () => {
    const next = linkStateOf(connection.connectionState);
    if (isClosed || next === state) return;
    state = next;
    events.stateChanged(state);
  });
  if (options.sends) own = addOwn();

  function addOwn(): Slots<OwnLine> {
    const lines = addOwnLines(connection, options.frames, unprotected);
    own = lines;
    for (const slot of slotNames) lines[slot].line.send(tracks[slot]);
    limitOwn();
    return lines;
  }

  function limitOwn(): void {
    if (own === null || limits === null) return;
    for (const slot of slotNames) own[slot].line.limit(limits[slot]);
  }

  function sourceOf(mid: string): SlotName | null {
    return slotNames.find((slot) => own?.[slot].transceiver.mid === mid) ?? null;
  }

  async function negotiate(restarts: boolean): Promise<Negotiated> {
    if (isClosed) return { kind: 'unreached' };
    if (restarts) connection.restartIce();
    try {
      await connection.setLocalDescription();
    } catch {
      return { kind: isClosed ? 'unreached' : 'malformed' };
    }
    const read = readSeatOffer(connection.localDescription?.sdp ?? '');
    if (read.kind === 'refused') return { kind: 'malformed' };
    const request = requestOf(read.offer);
    if (request === null) return { kind: 'malformed' };
    const answered = decode(await options.ask(request));
    if (isClosed || answered === null) return { kind: 'unreached' };
    if (answered.case === 'refused') return { kind: 'refused', reason: answered.value.reason };
    if (answered.case !== 'connected') return { kind: 'malformed' };
    const music = own?.screenSound.transceiver.mid ?? '';
    const answer = writeSeatAnswer(read.offer, answered.value, new Set([music]));
    if (answer === null) return { kind: 'malformed' };
    try {
      await connection.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch {
      return { kind: isClosed ? 'unreached' : 'malformed' };
    }
    for (const line of receiving) negotiated.add(line.transceiver);
    if (own !== null) for (const slot of slotNames) void own[slot].line.settleLimit();
    events.linesReady();
    return { kind: 'ok' };
  }

  function requestOf(offer: SeatOffer): Uint8Array | null {
    const { iceUfrag, icePwd, fingerprint, payloadTypes, extensions, lines } = offer;
    const sends = lines.filter(({ direction }) => direction === 'sends');
    const named = sends.map((line) => ({ line, slot: sourceOf(line.mid) }));
    if (named.some(({ slot }) => slot === null)) return null;
    const connect = {
      connection: options.number,
      iceUfrag,
      icePwd,
      fingerprint,
      payloadTypes,
      extensions,
      sends: named.map(({ line: { mid, ssrc, rtxSsrc, rids }, slot }) => ({
        mid,
        source: slot === null ? SeatSource.UNSPECIFIED : sources[slot],
        ssrc,
        rtxSsrc,
        rids: [...rids],
      })),
      receives: lines
        .filter(({ direction }) => direction === 'receives')
        .map(({ mid, kind }) => ({ mid, isVideo: kind === 'video' })),
    };
    return toBinary(
      SeatRequestSchema,
      create(SeatRequestSchema, { kind: { case: 'connect', value: connect } }),
    );
  }

  return {
    get state() {
      return state;
    },
    get receiving() {
      return receiving.filter(
        ({ transceiver, transformId }) => transformId !== null && negotiated.has(transceiver),
      );
    },
    get own() {
      return own;
    },
    get counts() {
      const pictures = receiving.filter(({ isVideo }) => isVideo).length;
      return { sounds: receiving.length - pictures, pictures };
    },
    negotiate: (restarts) => inTurn(() => negotiate(restarts)),
    addReceiving({ sounds, pictures }) {
      const add = (isVideo: boolean): void => {
        const changed = (): void => {
          if (!isClosed) events.linesReady();
        };
        receiving.push(
          addReceivingLine(connection, options.frames, isVideo, { changed, failed: unprotected }),
        );
      };
      for (let count = 0; count < sounds; count++) add(false);
      for (let count = 0; count < pictures; count++) add(true);
    },
    addOwn: () =>
      inTurn(async () => {
        if (own !== null) return { kind: 'ok' };
        const lines = addOwn();
        const result = await negotiate(false);
        if (result.kind !== 'ok' && !isClosed) {
          own = null;
          // Lines that were never agreed on go without a trace.
          if (connection.signalingState === 'have-local-offer')
            await connection.setLocalDescription({ type: 'rollback' }).catch(() => {});
          for (const slot of slotNames) {
            lines[slot].line.close();
            lines[slot].transceiver.stop();
          }
        }
        return result;
      }),
    async watch(revision, watches) {
      const request = create(SeatRequestSchema, {
        kind: { case: 'watch', value: { revision, watches: [...watches] } },
      });
      const answered = decode(await options.ask(toBinary(SeatRequestSchema, request)));
      if (answered === null) return { kind: 'unreached' };
      if (answered.case === 'refused') return { kind: 'refused', reason: answered.value.reason };
      return { kind: answered.case === 'watched' ? 'ok' : 'malformed' };
    },
    send(slot, track) {
      tracks[slot] = track;
      own?.[slot].line.send(track);
    },
    limit(next) {
      // Setting them makes the browser look at its encoders anew.
      if (JSON.stringify(next) === JSON.stringify(limits)) return;
      limits = next;
      limitOwn();
    },
    statistics: () => connection.getStats(),
    close() {
      isClosed = true;
      if (own !== null) for (const slot of slotNames) own[slot].line.close();
      connection.close();
    },
  };
}

function decode(
  bytes: Uint8Array | null,
): ReturnType<typeof fromBinary<typeof SeatAnswerSchema>>['kind'] | null {
  if (bytes === null) return null;
  try {
    return fromBinary(SeatAnswerSchema, bytes).kind;
  } catch {
    return { case: undefined };
  }
}
