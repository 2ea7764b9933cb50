/**
 * This browser's own offer (RFC 8829), read for the relay, which sees no description (spec/groupCallMedia.md, "Descriptions").
 * Only what calls are made of is read; an offer with anything else that matters is refused, so that what is said to the relay
 * is what the browser does.
 */
import {
  attributesOf,
  checkBundle,
  type DescriptionFault,
  type MediaLine,
  Refusal,
  readMediaLine,
  readSections,
  readTransport,
  type Section,
} from './sections.ts';

/** Of this browser's own: some 40 lines for each of up to 128 `m=` lines. */
const textLimits = { size: 512 * 1024, lines: 8192, lineSize: 1024 };
const linesLimit = 128;
const layersLimit = 3;
/** Ids of one-byte extensions (RFC 8285 §4.2). */
const highestExtensionId = 14;

export interface SeatOffer {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** SHA-256, 32 bytes. */
  readonly fingerprint: Uint8Array<ArrayBuffer>;
  readonly payloadTypes: OfferedPayloads;
  readonly extensions: OfferedExtensions;
  /** In the order of the `m=` lines. */
  readonly lines: readonly OfferedLine[];
}
/** The same on all lines; 0 where no line has it. */
interface OfferedPayloads {
  readonly opus: number;
  readonly vp8: number;
  readonly vp8Rtx: number;
}
/** Ids, the same on all lines; 0 where no line has it. */
type OfferedExtensions = Readonly<Record<ExtensionName, number>>;
export interface OfferedLine {
  readonly kind: 'audio' | 'video';
  readonly mid: string;
  readonly direction: 'sends' | 'receives';
  /** 0 where the offer does not say, or of what receives. */
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** Of simulcast, in the order of the encodings. */
  readonly rids: readonly string[];
}

export type ReadOffer =
  | { readonly kind: 'ok'; readonly offer: SeatOffer }
  | { readonly kind: 'refused'; readonly fault: DescriptionFault };

export const extensionNames = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  repairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
} as const;
export type ExtensionName = keyof typeof extensionNames;

const codecForms = { opus: /^opus\/48000\/2$/i, vp8: /^VP8\/90000$/i, rtx: /^rtx\/90000$/i };

export function readSeatOffer(sdp: string): ReadOffer {
  try {
    return { kind: 'ok', offer: read(sdp) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', fault: error.fault };
    throw error;
  }
}

function read(sdp: string): SeatOffer {
  const [head, ...sections] = readSections(sdp, textLimits);
  if (sections.length === 0 || sections.length > linesLimit) throw new Refusal('otherMedia');
  const transport = new Map<string, string>();
  const payloads = new Agreed();
  const extensions = new Agreed();
  for (const section of [head, ...sections]) readTransport(section, transport);
  const lines = sections.map((section) => readLine(section, payloads, extensions));
  checkBundle(
    head,
    lines.map(({ mid }) => mid),
  );
  const fingerprint = transport.get('fingerprint')?.slice('sha-256 '.length);
  if (fingerprint === undefined) throw new Refusal('fingerprint');
  const [iceUfrag, icePwd] = [transport.get('ice-ufrag'), transport.get('ice-pwd')];
  if (iceUfrag === undefined || icePwd === undefined) throw new Refusal('transport');
  // The relay is passive: it can only take what may be active.
  if (transport.get('setup') !== 'actpass' && transport.get('setup') !== 'active')
    throw new Refusal('transport');
  return {
    iceUfrag,
    icePwd,
    fingerprint: Uint8Array.fromHex(fingerprint.replaceAll(':', '')),
    payloadTypes: { opus: payloads.of('opus'), vp8: payloads.of('vp8'), vp8Rtx: payloads.of('vp8Rtx') },
    extensions: {
      mid: extensions.of('mid'),
      rid: extensions.of('rid'),
      repairedRid: extensions.of('repairedRid'),
      transportCc: extensions.of('transportCc'),
      absSendTime: extensions.of('absSendTime'),
    },
    lines,
  };
}

/** Numbers that are the same wherever they are said. */
class Agreed {
  readonly #said = new Map<string, number>();

  say(name: string, value: number): void {
    for (const [other, its] of this.#said)
      if ((other === name) !== (its === value)) throw new Refusal('codecs');
    this.#said.set(name, value);
  }

  of(name: string): number {
    return this.#said.get(name) ?? 0;
  }
}

function readLine(section: Section, payloads: Agreed, extensions: Agreed): OfferedLine {
  const line = readMediaLine(section);
  const direction = directionOf(section);
  readPayloads(section, line, payloads);
  for (const text of attributesOf(section, 'extmap')) {
    const [, id = '', uri = ''] = /^(\d{1,5})(?:\/[a-z]{1,8})? (\S+)$/.exec(text) ?? [];
    const name = (Object.keys(extensionNames) as ExtensionName[]).find(
      (known) => extensionNames[known] === uri,
    );
    const number = Number(id);
    if (name !== undefined && number >= 1 && number <= highestExtensionId) extensions.say(name, number);
  }
  const { kind, mid } = line;
  if (direction === 'receives') return { kind, mid, direction, ssrc: 0, rtxSsrc: 0, rids: [] };
  const rids = attributesOf(section, 'rid').map((text) => {
    const rid = /^([A-Za-z0-9]{1,16}) send(?: |$)/.exec(text)?.[1];
    if (rid === undefined) throw new Refusal('malformed');
    return rid;
  });
  if (rids.length > layersLimit || new Set(rids).size !== rids.length) throw new Refusal('malformed');
  return { kind, mid, direction, ...readSources(section, rids.length > 0), rids };
}

function directionOf(section: Section): OfferedLine['direction'] {
  const said = section.lines.filter((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line));
  if (said.length !== 1) throw new Refusal('malformed');
  if (said[0] === 'a=sendonly') return 'sends';
  if (said[0] === 'a=recvonly') return 'receives';
  throw new Refusal('otherMedia');
}

/** The first of each codec that is listed is the one. */
function readPayloads(section: Section, { kind, payloads }: MediaLine, agreed: Agreed): void {
  const names = new Map<number, string>();
  for (const text of attributesOf(section, 'rtpmap')) {
    const [, payload = '', codec = ''] = /^(\d{1,3}) (\S+)$/.exec(text) ?? [];
    if (payload === '' || names.has(Number(payload))) throw new Refusal('codecs');
    names.set(Number(payload), codec);
  }
  const find = (form: RegExp, isRight: (payload: number) => boolean = () => true): number | undefined =>
    payloads.map(Number).find((payload) => form.test(names.get(payload) ?? '') && isRight(payload));
  const main = find(kind === 'audio' ? codecForms.opus : codecForms.vp8);
  if (main === undefined || main > 127) throw new Refusal('codecs');
  agreed.say(kind === 'audio' ? 'opus' : 'vp8', main);
  if (kind === 'audio') return;
  const repairs = new Set(attributesOf(section, 'fmtp'));
  const rtx = find(codecForms.rtx, (payload) => repairs.has(`${payload} apt=${main}`));
  if (rtx === undefined || rtx > 127) throw new Refusal('codecs');
  agreed.say('vp8Rtx', rtx);
}

function readSources(section: Section, isSimulcast: boolean): { ssrc: number; rtxSsrc: number } {
  // Layers are told apart by their rid, whatever numbers they have.
  if (isSimulcast) return { ssrc: 0, rtxSsrc: 0 };
  const [group] = attributesOf(section, 'ssrc-group').filter((text) => text.startsWith('FID '));
  const sources = [...new Set(attributesOf(section, 'ssrc').map((text) => text.split(' ')[0] ?? ''))];
  const [ssrc = '0', rtxSsrc = '0'] = group === undefined ? sources.slice(0, 1) : group.split(' ').slice(1);
  if (![ssrc, rtxSsrc].every((text) => /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32))
    throw new Refusal('malformed');
  return { ssrc: Number(ssrc), rtxSsrc: Number(rtxSsrc) };
}
