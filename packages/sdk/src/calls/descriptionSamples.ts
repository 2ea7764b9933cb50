/** For tests: an offer of Chromium 156 and one of Firefox 153 in a call, shortened where they repeat, with one fingerprint. */

const fingerprint =
  '09:2E:D2:24:71:AD:46:16:F2:6B:E3:44:56:4D:AA:D2:D5:F8:01:57:7D:70:03:7D:DB:A1:5A:C9:66:FC:B7:FE';

const transport = [
  'a=ice-ufrag:SJfE',
  'a=ice-pwd:kpeqMY9J+yO0D0+fkTVEult0',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${fingerprint}`,
  'a=setup:actpass',
];

function chromiumSection(kind: 'audio' | 'video', mid: number): string[] {
  const codec =
    kind === 'audio'
      ? [
          'a=rtpmap:111 opus/48000/2',
          'a=rtcp-fb:111 transport-cc',
          'a=fmtp:111 minptime=10;useinbandfec=1',
          'a=rtpmap:63 red/48000/2',
          'a=fmtp:63 111/111',
        ]
      : [
          'a=rtpmap:96 VP8/90000',
          'a=rtcp-fb:96 goog-remb',
          'a=rtcp-fb:96 nack pli',
          'a=rtpmap:97 rtx/90000',
          'a=fmtp:97 apt=96',
          'a=rtpmap:98 VP9/90000',
          'a=rtcp-fb:98 nack pli',
          'a=fmtp:98 profile-id=0',
          'a=rtpmap:99 rtx/90000',
          'a=fmtp:99 apt=98',
          'a=rtpmap:100 VP9/90000',
          'a=fmtp:100 profile-id=2',
          'a=rtpmap:101 rtx/90000',
          'a=fmtp:101 apt=100',
          'a=rtpmap:103 H264/90000',
          'a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f',
          'a=rtpmap:104 rtx/90000',
          'a=fmtp:104 apt=103',
          'a=ssrc-group:FID 1491144417 3610877904',
        ];
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? '111 63' : '98 99 96 97 100 101 103 104'}`,
    'c=IN IP4 192.0.2.2',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...(mid === 0
      ? [
          'a=candidate:2473571265 1 udp 2113942271 192.0.2.2 43548 typ host generation 0 network-cost 999',
          'a=candidate:2473571266 1 udp 2113942270 127.0.0.1 43549 typ host generation 0',
          'a=candidate:5 1 tcp 1518280447 192.0.2.2 9 typ host tcptype active generation 0',
        ]
      : []),
    ...transport,
    `a=mid:${mid}`,
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=sendrecv',
    'a=msid:047d3b82-cb1d-4f8d-9140-ebd55528020f 4e2a97b5-ba48-4c63-8274-2083f92a9934',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    'a=rtcp-xr:rcvr-rtt=all',
    ...codec,
    'a=ssrc:1491144417 cname:tQmbvZ67tu6Efmmh',
  ];
}

const kinds = ['audio', 'video', 'video', 'audio'] as const;

export function chromiumOffer(): string[] {
  return [
    'v=0',
    'o=- 3857307939900467330 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1 2 3',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS 047d3b82-cb1d-4f8d-9140-ebd55528020f',
    ...kinds.flatMap(chromiumSection),
  ];
}

const firefoxStreams = [
  ['{696b7d45-d821-444b-9e50-7284c6022150}', '{f936261e-c513-4d7d-b0ad-15136ef18907}', '1730707371'],
  ['{696b7d45-d821-444b-9e50-7284c6022150}', '{4c62efa8-f03f-48aa-99a2-de41b85bf2e5}', '2491214459'],
  ['{d9dd7ab1-f4a2-45a2-805c-d3ab3ddbe61f}', '{bc08548f-1c58-4027-a522-432194952bad}', '3541233972'],
  ['{d9dd7ab1-f4a2-45a2-805c-d3ab3ddbe61f}', '{2d8f3660-bd5c-4ac8-81b5-62268a9e71d7}', '1101201673'],
] as const;
const firefoxRepairs = ['126945910', '2281821720'];
/** Firefox names these payloads here, though it lists them nowhere. */
const firefoxFeedback = ['120', '121', '99', '123', '122'].flatMap((payload) =>
  ['nack', 'nack pli', 'ccm fir', 'goog-remb', 'transport-cc'].map((name) => `a=rtcp-fb:${payload} ${name}`),
);

function firefoxSection(kind: 'audio' | 'video', mid: number): string[] {
  const [stream, track, source] = firefoxStreams[mid] ?? ['', '', ''];
  const cname = 'cname:{a6c4442a-c9de-4f2a-8c53-f9f481be5bec}';
  const repair = firefoxRepairs[mid - 1];
  const isSound = kind === 'audio';
  const isScreen = mid === 2;
  const pictures = isScreen ? '121 125 120 124' : '120 124';
  return [
    `m=${kind} ${mid === 0 ? 47395 : 0} UDP/TLS/RTP/SAVPF ${isSound ? '109' : pictures}`,
    `c=IN IP4 ${mid === 0 ? '198.19.130.1' : '0.0.0.0'}`,
    ...(mid === 0
      ? [
          'a=candidate:0 1 UDP 2122187007 192.0.2.2 53267 typ host',
          'a=candidate:3 1 UDP 2122252543 fd00::2 37770 typ host',
          'a=candidate:4 1 TCP 2105458943 192.0.2.2 9 typ host tcptype active',
          'a=candidate:0 2 UDP 2122187006 192.0.2.2 34304 typ host',
          'a=candidate:2 1 UDP 92151551 198.19.130.1 47395 typ relay raddr 198.19.130.1 rport 47395',
          'a=candidate:2 2 UDP 92151550 198.18.183.145 12817 typ relay raddr 198.18.183.145 rport 12817',
        ]
      : ['a=bundle-only']),
    'a=sendrecv',
    ...(mid === 0 ? ['a=end-of-candidates'] : []),
    ...(isSound
      ? [
          'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
          'a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level',
          'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
        ]
      : [
          'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
          'a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
          'a=extmap:5 urn:ietf:params:rtp-hdrext:toffset',
          'a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
        ]),
    'a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'a=extmap-allow-mixed',
    ...(isSound
      ? ['a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1']
      : [
          ...(isScreen ? ['a=fmtp:121 max-fs=12288;max-fr=60', 'a=fmtp:125 apt=121'] : []),
          'a=fmtp:120 max-fs=12288;max-fr=60',
          'a=fmtp:124 apt=120',
        ]),
    'a=ice-pwd:a7951c6fb554c91aa352fba967566599',
    'a=ice-ufrag:0c50fa6c',
    `a=mid:${mid}`,
    `a=msid:${stream} ${track}`,
    ...(mid === 0 ? ['a=rtcp:12817 IN IP4 198.18.183.145'] : []),
    ...(isSound ? ['a=rtcp-fb:109 transport-cc'] : firefoxFeedback),
    'a=rtcp-mux',
    ...(isSound
      ? ['a=rtpmap:109 opus/48000/2']
      : [
          'a=rtcp-rsize',
          ...(isScreen ? ['a=rtpmap:121 VP9/90000', 'a=rtpmap:125 rtx/90000'] : []),
          'a=rtpmap:120 VP8/90000',
          'a=rtpmap:124 rtx/90000',
        ]),
    'a=setup:actpass',
    `a=ssrc:${source} ${cname}`,
    ...(repair === undefined ? [] : [`a=ssrc:${repair} ${cname}`, `a=ssrc-group:FID ${source} ${repair}`]),
  ];
}

/** Fingerprint and a direction at the head, and lines without an address of their own (RFC 9143). */
export function firefoxOffer(): string[] {
  return [
    'v=0',
    'o=mozilla...THIS_IS_SDPARTA-99.0 1097304115286584331 0 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=sendrecv',
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=group:BUNDLE 0 1 2 3',
    'a=ice-options:trickle',
    'a=msid-semantic:WMS *',
    ...kinds.flatMap(firefoxSection),
  ];
}

export const sampleFingerprint = fingerprint;
