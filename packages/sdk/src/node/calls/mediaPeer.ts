/**
 * The peer connection of a call in Node: werift, with the media lines of a call (spec/calls.md, "Descriptions"). Invariants: no
 * frame leaves that `seal` did not seal; what the other side describes is cleaned before werift reads it, and what this side
 * describes before it is told, so that where calls are relayed only no address of this machine is in it.
 *
 * werift compares the certificate that came with the fingerprint, but not what was signed with it: who sees a certificate can
 * show it as its own. So in Node it is the frames that are authenticated, by their keys, and not what carries them.
 */
import type { CallCandidate, CallServer } from '@sotto/client';
import type {
  MediaStreamTrack,
  RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtpTransceiver,
  RtcpPacket,
} from 'werift';
import { cleanCandidate } from '../../calls/candidates.ts';
import { cleanDescription, mediaLines } from '../../calls/description.ts';
import { createFrameAssembly } from './frameAssembly.ts';

export type MediaKind = 'audio' | 'video';
/** Of a frame that came: opened, of pictures one that needs none before it (`whole`); or there was no key, or it was forged. */
export type FrameUse = 'whole' | 'opened' | 'dropped';
export type PeerState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

export interface MediaPeerOptions {
  readonly servers: readonly CallServer[];
  readonly isRelayOnly: boolean;
  /** Which transport the relay is reached by; UDP unless told. */
  readonly relayTransport?: 'udp' | 'tcp';
  /** Null: there is no key yet, and the frame is dropped. */
  seal(kind: MediaKind, frame: Uint8Array): Uint8Array | null;
  /** Takes what came, each frame as it was sealed. Where pictures cannot go on from it, the other side is asked for a whole one. */
  open(kind: MediaKind, sealed: Uint8Array): FrameUse;
  onState(state: PeerState): void;
  /** The other side cannot go on without a whole picture. */
  onPictureRequest(): void;
}

/** How two devices are connected. */
export interface MediaRoute {
  readonly kind: 'direct' | 'relayed';
  /** Between this device and what it sends to. */
  readonly protocol: 'udp' | 'tcp';
}

export interface MediaPeer {
  readonly state: PeerState;
  /** Whether frames would leave now; also where nothing has come for a while. */
  readonly canSend: boolean;
  /** Null while there is none. */
  readonly route: MediaRoute | null;
  /** Null where there is none that may be told. */
  createOffer(options?: { readonly iceRestart: boolean }): Promise<string | null>;
  /** The answer; null where the offer is refused. */
  acceptOffer(sdp: string): Promise<string | null>;
  /** False where it is refused; then everything is as it was. */
  acceptAnswer(sdp: string): Promise<boolean>;
  addCandidate(candidate: CallCandidate): Promise<void>;
  /** Sends a frame of 20 ms of sound, or a picture; `timestampMs` is its time in the stream. */
  send(kind: MediaKind, frame: Uint8Array, timestampMs: number): void;
  close(): Promise<void>;
}

/** Reports come every few seconds also of who says nothing; werift itself notices after half a minute that nobody is there. */
const maxSilenceMs = 12_000;
/** A whole picture is large, and takes its time to come. */
const pictureRequestIntervalMs = 500;
const clockRates = { audio: 48, video: 90 } as const;

export async function createMediaPeer(options: MediaPeerOptions): Promise<MediaPeer> {
  const werift = await import('werift');
  const { RTCPeerConnection, RTCRtpCodecParameters, useOPUS, useVP8, useSdesMid, useTransportWideCC } =
    werift;
  const rule = { relayOnly: options.isRelayOnly };
  const feedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }];
  const connection = new RTCPeerConnection({
    codecs: {
      audio: [useOPUS()],
      video: [
        useVP8({ rtcpFeedback: feedback }),
        new RTCRtpCodecParameters({ mimeType: 'video/rtx', clockRate: 90_000 }),
      ],
    },
    headerExtensions: {
      audio: [useSdesMid(), useTransportWideCC()],
      video: [useSdesMid(), useTransportWideCC()],
    },
    bundlePolicy: 'max-bundle',
    iceTransportPolicy: options.isRelayOnly ? 'relay' : 'all',
    iceServers: iceServers(options),
    iceUseTcp: false,
    iceStunGatherTimeout: 2,
    iceTurnConnectTimeout: 4,
  });
  const packetizers = { audio: new werift.OpusPacketizer(), video: new werift.Vp8Packetizer() };
  const lineOf = (kind: MediaKind): RTCRtpTransceiver | undefined =>
    connection.getTransceivers().find((one) => one.kind === kind);

  let state: PeerState = 'new';
  let cameAtMs = performance.now();
  const currentState = (): PeerState => {
    const now = stateOf(connection);
    const isSilent = performance.now() - cameAtMs > maxSilenceMs;
    return now === 'connected' && isSilent ? 'disconnected' : now;
  };
  const settleState = (): void => {
    const now = currentState();
    if (now === state) return;
    state = now;
    options.onState(now);
  };
  const silenceTimer = setInterval(settleState, 1000);
  const somethingCame = (): void => {
    cameAtMs = performance.now();
    if (state === 'disconnected') settleState();
  };
  const listeningTo = new Set<RTCDtlsTransport>();
  /** Connecting takes its time, without being silence. */
  const listenForLife = (): void => {
    cameAtMs = performance.now();
    for (const transport of connection.dtlsTransports) {
      if (listeningTo.has(transport)) continue;
      listeningTo.add(transport);
      for (const event of [transport.onStateChange, transport.onRtp, transport.onRtcp])
        event.subscribe(somethingCame);
    }
  };
  connection.connectionStateChange.subscribe(settleState);
  connection.iceConnectionStateChange.subscribe(settleState);
  connection.onTrack.subscribe((track) => {
    const assembly = createFrameAssembly();
    // The first one may come before its key, or before the track is told.
    let lacksPicture = true;
    let askedAtMs = Number.NEGATIVE_INFINITY;
    track.onReceiveRtp.subscribe(({ header, payload }) => {
      if (track.kind === 'audio') {
        if (payload.length > 0) options.open('audio', payload);
        return;
      }
      const nowMs = performance.now();
      const { sequenceNumber, timestamp, marker } = header;
      const { frames, isLost } = assembly.add({ sequenceNumber, timestamp, marker, payload }, nowMs);
      lacksPicture ||= isLost;
      for (const frame of frames) {
        const use = options.open('video', frame);
        lacksPicture = use === 'dropped' || (lacksPicture && use !== 'whole');
      }
      if (!lacksPicture || nowMs - askedAtMs < pictureRequestIntervalMs) return;
      askedAtMs = nowMs;
      requestPicture(track);
    });
  });
  // werift hands a request to the receiver where it knows both by the same number, as browsers' and its own.
  const { PictureLossIndication, RtcpPayloadSpecificFeedback } = werift;
  const isPictureRequest = (packet: RtcpPacket): boolean =>
    packet instanceof RtcpPayloadSpecificFeedback && packet.feedback instanceof PictureLossIndication;
  const prepared = new Set<RTCRtpTransceiver>();
  const prepareLines = (): void => {
    for (const line of connection.getTransceivers()) {
      if (prepared.has(line)) continue;
      prepared.add(line);
      // It would keep what it knows of each packet for an estimate that nobody asks for, and a long call would grow by it.
      line.sender.senderBWE.rtpPacketSent = () => {};
      if (line.kind !== 'video') continue;
      for (const event of [line.sender.onRtcp, line.receiver.onRtcp])
        event.subscribe((packet) => {
          if (isPictureRequest(packet)) options.onPictureRequest();
        });
    }
  };
  const requestPicture = (track: MediaStreamTrack): void => {
    const line = connection.getTransceivers().find(({ receiver }) => receiver.tracks.includes(track));
    if (track.ssrc) void line?.receiver.sendRtcpPLI(track.ssrc);
  };
  /** After ICE was restarted, werift begins no checks where DTLS is there already. */
  const resumeIce = (): void => {
    listenForLife();
    for (const { state, iceTransport } of connection.dtlsTransports)
      if (state === 'connected' && !iceTransport.connection.nominated && iceTransport.state !== 'checking')
        iceTransport.start().catch(() => {});
  };
  const cleaned = (sdp: string): string | null => {
    const check = cleanDescription(sdp, rule, ['vp8']);
    return check.kind === 'ok' ? check.sdp : null;
  };
  const localDescription = (): string | null => cleaned(connection.localDescription?.sdp ?? '');

  return {
    get state() {
      return currentState();
    },
    get canSend() {
      return stateOf(connection) === 'connected';
    },
    get route(): MediaRoute | null {
      const pair = connection.iceTransports[0]?.connection.nominated;
      if (!pair) return null;
      return pair.localCandidate.type === 'relay'
        ? { kind: 'relayed', protocol: options.relayTransport ?? 'udp' }
        : { kind: 'direct', protocol: 'udp' };
    },
    async createOffer({ iceRestart } = { iceRestart: false }) {
      if (connection.getTransceivers().length === 0) {
        for (const kind of mediaLines) connection.addTransceiver(kind, { direction: 'sendrecv' });
        prepareLines();
      }
      await connection.setLocalDescription(await connection.createOffer({ iceRestart }));
      return localDescription();
    },
    async acceptOffer(sdp) {
      const offer = cleaned(sdp);
      if (offer === null) return null;
      try {
        await connection.setRemoteDescription({ type: 'offer', sdp: offer });
        for (const line of connection.getTransceivers()) line.setDirection('sendrecv');
        prepareLines();
        await connection.setLocalDescription(await connection.createAnswer());
        resumeIce();
      } catch {
        return null;
      }
      return localDescription();
    },
    async acceptAnswer(sdp) {
      const answer = cleaned(sdp);
      if (answer === null || connection.signalingState !== 'have-local-offer') return false;
      try {
        await connection.setRemoteDescription({ type: 'answer', sdp: answer });
        resumeIce();
      } catch {
        return false;
      }
      return true;
    },
    async addCandidate({ candidate, sdpMid, sdpMLineIndex }) {
      const clean = cleanCandidate(candidate, rule);
      if (clean === null) return;
      const index = sdpMLineIndex ?? 0;
      try {
        await connection.addIceCandidate({ candidate: clean, sdpMid: sdpMid ?? '', sdpMLineIndex: index });
      } catch {
        // Of a line, or a start of ICE, that is over.
      }
    },
    send(kind, frame, timestampMs) {
      const line = lineOf(kind);
      if (!line || stateOf(connection) !== 'connected') return;
      const sealed = options.seal(kind, frame);
      if (!sealed) return;
      const timestamp = Math.round(timestampMs * clockRates[kind]) >>> 0;
      for (const packet of packetizers[kind].packetize(Buffer.from(sealed), timestamp))
        line.sender.sendRtp(packet).catch(() => {});
    },
    async close() {
      clearInterval(silenceTimer);
      await connection.close();
    },
  };
}

/** Of DTLS and ICE together: after a restart of ICE, werift says of the connection that it is there all the time. */
function stateOf({ connectionState, iceConnectionState }: RTCPeerConnection): PeerState {
  if (connectionState !== 'connected') return connectionState;
  switch (iceConnectionState) {
    case 'connected':
    case 'completed':
      return 'connected';
    case 'disconnected':
    case 'failed':
    case 'closed':
      return iceConnectionState;
    default:
      return 'connecting';
  }
}

/** werift takes one server of each kind: the relay that is reached by the transport that is asked for. */
function iceServers({ servers, relayTransport = 'udp' }: MediaPeerOptions) {
  const all = servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => ({ urls: url, username, credential })),
  );
  const stun = all.find(({ urls }) => urls.startsWith('stun:'));
  const relays = all.filter(({ urls }) => urls.startsWith('turn:'));
  const isTcp = ({ urls }: { urls: string }) => urls.includes('transport=tcp');
  const relay = relays.find((server) => isTcp(server) === (relayTransport === 'tcp')) ?? relays[0];
  return [...(stun ? [stun] : []), ...(relay ? [relay] : [])];
}
