/** For tests: offers to a relay as Chromium 156 and Firefox 153 make them, shortened where they repeat. */

export const seatFingerprint =
  '15:72:60:8C:63:4B:CB:DA:34:98:77:49:C5:0D:7E:5C:9E:CE:B5:A4:17:42:5A:FA:01:9B:A8:D4:BF:4F:DF:AB';

type Line = 'voice' | 'camera' | 'screen' | 'sound' | 'picture';
/** Microphone, camera, screen, its sound, and a slot of each kind. */
const lines: readonly Line[] = ['voice', 'camera', 'screen', 'voice', 'sound', 'picture'];
const sends = (line: Line): boolean => line === 'voice' || line === 'camera' || line === 'screen';
const isSound = (line: Line): boolean => line === 'voice' || line === 'sound';
const layers = ['q', 'h', 'f'];

function chromiumSection(line: Line, mid: number): string[] {
  const ssrc = 3_099_180_000 + mid;
  return [
    `m=${isSound(line) ? 'audio' : 'video'} ${mid === 0 ? 44487 : 9} UDP/TLS/RTP/SAVPF ${isSound(line) ? '111' : '96 97'}`,
    'c=IN IP4 192.0.2.2',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...(mid === 0 ? ['a=candidate:623338571 1 udp 2113937151 192.0.2.2 44487 typ host generation 0'] : []),
    'a=ice-ufrag:Q43u',
    'a=ice-pwd:JSTbM4NR+27i5jXEyHDVKJBv',
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${seatFingerprint}`,
    'a=setup:actpass',
    `a=mid:${mid}`,
    ...(isSound(line) ? ['a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level'] : []),
    'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
    'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    ...(isSound(line)
      ? []
      : [
          'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
          'a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
        ]),
    sends(line) ? 'a=sendonly' : 'a=recvonly',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...(isSound(line)
      ? ['a=rtpmap:111 opus/48000/2', 'a=rtcp-fb:111 transport-cc', 'a=fmtp:111 minptime=10;useinbandfec=1']
      : [
          'a=rtpmap:96 VP8/90000',
          'a=rtcp-fb:96 goog-remb',
          'a=rtcp-fb:96 nack pli',
          'a=rtpmap:97 rtx/90000',
          'a=fmtp:97 apt=96',
        ]),
    ...(line === 'camera'
      ? [...layers.map((rid) => `a=rid:${rid} send`), `a=simulcast:send ${layers.join(';')}`]
      : []),
    ...(line === 'screen' ? [`a=ssrc-group:FID ${ssrc} ${ssrc + 100}`] : []),
    ...(line === 'voice' || line === 'screen' ? [`a=ssrc:${ssrc} cname:Y7wxedgaslQd/qjD`] : []),
    ...(line === 'screen' ? [`a=ssrc:${ssrc + 100} cname:Y7wxedgaslQd/qjD`] : []),
  ];
}

export function chromiumSeatOffer(): string[] {
  return [
    'v=0',
    'o=- 6127562672174953283 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${lines.map((_, mid) => mid).join(' ')}`,
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS c2472ad4-c862-4125-bab3-7c9deb512cb8',
    ...lines.flatMap(chromiumSection),
  ];
}

function firefoxSection(line: Line, mid: number): string[] {
  const ssrc = 1_730_707_000 + mid;
  return [
    `m=${isSound(line) ? 'audio' : 'video'} ${mid === 0 ? 47395 : 0} UDP/TLS/RTP/SAVPF ${isSound(line) ? '109' : '120 124'}`,
    'c=IN IP4 0.0.0.0',
    ...(mid === 0 ? [] : ['a=bundle-only']),
    sends(line) ? 'a=sendonly' : 'a=recvonly',
    'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
    ...(isSound(line)
      ? []
      : [
          'a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
          'a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
        ]),
    'a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    ...(line === 'camera'
      ? [
          'a=extmap:8/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
          'a=extmap:9/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
        ]
      : []),
    ...(isSound(line)
      ? ['a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1']
      : ['a=fmtp:120 max-fs=12288;max-fr=60', 'a=fmtp:124 apt=120']),
    'a=ice-pwd:a7951c6fb554c91aa352fba967566599',
    'a=ice-ufrag:0c50fa6c',
    `a=mid:${mid}`,
    'a=rtcp-mux',
    ...(line === 'camera'
      ? [...layers.map((rid) => `a=rid:${rid} send`), `a=simulcast:send ${layers.join(';')}`]
      : []),
    ...(isSound(line)
      ? ['a=rtpmap:109 opus/48000/2']
      : ['a=rtcp-rsize', 'a=rtpmap:120 VP8/90000', 'a=rtpmap:124 rtx/90000']),
    'a=setup:actpass',
    `a=ssrc:${ssrc} cname:{a6c4442a-c9de-4f2a-8c53-f9f481be5bec}`,
  ];
}

/** Fingerprint and a direction at the head, and lines without an address of their own (RFC 9143). */
export function firefoxSeatOffer(): string[] {
  return [
    'v=0',
    'o=mozilla...THIS_IS_SDPARTA-99.0 1097304115286584331 0 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=sendrecv',
    `a=fingerprint:sha-256 ${seatFingerprint}`,
    `a=group:BUNDLE ${lines.map((_, mid) => mid).join(' ')}`,
    'a=ice-options:trickle',
    'a=msid-semantic:WMS *',
    ...lines.flatMap(firefoxSection),
  ];
}
