/** The lines of a description (SDP, RFC 8866) before anything is made of them, and what its sections have to say alike. */

export interface Section {
  readonly lines: readonly string[];
}

export interface TextLimits {
  readonly size: number;
  readonly lines: number;
  readonly lineSize: number;
}

export type DescriptionFault =
  | 'tooLarge'
  | 'malformed'
  /** Other lines than are expected, or not all of them on one transport. */
  | 'otherMedia'
  /** None, or more than one, or not SHA-256. */
  | 'fingerprint'
  | 'transport'
  | 'codecs';

export class Refusal extends Error {
  readonly fault: DescriptionFault;
  constructor(fault: DescriptionFault) {
    super(fault);
    this.fault = fault;
  }
}

/** The head, and one section for each `m=` line. Throws `Refusal`. */
export function readSections(sdp: string, limits: TextLimits): [Section, ...Section[]] {
  if (sdp.length > limits.size) throw new Refusal('tooLarge');
  const lines = sdp.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > limits.lines || lines.some((line) => line.length > limits.lineSize))
    throw new Refusal('tooLarge');
  if (lines[0] !== 'v=0' || !lines.every((line) => /^[a-z]=[\x20-\x7e]*$/.test(line)))
    throw new Refusal('malformed');
  const head: string[] = [];
  const sections: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([]);
    (sections.at(-1) ?? head).push(line);
  }
  return [{ lines: head }, ...sections.map((section) => ({ lines: section }))];
}

export function attributesOf({ lines }: Section, name: string): string[] {
  const start = `a=${name}:`;
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
}

/** Of the transport: at the head, or in each section, and everywhere the same. */
export const transportForms = {
  'ice-ufrag': /^[A-Za-z0-9+/]{4,256}$/,
  'ice-pwd': /^[A-Za-z0-9+/]{22,256}$/,
  setup: /^(actpass|active|passive)$/,
  fingerprint: /^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/i,
} as const satisfies Readonly<Record<string, RegExp>>;

/** What a section says of the transport has to be what was said before, which is in `said`. Throws `Refusal`. */
export function readTransport(section: Section, said: Map<string, string>): void {
  for (const [name, form] of Object.entries(transportForms)) {
    for (const text of attributesOf(section, name)) {
      const fault = name === 'fingerprint' ? 'fingerprint' : 'transport';
      if (!form.test(text)) throw new Refusal(fault);
      const value = name === 'fingerprint' ? `sha-256 ${text.slice('sha-256 '.length).toUpperCase()}` : text;
      if ((said.get(name) ?? value) !== value) throw new Refusal(fault);
      said.set(name, value);
    }
  }
}

export interface MediaLine {
  readonly kind: 'audio' | 'video';
  readonly mid: string;
  /** Port 0, where a line has no address of its own (Firefox). */
  readonly isBundleOnly: boolean;
  readonly payloads: readonly string[];
}

const mediaForm = /^(audio|video) (\d{1,5}) UDP\/TLS\/RTP\/SAVPF (\d{1,3}(?: \d{1,3})*)$/;

/** The `m=` line of a section that is not rejected, and its `mid`. Throws `Refusal`. */
export function readMediaLine(section: Section): MediaLine {
  const match = mediaForm.exec(section.lines[0]?.slice(2) ?? '');
  const kind = match?.[1];
  if (match === null || (kind !== 'audio' && kind !== 'video')) throw new Refusal('otherMedia');
  // Firefox puts 0 where a line has no address of its own; else 0 is a rejection (RFC 9143 §6).
  if (match[2] === '0' && !section.lines.includes('a=bundle-only')) throw new Refusal('otherMedia');
  const [mid, ...otherMids] = attributesOf(section, 'mid');
  if (mid === undefined || otherMids.length > 0 || !/^[\w-]{1,16}$/.test(mid))
    throw new Refusal('otherMedia');
  if (!section.lines.includes('a=rtcp-mux')) throw new Refusal('transport');
  return { kind, mid, isBundleOnly: match[2] === '0', payloads: match[3]?.split(' ') ?? [] };
}

/** All lines are on one transport, in their order. Throws `Refusal`. */
export function checkBundle(head: Section, mids: readonly string[]): void {
  if (new Set(mids).size !== mids.length) throw new Refusal('otherMedia');
  const group = attributesOf(head, 'group');
  if (group.length !== 1 || group[0] !== `BUNDLE ${mids.join(' ')}`) throw new Refusal('otherMedia');
}
