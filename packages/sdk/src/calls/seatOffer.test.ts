import { create } from '@bufbuild/protobuf';
import { type SeatConnected, SeatConnectedSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeSeatAnswer } from './seatAnswer.ts';
import { readSeatOffer, type SeatOffer } from './seatOffer.ts';
import { chromiumSeatOffer, firefoxSeatOffer, seatFingerprint } from './seatOfferSamples.ts';
import type { DescriptionFault } from './sections.ts';

const read = (lines: readonly string[]) => readSeatOffer(`${lines.join('\r\n')}\r\n`);

function offerOf(lines: readonly string[]): SeatOffer {
  const result = read(lines);
  if (result.kind === 'refused') throw new Error(result.fault);
  return result.offer;
}

/** In the first place where it begins so. */
const replaced = (lines: readonly string[], start: string, ...by: readonly string[]): string[] =>
  lines.toSpliced(
    lines.findIndex((line) => line.startsWith(start)),
    1,
    ...by,
  );
const without = (lines: readonly string[], start: string): string[] =>
  lines.filter((line) => !line.startsWith(start));

const connected = (change: Partial<SeatConnected> = {}): SeatConnected =>
  Object.assign(
    create(SeatConnectedSchema, {
      iceUfrag: 'relay',
      icePwd: '0123456789abcdefghijklmn',
      fingerprint: new Uint8Array(32).fill(0xab),
      candidates: [
        { address: '192.0.2.7', port: 3479, isTcp: false },
        { address: '2001:db8::7', port: 3479, isTcp: true },
      ],
      receives: [
        { mid: '4', ssrc: 11, rtxSsrc: 0 },
        { mid: '5', ssrc: 12, rtxSsrc: 13 },
      ],
    }),
    change,
  );
const answerTo = (lines: readonly string[], said = connected()): string | null =>
  writeSeatAnswer(offerOf(lines), said, new Set(['3']));

describe("a page's own offer", () => {
  it('of Chromium is read into facts', () => {
    expect(offerOf(chromiumSeatOffer())).toEqual({
      iceUfrag: 'Q43u',
      icePwd: 'JSTbM4NR+27i5jXEyHDVKJBv',
      fingerprint: Uint8Array.fromHex(seatFingerprint.replaceAll(':', '')),
      payloadTypes: { opus: 111, vp8: 96, vp8Rtx: 97 },
      extensions: { mid: 4, rid: 10, repairedRid: 11, transportCc: 3, absSendTime: 2 },
      lines: [
        { kind: 'audio', mid: '0', direction: 'sends', ssrc: 3_099_180_000, rtxSsrc: 0, rids: [] },
        { kind: 'video', mid: '1', direction: 'sends', ssrc: 0, rtxSsrc: 0, rids: ['q', 'h', 'f'] },
        {
          kind: 'video',
          mid: '2',
          direction: 'sends',
          ssrc: 3_099_180_002,
          rtxSsrc: 3_099_180_102,
          rids: [],
        },
        { kind: 'audio', mid: '3', direction: 'sends', ssrc: 3_099_180_003, rtxSsrc: 0, rids: [] },
        { kind: 'audio', mid: '4', direction: 'receives', ssrc: 0, rtxSsrc: 0, rids: [] },
        { kind: 'video', mid: '5', direction: 'receives', ssrc: 0, rtxSsrc: 0, rids: [] },
      ],
    });
  });

  it('of Firefox, with its fingerprint at the head and lines at port 0, is too', () => {
    const { payloadTypes, extensions, lines } = offerOf(firefoxSeatOffer());
    expect(payloadTypes).toEqual({ opus: 109, vp8: 120, vp8Rtx: 124 });
    expect(extensions).toEqual({ mid: 3, rid: 8, repairedRid: 9, transportCc: 7, absSendTime: 4 });
    expect(lines.map(({ direction, rids }) => `${direction} ${rids.length}`)).toEqual([
      'sends 0',
      'sends 3',
      'sends 0',
      'sends 0',
      'receives 0',
      'receives 0',
    ]);
  });

  it.each<[string, string[], DescriptionFault]>([
    ['none', [], 'malformed'],
    ['that is too long', [...chromiumSeatOffer(), `a=x:${'x'.repeat(2000)}`], 'tooLarge'],
    ['without lines', chromiumSeatOffer().slice(0, 7), 'otherMedia'],
    ['with data', [...chromiumSeatOffer(), 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'], 'otherMedia'],
    [
      'with a line outside of the bundle',
      replaced(chromiumSeatOffer(), 'a=group', 'a=group:BUNDLE 0 1'),
      'otherMedia',
    ],
    ['with one name for two lines', replaced(chromiumSeatOffer(), 'a=mid:1', 'a=mid:0'), 'otherMedia'],
    [
      'that sends and receives on a line',
      replaced(chromiumSeatOffer(), 'a=sendonly', 'a=sendrecv'),
      'otherMedia',
    ],
    ['without a direction', replaced(chromiumSeatOffer(), 'a=sendonly'), 'malformed'],
    [
      'with a rejected line',
      replaced(chromiumSeatOffer(), 'm=video 9', 'm=video 0 UDP/TLS/RTP/SAVPF 96 97'),
      'otherMedia',
    ],
    ['without a fingerprint', without(chromiumSeatOffer(), 'a=fingerprint'), 'fingerprint'],
    [
      'with two fingerprints',
      replaced(
        chromiumSeatOffer(),
        'a=fingerprint',
        `a=fingerprint:sha-256 ${seatFingerprint.replace('15', '16')}`,
      ),
      'fingerprint',
    ],
    [
      'with a short fingerprint',
      replaced(chromiumSeatOffer(), 'a=fingerprint', 'a=fingerprint:sha-256 15:72'),
      'fingerprint',
    ],
    ['of two transports', replaced(chromiumSeatOffer(), 'a=ice-ufrag', 'a=ice-ufrag:else'), 'transport'],
    [
      'that can only be passive',
      chromiumSeatOffer().map((line) => line.replace('actpass', 'passive')),
      'transport',
    ],
    ['without rtcp-mux', replaced(chromiumSeatOffer(), 'a=rtcp-mux'), 'transport'],
    ['without Opus', chromiumSeatOffer().map((line) => line.replace('opus/48000/2', 'PCMU/8000')), 'codecs'],
    ['without what repairs VP8', without(chromiumSeatOffer(), 'a=fmtp:97'), 'codecs'],
    [
      'with two numbers for one codec',
      replaced(chromiumSeatOffer(), 'a=rtpmap:111', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:111 VP8/90000'),
      'codecs',
    ],
    [
      'with another number for it on another line',
      replaced(
        replaced(chromiumSeatOffer(), 'm=audio 44487', 'm=audio 9 UDP/TLS/RTP/SAVPF 112'),
        'a=rtpmap:111',
        'a=rtpmap:112 opus/48000/2',
      ),
      'codecs',
    ],
    [
      'with an extension under two numbers',
      replaced(chromiumSeatOffer(), 'a=extmap:4 ', 'a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:mid'),
      'codecs',
    ],
    ['with a layer that has no name', replaced(chromiumSeatOffer(), 'a=rid:q', 'a=rid: send'), 'malformed'],
    ['with two layers of one name', replaced(chromiumSeatOffer(), 'a=rid:q', 'a=rid:h send'), 'malformed'],
    [
      'with a number beyond 32 bits',
      chromiumSeatOffer().map((line) => line.replace('a=ssrc:3099180000', 'a=ssrc:9999999999')),
      'malformed',
    ],
  ])('%s is refused', (_name, lines, fault) => {
    expect(read(lines)).toEqual({ kind: 'refused', fault });
  });

  it('never throws, whatever it is', () => {
    const lines = chromiumSeatOffer();
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.string(), fc.nat(3), (at, text, kind) => {
        const changed = [
          lines.toSpliced(at, 1),
          lines.toSpliced(at, 1, text),
          lines.toSpliced(at, 0, lines[at] ?? ''),
          lines.toSpliced(at, 1, `${lines[at]}${text}`),
        ][kind];
        expect(['ok', 'refused']).toContain(read(changed ?? []).kind);
      }),
    );
  });
});

describe("the relay's answer", () => {
  it.each([
    ['Chromium', chromiumSeatOffer()],
    ['Firefox', firefoxSeatOffer()],
  ])(
    'to %s has its lines in their order, and for each direction what the relay takes and gives',
    (_name, lines) => {
      const answer = answerTo(lines) ?? '';
      const [head = '', ...sections] = answer.split('\r\nm=');
      expect(head).toContain('a=ice-lite');
      expect(head).toContain('a=group:BUNDLE 0 1 2 3 4 5');
      expect(sections.map((section) => /a=(recvonly|sendonly)/.exec(section)?.[1])).toEqual([
        'recvonly',
        'recvonly',
        'recvonly',
        'recvonly',
        'sendonly',
        'sendonly',
      ]);
      for (const section of sections) expect(section).toContain('a=setup:passive');
      expect(sections[0]).toContain('a=candidate:1 1 udp 2130706431 192.0.2.7 3479 typ host\r\n');
      expect(sections[0]).toContain('2001:db8::7 3479 typ host tcptype passive');
      expect(sections[0]).toContain('usedtx=1');
      expect(sections[3]).toContain('stereo=1');
      expect(sections[1]).toContain('a=simulcast:recv q;h;f');
      expect(sections[1]).toContain('transport-wide-cc');
      expect(sections[1]).not.toContain('goog-remb');
      expect(sections[5]).toContain('a=ssrc-group:FID 12 13');
      expect(sections[5]).toContain('goog-remb');
      for (const word of ['transport-cc', 'sdes:mid']) expect(sections[5]).not.toContain(word);
      expect(answer).not.toContain('audio-level');
    },
  );

  it.each<[string, Partial<SeatConnected>]>([
    ['with a token that brings a line', { iceUfrag: 'relay\r\na=x' }],
    ['with a short password', { icePwd: 'short' }],
    ['with half a fingerprint', { fingerprint: new Uint8Array(16) }],
    ['that is nowhere', { candidates: [] }],
    ['at no address', { candidates: [{ address: 'localhost', port: 3479, isTcp: false }] as never }],
    ['at no port', { candidates: [{ address: '192.0.2.7', port: 0, isTcp: false }] as never }],
    ['that forgets a slot', { receives: [{ mid: '4', ssrc: 11, rtxSsrc: 0 }] as never }],
    [
      'that gives one number twice',
      {
        receives: [
          { mid: '4', ssrc: 11, rtxSsrc: 0 },
          { mid: '5', ssrc: 11, rtxSsrc: 13 },
        ] as never,
      },
    ],
    [
      'that gives none',
      {
        receives: [
          { mid: '4', ssrc: 0, rtxSsrc: 0 },
          { mid: '5', ssrc: 12, rtxSsrc: 13 },
        ] as never,
      },
    ],
  ])('of a relay %s is none', (_name, change) => {
    expect(answerTo(chromiumSeatOffer(), connected(change))).toBeNull();
  });
});
