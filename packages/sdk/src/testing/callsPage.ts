/**
 * The page of the calls' benchmark: two sides of a call in one page, either as the product has them (sessions, frame encryption)
 * over a stand-in for their engines, or as two bare peer connections. Both send the same: 720p at 30 pictures a second, each with
 * the time it was drawn at in its top row, and a tone; only the caller sends pictures.
 */
import type { CallProblem, CallServer, CallSignals, Outcome } from '@sotto/client/api';
import { suiteIds as providerSuites } from '@sotto/primitives';
import { loadBrowserProvider } from '@sotto/primitives/browser';
import type { CallsPort } from '../browser/calls/callLeg.ts';
import { createCalls } from '../browser/calls/createCalls.ts';
import { type Side, StandInCall, type TextSignals } from '../browser/calls/testing/standInCall.ts';

export type CallKind = 'product' | 'bare';

/** Not among the types: Chromium's own. */
interface PictureTrack extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}

declare global {
  var MediaStreamTrackGenerator: new (options: { kind: 'video' }) => PictureTrack;
  var callBench: {
    /** Resolves with the milliseconds until both hear each other. */
    connect(kind: CallKind, servers?: readonly CallServer[]): Promise<number>;
    /** Milliseconds from drawing to showing, of all pictures that are shown meanwhile. */
    measureDelays(durationMs: number): Promise<number[]>;
    /** Pictures that were decoded since the call began. */
    countPictures(): Promise<number>;
    /** The longest time without sound from the caller, milliseconds. */
    longestSilence(durationMs: number): Promise<number>;
    changeNetwork(): void;
    hangUp(): void;
  };
}

const [width, height, framesPerSecond] = [1280, 720, 30];
/** Time in milliseconds, one bit a block. */
const bits = 24;
const blockWidth = Math.floor(width / bits);
const lookMs = 5;
const videoBitsPerSecond = 1_700_000;

const sources = createSources();
const video = document.createElement('video');
Object.assign(video, { autoplay: true, muted: true });
// Small, because this machine draws it too.
video.style.width = '160px';
document.body.append(video);
let connections: RTCPeerConnection[] = [];
let end = (): void => {};

const Connection = globalThis.RTCPeerConnection;
globalThis.RTCPeerConnection = class extends Connection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
};
// Else Chromium begins with small pictures, and far fewer than thirty, and takes its time to grow.
const { setParameters } = RTCRtpSender.prototype;
RTCRtpSender.prototype.setParameters = function (this: RTCRtpSender, parameters, options) {
  const degradationPreference = 'maintain-framerate-and-resolution' as RTCDegradationPreference;
  return setParameters.call(this, { ...parameters, degradationPreference }, options);
};
navigator.mediaDevices.getUserMedia = async ({ audio, video } = {}) => {
  const { sound, pictures } = sources;
  return new MediaStream([...(audio ? [sound.clone()] : []), ...(video ? [pictures.clone()] : [])]);
};

globalThis.callBench = {
  async connect(kind, servers = []) {
    connections = [];
    const startMs = performance.now();
    if (kind === 'product') await connectSessions(servers);
    else await connectBare(servers);
    await comes(() => connections.length === 2 && connections.every((one) => lastSound(one) !== null));
    return performance.now() - startMs;
  },
  async measureDelays(durationMs) {
    const delays: number[] = [];
    const canvas = new OffscreenCanvas(bits, 1);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const endMs = performance.now() + durationMs;
    const look = (): void => {
      const { videoWidth, videoHeight } = video;
      // The middle of each block, of the upper half of its row.
      context?.drawImage(video, 0, videoHeight / 72, videoWidth, 1, 0, 0, bits, 1);
      const delayMs = performance.now() - readTime(context?.getImageData(0, 0, bits, 1).data ?? []);
      if (delayMs > 0 && delayMs < 10_000) delays.push(delayMs);
      if (performance.now() < endMs) video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    await wait(durationMs);
    return delays;
  },
  async countPictures() {
    let count = 0;
    for (const connection of connections) {
      for (const entry of (await connection.getStats()).values())
        if (entry.type === 'inbound-rtp' && entry.kind === 'video') count += entry.framesDecoded ?? 0;
    }
    return count;
  },
  async longestSilence(durationMs) {
    const endMs = performance.now() + durationMs;
    const [, answerer] = connections;
    let [last, lastMs, longestMs] = [0, performance.now(), 0];
    while (performance.now() < endMs && answerer) {
      const heard = lastSound(answerer);
      if (heard !== null && heard !== last) {
        longestMs = Math.max(longestMs, performance.now() - lastMs);
        [last, lastMs] = [heard, performance.now()];
      }
      await wait(lookMs);
    }
    return Math.max(longestMs, performance.now() - lastMs);
  },
  changeNetwork: () => globalThis.dispatchEvent(new Event('online')),
  hangUp: () => {
    end();
    video.srcObject = null;
  },
};

/** RTP time of the last sound that came; null before there is any. */
function lastSound(connection: RTCPeerConnection): number | null {
  for (const receiver of connection.getReceivers()) {
    const [source] = receiver.track.kind === 'audio' ? receiver.getSynchronizationSources() : [];
    if (source) return source.rtpTimestamp;
  }
  return null;
}

function createSources(): { sound: MediaStreamTrack; pictures: MediaStreamTrack } {
  // Painted by hand: without a graphics card, canvases give some ten pictures a second.
  const pictures = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = pictures.writable.getWriter();
  const lumaSize = width * height;
  const picture = new Uint8Array((lumaSize * 3) / 2).fill(128);
  for (let at = 0; at < lumaSize; at++) picture[at] = 40 + (((at % width) + Math.floor(at / width)) % 160);
  const background = picture.slice(0, lumaSize);
  const fill = (row: number, from: number, to: number, value: number): void => {
    picture.fill(value, row * width + from, row * width + to);
  };
  let squareAt = 0;
  const draw = (): void => {
    const before = squareAt;
    squareAt = (squareAt + 8) % (width - 200);
    for (let row = 200; row < 500; row++) {
      const start = row * width + before;
      picture.set(background.subarray(start, start + 200), start);
      fill(row, squareAt, squareAt + 200, 235);
    }
    const now = Math.round(performance.now());
    for (let bit = 0; bit < bits; bit++) {
      const value = (now >> bit) & 1 ? 235 : 16;
      for (let row = 0; row < 40; row++) fill(row, bit * blockWidth, (bit + 1) * blockWidth, value);
    }
    const frame = { format: 'I420', codedWidth: width, codedHeight: height, timestamp: now * 1000 } as const;
    writer.write(new VideoFrame(picture, frame)).catch(() => {});
  };
  setInterval(draw, 1000 / framesPerSecond);
  const audio = new AudioContext();
  const [oscillator, destination] = [audio.createOscillator(), audio.createMediaStreamDestination()];
  oscillator.connect(destination);
  oscillator.start();
  const [sound] = destination.stream.getAudioTracks();
  if (!sound) throw new Error('This browser makes no tracks');
  return { sound, pictures };
}

function readTime(pixels: ArrayLike<number>): number {
  let value = 0;
  for (let bit = 0; bit < bits; bit++) if ((pixels[bit * 4] ?? 0) > 127) value += 2 ** bit;
  return value;
}

async function connectSessions(servers: readonly CallServer[]): Promise<void> {
  const { hpke } = (await loadBrowserProvider()).suite(providerSuites.x25519Aes128);
  const call = new StandInCall(hpke);
  Object.assign(call, { servers, isRelayOnly: servers.length > 0 });
  const [calling, answering] = [createCalls(portOf(call, 'caller')), createCalls(portOf(call, 'answerer'))];
  const caller = calling.start('00'.repeat(16) as never, { video: true });
  await comes(() => call.isRinging);
  const answerer = answering.answer(call.callId, { video: false });
  video.srcObject = answerer.streams.remoteCamera;
  end = () => caller.end();
}

function portOf(call: StandInCall, side: Side): CallsPort {
  const done: Outcome<null, CallProblem> = { kind: 'ok', value: null };
  const setup = async () => ({ kind: 'ok', value: call.setup(side) }) as const;
  const hex = ({ frameKey, ...start }: Parameters<CallsPort['startCall']>[0]) => ({
    ...start,
    frameKey: frameKey.toHex(),
  });
  return {
    prepareCall: setup,
    rejoinCall: setup,
    openCall: async () => ({ kind: 'ok', value: { ...call.setup(side), offer: call.offer ?? '' } }),
    async startCall(start) {
      call.start(hex(start));
      return done;
    },
    async answerCall(start) {
      await call.answer(hex(start));
      return done;
    },
    resumeCall: async () => done,
    declineCall: async () => {},
    endCall: async (_, reason) => call.end(side, reason ?? ''),
    async updateCall(_, update) {
      call.update(side, update);
      return done;
    },
    readCallServers: async () => ({ kind: 'ok', value: call.servers }),
    setAlwaysRelay: async () => {},
    readAlwaysRelay: async () => false,
    blockCalls: async () => {},
    watch(_, tell) {
      const listener = tell as unknown as (signals: CallSignals) => void;
      call.watch(side, ({ frameKeys, ...signals }: TextSignals) =>
        listener({ ...signals, frameKeys: frameKeys.map((key) => Uint8Array.fromHex(key)) }),
      );
      return () => {};
    },
  };
}

async function connectBare(servers: readonly CallServer[]): Promise<void> {
  const configuration: RTCConfiguration = {
    bundlePolicy: 'max-bundle',
    iceServers: servers.map(({ urls, ...rest }) => ({ urls: [...urls], ...rest })),
    iceTransportPolicy: servers.length > 0 ? 'relay' : 'all',
  };
  const [caller, answerer] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
  for (const [from, to] of [
    [caller, answerer],
    [answerer, caller],
  ] as const) {
    from.onicecandidate = ({ candidate }) => void (candidate && to.addIceCandidate(candidate));
  }
  caller.addTransceiver(sources.sound, { direction: 'sendrecv' });
  const pictures = caller.addTransceiver(sources.pictures, {
    direction: 'sendrecv',
    sendEncodings: [{ maxBitrate: videoBitsPerSecond, maxFramerate: framesPerSecond }],
  });
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  pictures.setCodecPreferences(codecs.filter(({ mimeType }) => /VP8|rtx/i.test(mimeType)));
  const { sender } = pictures;
  await sender.setParameters(sender.getParameters());
  answerer.ontrack = ({ track }) => {
    if (track.kind === 'video') video.srcObject = new MediaStream([track]);
    // Chromium counts no sound that nobody plays.
    else void playing(track);
  };
  caller.ontrack = ({ track }) => void playing(track);
  await caller.setLocalDescription();
  await answerer.setRemoteDescription(caller.localDescription as RTCSessionDescription);
  await answerer.getTransceivers()[0]?.sender.replaceTrack(sources.sound);
  for (const line of answerer.getTransceivers()) line.direction = 'sendrecv';
  await answerer.setLocalDescription();
  await caller.setRemoteDescription(answerer.localDescription as RTCSessionDescription);
  end = () => {
    for (const one of [caller, answerer]) one.close();
  };
}

async function playing(track: MediaStreamTrack): Promise<void> {
  if (track.kind !== 'audio') return;
  const audio = new Audio();
  audio.srcObject = new MediaStream([track]);
  await audio.play();
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function comes(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('It did not come.');
    await wait(lookMs);
  }
}
