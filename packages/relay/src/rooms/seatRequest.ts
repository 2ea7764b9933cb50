/** What a page asks, decoded and judged: whatever passes here is whole and within its limits. */
import { fromBinary } from '@bufbuild/protobuf';
import { type SeatConnect, SeatRequestSchema, SeatSource, type SeatWatch } from '@sotto/protocol';
import { maxExtensionId } from '../rtp/rtpPacket.ts';
import { requestLimits } from './roomLimits.ts';
import { isPicture } from './source.ts';

export interface SendLine {
  readonly mid: string;
  readonly kind: SeatSource;
  /** 0: found by what its packets say. */
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly rids: readonly string[];
}

export interface ReceiveLine {
  readonly mid: string;
  readonly isPicture: boolean;
}

export interface Extensions {
  readonly mid: number;
  readonly rid: number;
  readonly repairedRid: number;
  readonly transportCc: number;
  readonly absSendTime: number;
  readonly audioLevel: number;
}

export interface PayloadTypes {
  readonly opus: number;
  readonly vp8: number;
  readonly vp8Rtx: number;
}

export interface ConnectRequest {
  readonly kind: 'connect';
  readonly connection: number;
  readonly ufrag: string;
  readonly pwd: string;
  readonly fingerprint: Uint8Array;
  readonly payloadTypes: PayloadTypes;
  readonly extensions: Extensions;
  readonly sends: readonly SendLine[];
  readonly receives: readonly ReceiveLine[];
}

interface WatchLine {
  readonly mid: string;
  readonly joinId: string;
  readonly kind: SeatSource;
  readonly maxLayer: number;
  readonly isPriority: boolean;
}

export interface WatchRequest {
  readonly kind: 'watch';
  readonly revision: number;
  readonly watches: readonly WatchLine[];
}

const midForm = /^[\w!#$%&'*+.^`{|}~-]{1,32}$/;
const ridForm = /^[A-Za-z0-9_-]{1,16}$/;
/** RFC 8839 §5.4. */
const ufragForm = /^[A-Za-z0-9+/]{4,256}$/;
const pwdForm = /^[A-Za-z0-9+/]{22,256}$/;
const sources = [SeatSource.MICROPHONE, SeatSource.CAMERA, SeatSource.SCREEN, SeatSource.SCREEN_SOUND];

/** Null where it is none, or beyond a limit. */
export function readSeatRequest(bytes: Uint8Array): ConnectRequest | WatchRequest | null {
  if (bytes.length > requestLimits.sizeBytes) return null;
  try {
    const { kind } = fromBinary(SeatRequestSchema, bytes);
    switch (kind.case) {
      case 'connect':
        return readConnect(kind.value);
      case 'watch':
        return readWatch(kind.value);
      default:
        return null;
    }
  } catch {
    return null;
  }
}

function readConnect(said: SeatConnect): ConnectRequest | null {
  const { payloadTypes: types, extensions: ids } = said;
  if (said.connection === 0 || said.fingerprint.length !== 32) return null;
  if (!ufragForm.test(said.iceUfrag) || !pwdForm.test(said.icePwd)) return null;
  if (types === undefined || ids === undefined) return null;
  const payloadTypes = { opus: types.opus, vp8: types.vp8, vp8Rtx: types.vp8Rtx };
  const extensions = {
    mid: ids.mid,
    rid: ids.rid,
    repairedRid: ids.repairedRid,
    transportCc: ids.transportCc,
    absSendTime: ids.absSendTime,
    audioLevel: ids.audioLevel,
  };
  if (!arePayloadTypes(payloadTypes) || !areExtensions(extensions)) return null;
  const sends = said.sends.map((line): SendLine => {
    const { mid, ssrc, rtxSsrc, rids } = line;
    return { mid, kind: line.source, ssrc, rtxSsrc, rids };
  });
  const receives = said.receives.map((line): ReceiveLine => ({ mid: line.mid, isPicture: line.isVideo }));
  if (!areSends(sends, extensions) || receives.length > requestLimits.receiveLines) return null;
  const mids = [...sends, ...receives].map(({ mid }) => mid);
  if (!mids.every((mid) => midForm.test(mid)) || !areDistinct(mids)) return null;
  return {
    kind: 'connect',
    connection: said.connection,
    ufrag: said.iceUfrag,
    pwd: said.icePwd,
    fingerprint: said.fingerprint,
    payloadTypes,
    extensions,
    sends,
    receives,
  };
}

/** Dynamic or not, but none that is taken for RTCP (RFC 5761 §4). */
function arePayloadTypes({ opus, vp8, vp8Rtx }: PayloadTypes): boolean {
  const types = [opus, vp8, vp8Rtx];
  return areDistinct(types) && types.every((type) => type >= 1 && type <= 127 && (type < 64 || type > 95));
}

function areExtensions(extensions: Extensions): boolean {
  const used = Object.values(extensions).filter((id) => id !== 0);
  return areDistinct(used) && used.every((id) => id <= maxExtensionId);
}

function areSends(sends: readonly SendLine[], { mid, rid }: Extensions): boolean {
  const ssrcs = sends.flatMap(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc]).filter((ssrc) => ssrc !== 0);
  if (!areDistinct(ssrcs) || !areDistinct(sends.map(({ kind }) => kind))) return false;
  return sends.every(({ kind, ssrc, rtxSsrc, rids }) => {
    if (!sources.includes(kind)) return false;
    if (!isPicture(kind) && (rids.length > 0 || rtxSsrc !== 0)) return false;
    if (rids.length > 0) {
      const isNamed = rids.every((each) => ridForm.test(each)) && areDistinct(rids);
      return isNamed && rids.length <= requestLimits.layers && ssrc === 0 && rid > 0 && mid > 0;
    }
    return ssrc !== 0 || mid > 0;
  });
}

function readWatch({ revision, watches }: SeatWatch): WatchRequest | null {
  const lines = watches.map((line): WatchLine => {
    const { mid, source, maxLayer, isPriority } = line;
    return { mid, joinId: Buffer.from(line.joinId).toString('hex'), kind: source, maxLayer, isPriority };
  });
  if (revision === 0 || lines.length > requestLimits.receiveLines) return null;
  if (!areDistinct(lines.map(({ mid }) => mid))) return null;
  // What came once goes out once to a seat: sound is never held back.
  if (!areDistinct(lines.map(({ joinId, kind }) => `${joinId} ${kind}`))) return null;
  const isGood = ({ joinId, kind, maxLayer }: WatchLine) =>
    joinId.length === 16 && sources.includes(kind) && maxLayer < requestLimits.layers;
  return lines.every(isGood) ? { kind: 'watch', revision, watches: lines } : null;
}

function areDistinct(values: readonly (string | number)[]): boolean {
  return new Set(values).size === values.length;
}
