/**
 * Descriptions (SDP, RFC 8866 and RFC 8829) as calls let them out and in (spec/callMedia.md, "Descriptions"). What came is not
 * given to the browser: its shape is checked, and a new one is written from the lines that are known. So a description can
 * bring no data channel, no codec, no header extension and no second key that calls do not have.
 */
import { type CandidateRule, candidateLimit, cleanCandidate } from './candidates.ts';
import {
  attributesOf,
  checkBundle,
  type DescriptionFault,
  Refusal,
  readMediaLine,
  readSections,
  readTransport,
  type Section,
  transportForms,
} from './sections.ts';

/** One `m=` line each, in this order: microphone, camera, screen, sound of the screen. */
export const mediaLines = ['audio', 'video', 'video', 'audio'] as const;

const textLimits = { size: 16 * 1024, lines: 400, lineSize: 512 };
const payloadLimit = 16;
const sourcesLimit = 8;

export type PictureCodec = 'vp8' | 'vp9';
/** Which codec each payload type of a line is, but for what repairs it; in the order of preference. */
export type PictureCodecs = ReadonlyMap<number, PictureCodec>;

export type DescriptionCheck =
  | {
      readonly kind: 'ok';
      readonly sdp: string;
      readonly fingerprint: string;
      readonly candidates: number;
      readonly screenCodecs: PictureCodecs;
    }
  | { readonly kind: 'refused'; readonly fault: DescriptionFault };

const sound = /^opus\/48000\/2$/i;
/** Of each line. */
const codecs = [sound, /^(VP8|rtx)\/90000$/i, /^(VP8|VP9|rtx)\/90000$/i, sound] as const;
const screenLine = 2;
/** What the voice and the screen's sound are encoded by; written into what comes, so each side decides for itself. */
const opusParameters = [
  'minptime=10;useinbandfec=1;usedtx=1',
  'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1',
];

/** The audio level is not among them: it would tell a relay who speaks. */
const headerExtensions: ReadonlySet<string> = new Set([
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:toffset',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
]);

const flags: ReadonlySet<string> = new Set([
  'sendrecv',
  'sendonly',
  'recvonly',
  'inactive',
  'rtcp-mux',
  'rtcp-mux-only',
  'rtcp-rsize',
  'bundle-only',
  'end-of-candidates',
]);

const id = String.raw`[\w{}-]{1,64}`;
const msidForm = new RegExp(`^${id}( ${id})?$`);
const sourceForm = new RegExp(String.raw`^\d{1,10} (cname:[\w+/=.{}@-]{1,64}|msid:${id}( ${id})?)$`);
const sourceGroupForm = /^FID \d{1,10} \d{1,10}$/;
const feedbackForm = /^(\d{1,3}) (goog-remb|transport-cc|ccm fir|nack|nack pli)$/;
const picture = String.raw`(?:profile-id=0|max-f[rs]=\d{1,6})`;
/** What VP9 may say of itself: profile 0 (8 bits, 4:2:0), which it is too where it names none (RFC 9628 §6.1). */
const pictureForm = new RegExp(`^${picture}(?:;${picture}){0,2}$`);
/** What is repaired, and the largest picture: not `x-google-*`, by which the other side would set this side's rates. */
const parametersForm = new RegExp(String.raw`^(\d{1,3}) (?:apt=\d{1,3}|${pictureForm.source.slice(1, -1)})$`);
/** A number has one form: `098` would be another payload type here, and the same one in a browser. */
const codecForm = /^(0|[1-9]\d{0,2}) (\S+)$/;

/**
 * The description as it may go on, and the fingerprint that it names (upper case, with colons). `taken`, of what the other side
 * says: on the line of the screen only the first of these codecs stays that is there, so that both send that one.
 */
export function cleanDescription(
  sdp: string,
  rule: CandidateRule,
  taken: readonly PictureCodec[] | null = null,
): DescriptionCheck {
  try {
    return clean(sdp, rule, taken);
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', fault: error.fault };
    throw error;
  }
}

function clean(sdp: string, rule: CandidateRule, taken: readonly PictureCodec[] | null): DescriptionCheck {
  const [head, ...sections] = readSections(sdp, textLimits);
  if (sections.length !== mediaLines.length) throw new Refusal('otherMedia');

  const transport = new Map<string, string>();
  const candidates: string[] = [];
  const headLines = cleanHead(head, transport);
  const mids: string[] = [];
  const screenCodecs = new Map<number, PictureCodec>();
  const bodies = sections.map((section, at) => {
    const { mid, payloads, written } = cleanSection(
      section,
      at,
      transport,
      rule,
      candidates,
      at === screenLine ? taken : null,
    );
    mids.push(mid);
    for (const [payload, codec] of payloads)
      if (at === screenLine && (codec === 'vp8' || codec === 'vp9')) screenCodecs.set(Number(payload), codec);
    return written;
  });
  checkBundle(head, mids);
  const fingerprint = transport.get('fingerprint');
  if (fingerprint === undefined) throw new Refusal('fingerprint');
  if (['ice-ufrag', 'ice-pwd', 'setup'].some((name) => !transport.has(name))) throw new Refusal('transport');
  const common = Object.keys(transportForms).map((name) => `a=${name}:${transport.get(name)}`);
  const written = [
    ...headLines,
    `a=group:BUNDLE ${mids.join(' ')}`,
    ...bodies.flatMap(([media = '', address = '', ...rest], at) => [
      media,
      address,
      ...common,
      'a=ice-options:trickle',
      ...(at === 0 ? candidates.map((candidate) => `a=${candidate}`) : []),
      ...rest,
    ]),
  ];
  return {
    kind: 'ok',
    sdp: `${written.join('\r\n')}\r\n`,
    fingerprint: fingerprint.slice('sha-256 '.length),
    candidates: candidates.length,
    screenCodecs,
  };
}

function cleanHead(head: Section, transport: Map<string, string>): string[] {
  readTransport(head, transport);
  const origin = head.lines.find((line) => line.startsWith('o='));
  const numbers = /^o=\S{1,64} (\d{1,20}) (\d{1,20}) IN IP[46] \S{1,64}$/.exec(origin ?? '');
  if (numbers === null) throw new Refusal('malformed');
  if (head.lines.includes('a=ice-lite')) throw new Refusal('transport');
  // The address of the origin is this machine's in some browsers.
  return ['v=0', `o=- ${numbers[1]} ${numbers[2]} IN IP4 0.0.0.0`, 's=-', 't=0 0'];
}

function cleanSection(
  section: Section,
  at: number,
  transport: Map<string, string>,
  rule: CandidateRule,
  candidates: string[],
  taken: readonly PictureCodec[] | null,
): { mid: string; payloads: ReadonlyMap<string, string>; written: string[] } {
  const line = readMediaLine(section);
  const { kind, mid } = line;
  if (kind !== mediaLines[at]) throw new Refusal('otherMedia');
  readTransport(section, transport);

  const payloads = keptPayloads(section, codecs[at] ?? sound, line.payloads, taken);
  const written: string[] = [];
  let sources = 0;
  for (const line of section.lines.slice(1)) {
    const [name = '', value = ''] = splitAttribute(line);
    if (name === 'candidate') {
      const candidate = cleanCandidate(value, rule);
      if (candidate !== null && candidates.length < candidateLimit && !candidates.includes(candidate))
        candidates.push(candidate);
    } else if (isKept(name, value, payloads)) {
      if (name === 'ssrc' && ++sources > sourcesLimit) throw new Refusal('malformed');
      written.push(line);
    }
  }
  for (const [payload, codec] of payloads) {
    if (codec === 'opus') written.push(`a=fmtp:${payload} ${opusParameters[at === 0 ? 0 : 1]}`);
  }
  const port = line.isBundleOnly ? '0' : '9';
  return {
    mid,
    payloads,
    written: [
      `m=${kind} ${port} UDP/TLS/RTP/SAVPF ${[...payloads.keys()].join(' ')}`,
      'c=IN IP4 0.0.0.0',
      ...written,
    ],
  };
}

function splitAttribute(line: string): [string, string] {
  const match = /^a=([a-z0-9-]+)(?::(.*))?$/.exec(line);
  return match === null ? ['', ''] : [match[1] ?? '', match[2] ?? ''];
}

/** Payload types of known codecs, in the order of preference; a retransmission belongs to one of them. */
function keptPayloads(
  section: Section,
  known: RegExp,
  listed: readonly string[],
  taken: readonly PictureCodec[] | null,
): Map<string, string> {
  if (listed.length > payloadLimit * 4) throw new Refusal('codecs');
  const names = new Map<string, string>();
  const named = new Set<string>();
  for (const text of attributesOf(section, 'rtpmap')) {
    const [, payload = '', codec = ''] = codecForm.exec(text) ?? [];
    // Which of two names goes is the browser's matter.
    if (payload === '' || named.has(payload)) throw new Refusal('codecs');
    named.add(payload);
    if (known.test(codec)) names.set(payload, (codec.split('/')[0] ?? '').toLowerCase());
  }
  for (const [payload, codec] of names)
    if (codec === 'vp9' && !isFirstProfile(section, payload)) names.delete(payload);
  const repairs = new Map(
    attributesOf(section, 'fmtp').flatMap((text) => {
      const match = /^(\d{1,3}) apt=(\d{1,3})$/.exec(text);
      return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const];
    }),
  );
  if (taken !== null) {
    const present = new Set(listed.map((payload) => names.get(payload)));
    const codec = taken.find((name) => present.has(name));
    for (const [payload, name] of names) if (name !== 'rtx' && name !== codec) names.delete(payload);
  }
  const kept = new Map<string, string>();
  for (const payload of listed) {
    const codec = names.get(payload);
    if (codec === undefined) continue;
    const repaired = repairs.get(payload) ?? '';
    if (codec === 'rtx' && (names.get(repaired) ?? 'rtx') === 'rtx') continue;
    kept.set(payload, codec);
  }
  if (![...kept.values()].some((codec) => codec !== 'rtx') || kept.size > payloadLimit)
    throw new Refusal('codecs');
  return kept;
}

/** Whether VP9 of this payload type says nothing else of itself, and nothing twice. */
function isFirstProfile(section: Section, payload: string): boolean {
  const said = attributesOf(section, 'fmtp').filter((text) => text.startsWith(`${payload} `));
  return said.length < 2 && said.every((text) => pictureForm.test(text.slice(payload.length + 1)));
}

function isKept(name: string, value: string, payloads: ReadonlyMap<string, string>): boolean {
  switch (name) {
    case 'mid':
      return true;
    case 'extmap': {
      const match = /^\d{1,3}(?:\/(?:sendrecv|sendonly|recvonly))? (\S+)$/.exec(value);
      return headerExtensions.has(match?.[1] ?? '');
    }
    case 'msid':
      return msidForm.test(value);
    case 'rtpmap':
      return payloads.has(value.split(' ')[0] ?? '');
    case 'rtcp-fb':
      return payloads.has(feedbackForm.exec(value)?.[1] ?? '');
    case 'fmtp': {
      const payload = payloads.get(parametersForm.exec(value)?.[1] ?? '');
      return payload !== undefined && payload !== 'opus';
    }
    case 'ssrc':
      return sourceForm.test(value);
    case 'ssrc-group':
      return sourceGroupForm.test(value);
    default:
      return value === '' && flags.has(name);
  }
}
