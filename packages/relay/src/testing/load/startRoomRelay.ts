/** The relay's own process, as a server starts it, with one room, and seats in it taken as pages do. */
import { randomBytes } from 'node:crypto';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type SeatAnswer, SeatAnswerSchema, SeatRequestSchema, SeatSource } from '@sotto/protocol';
import { startRelayProcess } from '../../process/relayProcess.ts';
import type { PeerFacts, PeerRemote } from './loadPeer.ts';
import { noExtensions, type StreamSpec } from './syntheticStream.ts';

/** As of the offer of a browser. */
export const seatPayloadTypes = { opus: 111, vp8: 96, vp8Rtx: 97 } as const;
const extensions = {
  mid: 4,
  rid: 10,
  repairedRid: 11,
  transportCc: 3,
  absSendTime: 2,
  audioLevel: 0,
} as const;
const mids = { sound: '0', picture: '1' } as const;

interface SeatWish {
  readonly local: PeerFacts;
  /** 8 bytes in hexadecimal digits. */
  readonly joinId: string;
  /** Layers of its picture: none, one, or three by RID. */
  readonly layers: readonly string[];
  readonly sendsSound: boolean;
  /** Lines that it receives by. */
  readonly sounds: number;
  readonly pictures: number;
}

/** Whose sound or picture goes to which of the lines, in their order. */
export interface SeatWatches {
  readonly sounds: readonly string[];
  readonly pictures: readonly { readonly joinId: string; readonly maxLayer: number }[];
}

export interface RoomRelay {
  readonly pid: number;
  /** As the server does for `OpenCallSeat`. */
  openSeat(joinId: string): void;
  /** What `AskCallSeat` does, after `openSeat`; rejects where it is refused. */
  connect(wish: SeatWish): Promise<PeerRemote>;
  watch(joinId: string, watches: SeatWatches): Promise<void>;
  closeSeat(joinId: string): void;
  stop(): Promise<void>;
}

const roomId = 'measured';

export async function startRoomRelay(): Promise<RoomRelay> {
  const relay = startRelayProcess({
    secret: randomBytes(16).toString('hex'),
    addresses: ['127.0.0.1'],
    port: 0,
    bytesPerSecond: 1e9,
    told: () => {},
  });
  await relay.settled;
  if (relay.pid === null || relay.listening === null) throw new Error('The relay does not listen');
  const { link, pid } = relay;
  link.createRoom(roomId);
  const tickets = new Map<string, Uint8Array>();
  let revision = 0;
  const ask = async (
    joinId: string,
    kind: MessageInitShape<typeof SeatRequestSchema>['kind'] & object,
  ): Promise<SeatAnswer['kind']> => {
    const request = toBinary(SeatRequestSchema, create(SeatRequestSchema, { kind }));
    const answer = await link.ask(tickets.get(joinId) ?? new Uint8Array(), request, []);
    if (answer === null) throw new Error('No answer of the relay');
    const said = fromBinary(SeatAnswerSchema, answer).kind;
    if (said.case === 'refused') throw new Error(`Refused: ${said.value.reason}`);
    return said;
  };
  return {
    pid,
    openSeat: (joinId) => {
      const opened = link.openSeat({ roomId, joinId });
      if (opened === null) throw new Error('No seat');
      tickets.set(joinId, opened.ticket);
    },
    connect: async (wish) => {
      const answer = await ask(wish.joinId, { case: 'connect', value: connectRequest(wish) });
      if (answer.case !== 'connected') throw new Error('Not connected');
      const { iceUfrag, icePwd, fingerprint, candidates } = answer.value;
      const { address, port } = candidates.find(({ isTcp }) => !isTcp)!;
      const hex = Buffer.from(fingerprint).toString('hex');
      return { ufrag: iceUfrag, pwd: icePwd, fingerprint: hex, host: address, port };
    },
    watch: async (joinId, { sounds, pictures }) => {
      revision += 1;
      const watches = [
        ...sounds.map((from, i) => ({
          mid: `s${i}`,
          joinId: from,
          source: SeatSource.MICROPHONE,
          maxLayer: 0,
        })),
        ...pictures.map((from, i) => ({ mid: `p${i}`, source: SeatSource.CAMERA, ...from })),
      ].map((line) => ({ ...line, joinId: Buffer.from(line.joinId, 'hex') }));
      await ask(joinId, { case: 'watch', value: { revision, watches } });
    },
    closeSeat: (joinId) => link.closeSeat({ roomId, joinId }),
    stop: () => relay.stop(),
  };
}

function connectRequest({ local, layers, sendsSound, sounds, pictures }: SeatWish) {
  const rids = layers.length > 1 ? [...layers] : [];
  const sends = [
    ...(sendsSound ? [{ mid: mids.sound, source: SeatSource.MICROPHONE }] : []),
    ...(layers.length > 0 ? [{ mid: mids.picture, source: SeatSource.CAMERA, rids }] : []),
  ];
  const receives = [
    ...Array.from({ length: sounds }, (_, i) => ({ mid: `s${i}`, isVideo: false })),
    ...Array.from({ length: pictures }, (_, i) => ({ mid: `p${i}`, isVideo: true })),
  ];
  return {
    connection: 1,
    iceUfrag: local.ufrag,
    icePwd: local.pwd,
    fingerprint: Buffer.from(local.fingerprint, 'hex'),
    payloadTypes: seatPayloadTypes,
    extensions,
    sends,
    receives,
  };
}

/** What a stream is sent with, so that the relay knows whose it is: `rid` is empty where there is one layer. */
export function seatStream(
  spec: Omit<StreamSpec, 'payloadType' | 'repair' | 'extensions'>,
  { rid = '', repairSsrc }: { readonly rid?: string; readonly repairSsrc?: number } = {},
): StreamSpec {
  const isPicture = spec.kind === 'picture';
  return {
    ...spec,
    payloadType: isPicture ? seatPayloadTypes.vp8 : seatPayloadTypes.opus,
    repair: repairSsrc === undefined ? null : { ssrc: repairSsrc, payloadType: seatPayloadTypes.vp8Rtx },
    extensions: {
      ...noExtensions,
      mid: { id: extensions.mid, value: mids[spec.kind] },
      rid: { id: rid === '' ? 0 : extensions.rid, value: rid },
      repairedRid: extensions.repairedRid,
      transportCc: extensions.transportCc,
    },
  };
}
