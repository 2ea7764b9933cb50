import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanDescription, type PictureCodec } from './description.ts';
import { chromiumOffer, firefoxOffer, sampleFingerprint } from './descriptionSamples.ts';
import type { DescriptionFault } from './sections.ts';

const any = { relayOnly: false };
const check = (lines: readonly string[], rule = any, taken?: readonly PictureCodec[]) =>
  cleanDescription(`${lines.join('\r\n')}\r\n`, rule, taken);

function cleaned(lines: readonly string[], rule = any): string {
  const result = check(lines, rule);
  if (result.kind === 'refused') throw new Error(result.fault);
  return result.sdp;
}

const without = (lines: readonly string[], start: string): string[] =>
  lines.filter((line) => !line.startsWith(start));
/** In the first place where it begins so. */
const replaced = (lines: readonly string[], start: string, ...by: readonly string[]): string[] => {
  const at = lines.findIndex((line) => line.startsWith(start));
  return lines.toSpliced(at, 1, ...by);
};

describe('a description', () => {
  it.each([
    ['Chromium', chromiumOffer()],
    ['Firefox', firefoxOffer()],
  ])('of %s keeps what calls are made of', (_browser, offer) => {
    const result = check(offer);
    expect(result).toMatchObject({ kind: 'ok', fingerprint: sampleFingerprint });
    const sdp = cleaned(offer);
    expect(sdp.match(/^m=.*$/gm)?.map((line) => line.split(' ')[0])).toEqual([
      'm=audio',
      'm=video',
      'm=video',
      'm=audio',
    ]);
    expect(sdp.match(/a=sendrecv/g)).toHaveLength(4);
    const names = (line: string) =>
      line
        .match(/a=rtpmap:\d+ \w+/g)
        ?.map((one) => one.split(' ')[1])
        .sort();
    expect(sdp.split('m=').slice(1).map(names)).toEqual([
      ['opus'],
      ['VP8', 'rtx'],
      ['VP8', 'VP9', 'rtx', 'rtx'],
      ['opus'],
    ]);
    expect(sdp.match(/useinbandfec=1;usedtx=1/g)).toHaveLength(1);
    expect(sdp).toContain('a=group:BUNDLE 0 1 2 3');
    // Once clean, it stays as it is.
    expect(cleaned(sdp.trimEnd().split('\r\n'))).toBe(sdp);
  });

  it('tells neither the audio level, nor other codecs, nor addresses but in candidates', () => {
    const sdp = cleaned(chromiumOffer());
    const left = [
      'audio-level',
      'red',
      'H264',
      '103',
      '104',
      'profile-id=2',
      'rtcp-xr',
      'tcptype',
      '127.0.0.1',
    ];
    for (const word of [...left, 'WMS']) expect(sdp).not.toContain(word);
    expect(sdp.match(/192\.0\.2\.2/g)).toHaveLength(1);
    expect(sdp.match(/^m=video.*$/gm)).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
      'm=video 9 UDP/TLS/RTP/SAVPF 98 99 96 97',
    ]);
    expect(sdp).toContain('96 97\r\nc=IN IP4 0.0.0.0');
    expect(cleaned(chromiumOffer(), { relayOnly: true })).not.toContain('192.0.2.2');
  });

  it('of Firefox has lines without a port, one component, and no codec that is not listed', () => {
    const sdp = cleaned(firefoxOffer());
    expect(sdp.match(/^m=\w+ \d+/gm)).toEqual(['m=audio 9', 'm=video 0', 'm=video 0', 'm=audio 0']);
    expect(sdp.match(/^a=bundle-only/gm)).toHaveLength(3);
    expect(sdp.match(/^a=candidate:.*$/gm)).toEqual([
      'a=candidate:0 1 udp 2122187007 192.0.2.2 53267 typ host',
      'a=candidate:3 1 udp 2122252543 fd00::2 37770 typ host',
      'a=candidate:2 1 udp 92151551 198.19.130.1 47395 typ relay raddr 0.0.0.0 rport 0',
    ]);
    for (const word of ['audio-level', 'rtcp-fb:99', 'mozilla', '198.18.183.145'])
      expect(sdp).not.toContain(word);
    // Its sections repeat the head, in which a description has no direction once it is clean.
    expect(sdp.slice(0, sdp.indexOf('m='))).not.toContain('sendrecv');
  });

  it('keeps no line that is not known, wherever it stands', () => {
    const odd = ['a=identity:eyJ', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x', 'a=simulcast:send a;b'];
    const offer = chromiumOffer();
    expect(cleaned([...offer.slice(0, 5), ...odd, ...offer.slice(5), ...odd, 'b=AS:1', 'i=a'])).toBe(
      cleaned(offer),
    );
  });

  it('sets no rates of the other side', () => {
    const sdp = cleaned(
      replaced(
        chromiumOffer(),
        'a=rtpmap:96',
        'a=rtpmap:96 VP8/90000',
        'a=fmtp:96 x-google-min-bitrate=50000',
        'a=fmtp:96 max-fs=12288;max-fr=60',
      ),
    );
    expect(sdp).not.toContain('x-google');
    expect(sdp).toContain('a=fmtp:96 max-fs=12288;max-fr=60');
  });

  it('counts 32 candidates', () => {
    const many = Array.from(
      { length: 100 },
      (_, at) => `a=candidate:1 1 udp 1 192.0.2.2 ${2000 + at} typ host`,
    );
    expect(check([...chromiumOffer(), ...many])).toMatchObject({ kind: 'ok', candidates: 32 });
  });

  const otherFingerprint = `a=fingerprint:sha-256 ${sampleFingerprint.replace('09', '0A')}`;
  const offer = chromiumOffer();
  const firstSection = offer.findIndex((line) => line.startsWith('m='));
  const secondSection = offer.findIndex((line) => line.startsWith('m=video'));
  it.each<[string, DescriptionFault, string[]]>([
    ['megabytes', 'tooLarge', [...offer, `a=mid:${'x'.repeat(3_000_000)}`]],
    ['thousands of lines', 'tooLarge', [...offer, ...new Array<string>(3000).fill('a=x')]],
    ['a very long line', 'tooLarge', [...offer, `a=x:${'y'.repeat(600)}`]],
    ['nothing', 'malformed', []],
    ['something else first', 'malformed', offer.slice(1)],
    ['a line that is none', 'malformed', [...offer, 'hello']],
    ['control characters', 'malformed', [...offer, 'a=mid:\u0000']],
    ['no origin', 'malformed', without(offer, 'o=')],
    ['no media', 'otherMedia', offer.slice(0, firstSection)],
    [
      'one line less',
      'otherMedia',
      offer.slice(0, offer.lastIndexOf(offer.findLast((line) => line.startsWith('m=')) ?? '')),
    ],
    ['data', 'otherMedia', [...offer, 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel']],
    [
      'data in place of sound',
      'otherMedia',
      replaced(offer, 'm=audio', 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'),
    ],
    [
      'lines in another order',
      'otherMedia',
      [
        ...offer.slice(0, firstSection),
        ...offer.slice(secondSection),
        ...offer.slice(firstSection, secondSection),
      ],
    ],
    ['unsealed RTP', 'otherMedia', offer.map((line) => line.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP'))],
    ['a rejected line', 'otherMedia', replaced(offer, 'm=video', 'm=video 0 UDP/TLS/RTP/SAVPF 96 97')],
    ['the same mid twice', 'otherMedia', offer.map((line) => line.replace(/^a=mid:1$/, 'a=mid:0'))],
    ['lines apart', 'otherMedia', replaced(offer, 'a=group', 'a=group:BUNDLE 0 1 2')],
    ['no group', 'otherMedia', without(offer, 'a=group')],
    ['no fingerprint', 'fingerprint', without(offer, 'a=fingerprint')],
    ['two fingerprints', 'fingerprint', replaced(offer, 'a=fingerprint', otherFingerprint)],
    ['a second fingerprint', 'fingerprint', [...offer, otherFingerprint]],
    ['a weak fingerprint', 'fingerprint', [...without(offer, 'a=fingerprint'), 'a=fingerprint:sha-1 AA:BB']],
    ['a fingerprint of another hash beside it', 'fingerprint', [...offer, 'a=fingerprint:sha-512 AA']],
    ['no password', 'transport', without(offer, 'a=ice-pwd')],
    ['a short password', 'transport', offer.map((line) => line.replace(/^a=ice-pwd:.*/, 'a=ice-pwd:abc'))],
    ['two transports', 'transport', replaced(offer, 'a=ice-ufrag', 'a=ice-ufrag:other')],
    ['no side of DTLS', 'transport', without(offer, 'a=setup')],
    ['a held connection', 'transport', offer.map((line) => line.replace('actpass', 'holdconn'))],
    ['an ICE that does not check', 'transport', offer.toSpliced(4, 0, 'a=ice-lite')],
    ['RTCP apart', 'transport', without(offer, 'a=rtcp-mux')],
    ['a camera in VP9 alone', 'codecs', offer.map((line) => line.replace('VP8', 'VP9'))],
    ['no codec that calls have', 'codecs', offer.map((line) => line.replace(/VP[89]/, 'H264'))],
    ['a payload type in another form', 'codecs', offer.map((line) => line.replace(':98 VP9', ':098 VP9'))],
    [
      'two names for a codec',
      'codecs',
      replaced(offer, 'a=rtpmap:111', 'a=rtpmap:111 red/48000/2', 'a=rtpmap:111 opus/48000/2'),
    ],
    ['a name with something behind it', 'codecs', replaced(offer, 'a=rtpmap:96', 'a=rtpmap:96 VP8/90000 1')],
    ['a retransmission of nothing', 'codecs', offer.map((line) => line.replace(/98 99 .*/, '97'))],
  ])('is refused with %s', (_what, fault, lines) => {
    expect(check(lines)).toEqual({ kind: 'refused', fault });
  });

  describe('of the screen', () => {
    const screenOf = (lines: readonly string[]): [number, string][] => {
      const result = check(lines);
      if (result.kind === 'refused') throw new Error(result.fault);
      return [...result.screenCodecs];
    };
    const edited = (from: string | RegExp, to: string) =>
      chromiumOffer().map((line) => line.replace(from, to));

    it('says which payload types are which codec, in the order of preference', () => {
      expect(screenOf(chromiumOffer())).toEqual([
        [98, 'vp9'],
        [96, 'vp8'],
      ]);
      expect(screenOf(firefoxOffer())).toEqual([
        [121, 'vp9'],
        [120, 'vp8'],
      ]);
      const renumbered = chromiumOffer().map((line) =>
        line.replace(/\b98\b/g, '35').replace(/\b99\b/g, '127'),
      );
      expect(screenOf(renumbered)).toEqual([
        [35, 'vp9'],
        [96, 'vp8'],
      ]);
      expect(cleaned(renumbered)).toContain('a=fmtp:127 apt=35');
      expect(screenOf(edited('VP9', 'AV1'))).toEqual([[96, 'vp8']]);
    });

    it.each([
      ['of another profile', 'profile-id=2'],
      ['with a profile that is no number', 'profile-id=zero'],
      ['with two profiles', 'profile-id=0;profile-id=2'],
      ['with something of which nothing is known', 'profile-id=0;x-google-max-bitrate=90'],
      ['with something between', 'profile-id=0; max-fs=1'],
      ['with nothing after the number', ''],
    ])('goes without VP9 %s', (_what, said) => {
      const offer = edited('a=fmtp:98 profile-id=0', `a=fmtp:98 ${said}`);
      expect(screenOf(offer)).toEqual([[96, 'vp8']]);
      expect(cleaned(offer)).not.toMatch(/VP9|:9[89] /);
    });

    it.each<[string, PictureCodec[], string[], string]>([
      ['VP9 where both have it', ['vp9', 'vp8'], chromiumOffer(), '98 99'],
      ['VP9 of Firefox', ['vp9', 'vp8'], firefoxOffer(), '121 125'],
      ['VP8 where this side has no other', ['vp8'], chromiumOffer(), '96 97'],
      ['VP8 where the other side has no other', ['vp9', 'vp8'], edited('VP9', 'AV1'), '96 97'],
      ['VP8 where VP9 is named but not listed', ['vp9', 'vp8'], edited('98 99 96', '96'), '96 97'],
      ['VP8 where VP9 is of profile 2', ['vp9', 'vp8'], edited('profile-id=0', 'profile-id=2'), '96 97'],
    ])('keeps one codec of what comes: %s', (_what, taken, offer, payloads) => {
      const result = check(offer, any, taken);
      if (result.kind === 'refused') throw new Error(result.fault);
      const [, , camera = '', screen = ''] = result.sdp.split('m=');
      expect(screen.split('\r\n')[0]?.split('SAVPF ')[1]).toBe(payloads);
      expect(screen.match(/a=rtpmap:(\d+)/g)?.toSorted()).toEqual(
        payloads.split(' ').map((payload) => `a=rtpmap:${payload}`),
      );
      expect([...result.screenCodecs.keys()]).toEqual([Number(payloads.split(' ')[0])]);
      expect(camera).toContain('VP8');
    });

    it('is refused where it has none that is taken', () => {
      const at = chromiumOffer().findLastIndex((line) => line.startsWith('m=video'));
      const vp9Screen = chromiumOffer().with(at, 'm=video 9 UDP/TLS/RTP/SAVPF 98 99');
      expect(check(vp9Screen, any, ['vp9', 'vp8'])).toMatchObject({ kind: 'ok' });
      expect(check(vp9Screen, any, ['vp8'])).toEqual({ kind: 'refused', fault: 'codecs' });
    });

    it('goes without VP9 that says two things of itself, and has one that says nothing', () => {
      const twice = chromiumOffer().flatMap((line) => (line.includes('fmtp:98') ? [line, line] : [line]));
      expect(screenOf(twice)).toEqual([[96, 'vp8']]);
      expect(screenOf(without(chromiumOffer(), 'a=fmtp:98'))).toEqual([
        [98, 'vp9'],
        [96, 'vp8'],
      ]);
    });
  });

  it('is refused or clean, whatever is changed in it', () => {
    const lines = chromiumOffer();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(lines.length - 1), fc.nat(60), fc.string({ maxLength: 20 })), {
          minLength: 1,
          maxLength: 4,
        }),
        (changes) => {
          const changed = [...lines];
          for (const [line, at, text] of changes) {
            const before = changed[line] ?? '';
            changed[line] = before.slice(0, at) + text + before.slice(at + text.length);
          }
          const result = check(changed);
          if (result.kind === 'refused') return;
          expect(result.sdp).toMatch(/^(?:[a-z]=[\x20-\x7e]*\r\n)+$/);
          expect(check(result.sdp.trimEnd().split('\r\n'))).toMatchObject({ kind: 'ok', sdp: result.sdp });
        },
      ),
    );
  });
});
