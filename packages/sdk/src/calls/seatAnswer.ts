/**
 * The answer (RFC 8829) to this browser's own offer, written from what the relay says in facts (spec/groupCallMedia.md,
 * "Descriptions"). What the relay says comes from outside: numbers, two tokens and addresses, each checked, so that nothing of
 * it can add a line.
 */
import type { SeatConnected } from '@sotto/protocol';
import { isAddress, isAllowedPort } from './addresses.ts';
import { type ExtensionName, extensionNames, type OfferedLine, type SeatOffer } from './seatOffer.ts';
import { transportForms } from './sections.ts';

const candidatesLimit = 8;
/** What is recommended of host candidates (RFC 8445 §5.1.2), UDP before TCP. */
const priorities = { udp: 2_130_706_431, tcp: 1_671_430_143 };

/** What the relay takes from senders, and what it gives. */
const uplinkExtensions = ['mid', 'rid', 'repairedRid', 'transportCc'] as const;
const downlinkExtensions = ['absSendTime'] as const;
const uplinkFeedback = ['transport-cc', 'ccm fir', 'nack', 'nack pli'];
const downlinkFeedback = ['goog-remb', 'ccm fir', 'nack', 'nack pli'];
/** Voices are mono and pause in silence; the sound of a screen is neither. */
const opusParameters = {
  voice: 'minptime=10;useinbandfec=1;usedtx=1',
  music: 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1',
};

/** Null where what the relay said is not what an answer can be made of. `music`: lines (`mid`) that carry no voice. */
export function writeSeatAnswer(
  offer: SeatOffer,
  connected: SeatConnected,
  music: ReadonlySet<string>,
): string | null {
  const sources = readSources(offer, connected);
  const transport = writeTransport(connected);
  const candidates = writeCandidates(connected);
  if (sources === null || transport === null || candidates === null) return null;
  const sections = offer.lines.flatMap((line, at) => [
    ...writeMedia(offer, line),
    ...transport,
    ...(at === 0 ? candidates : []),
    ...(line.direction === 'sends' ? writeUplink(offer, line, music) : writeDownlink(offer, line, sources)),
  ]);
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${offer.lines.map(({ mid }) => mid).join(' ')}`,
    'a=msid-semantic: WMS *',
    ...sections,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

interface Sources {
  readonly ssrc: number;
  readonly rtxSsrc: number;
}

/** One for each line that receives, and no number twice. */
function readSources(offer: SeatOffer, { receives }: SeatConnected): ReadonlyMap<string, Sources> | null {
  const sources = new Map<string, Sources>();
  const used = new Set<number>([0]);
  for (const line of offer.lines) {
    if (line.direction === 'sends') continue;
    const said = receives.find(({ mid }) => mid === line.mid);
    if (said === undefined) return null;
    const numbers = line.kind === 'video' ? [said.ssrc, said.rtxSsrc] : [said.ssrc];
    for (const number of numbers) {
      if (used.has(number)) return null;
      used.add(number);
    }
    sources.set(line.mid, said);
  }
  return sources;
}

function writeTransport({ iceUfrag, icePwd, fingerprint }: SeatConnected): string[] | null {
  if (!transportForms['ice-ufrag'].test(iceUfrag) || !transportForms['ice-pwd'].test(icePwd)) return null;
  if (fingerprint.length !== 32) return null;
  const text = fingerprint.toHex().toUpperCase().match(/../g)?.join(':');
  return [
    `a=ice-ufrag:${iceUfrag}`,
    `a=ice-pwd:${icePwd}`,
    `a=fingerprint:sha-256 ${text}`,
    'a=setup:passive',
    'a=rtcp-mux',
    'a=rtcp-rsize',
  ];
}

/** Those that are none are left out. */
function writeCandidates({ candidates }: SeatConnected): string[] | null {
  const usable = candidates
    .filter(({ address, port }) => isAddress(address) && isAllowedPort(port))
    .slice(0, candidatesLimit);
  if (usable.length === 0) return null;
  return [
    ...usable.map(({ address, port, isTcp }, at) => {
      // The first are those that the relay would rather have.
      const priority = (isTcp ? priorities.tcp : priorities.udp) - at * 256;
      const end = isTcp ? ' tcptype passive' : '';
      return `a=candidate:${at + 1} 1 ${isTcp ? 'tcp' : 'udp'} ${priority} ${address} ${port} typ host${end}`;
    }),
    'a=end-of-candidates',
  ];
}

function writeMedia(
  { payloadTypes: { opus, vp8, vp8Rtx } }: SeatOffer,
  { kind, mid }: OfferedLine,
): string[] {
  const codecs =
    kind === 'audio'
      ? [`a=rtpmap:${opus} opus/48000/2`]
      : [`a=rtpmap:${vp8} VP8/90000`, `a=rtpmap:${vp8Rtx} rtx/90000`, `a=fmtp:${vp8Rtx} apt=${vp8}`];
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? opus : `${vp8} ${vp8Rtx}`}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    ...codecs,
  ];
}

function writeExtensions({ extensions }: SeatOffer, names: readonly ExtensionName[]): string[] {
  return names
    .filter((name) => extensions[name] !== 0)
    .map((name) => `a=extmap:${extensions[name]} ${extensionNames[name]}`);
}

function writeUplink(
  offer: SeatOffer,
  { kind, mid, rids }: OfferedLine,
  music: ReadonlySet<string>,
): string[] {
  const { opus, vp8 } = offer.payloadTypes;
  const feedback =
    kind === 'audio'
      ? [
          `a=rtcp-fb:${opus} transport-cc`,
          `a=fmtp:${opus} ${opusParameters[music.has(mid) ? 'music' : 'voice']}`,
        ]
      : uplinkFeedback.map((name) => `a=rtcp-fb:${vp8} ${name}`);
  const simulcast =
    rids.length === 0
      ? []
      : [...rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${rids.join(';')}`];
  return ['a=recvonly', ...writeExtensions(offer, uplinkExtensions), ...feedback, ...simulcast];
}

function writeDownlink(
  offer: SeatOffer,
  { kind, mid }: OfferedLine,
  sources: ReadonlyMap<string, Sources>,
): string[] {
  const { ssrc, rtxSsrc } = sources.get(mid) ?? { ssrc: 0, rtxSsrc: 0 };
  const { vp8 } = offer.payloadTypes;
  // A stream of its own: who is in a slot changes, so nothing is played in step with it.
  const name = `slot-${mid} slot-${mid}`;
  return [
    'a=sendonly',
    `a=msid:${name}`,
    ...writeExtensions(offer, downlinkExtensions),
    ...(kind === 'audio' ? [] : downlinkFeedback.map((feedback) => `a=rtcp-fb:${vp8} ${feedback}`)),
    ...(kind === 'audio' ? [] : [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`]),
    `a=ssrc:${ssrc} cname:relay`,
    ...(kind === 'audio' ? [] : [`a=ssrc:${rtxSsrc} cname:relay`]),
  ];
}
