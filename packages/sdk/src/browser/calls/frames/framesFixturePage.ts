/**
 * The page of `frames.browser.test.ts`: two ends of a call that are connected to each other, each with its frame worker, a
 * picture of two colours and a tone.
 */
import { Worker } from '../../trustedWorker.ts';
import type { FrameCounts, FrameKeyResult } from './frameMessages.ts';
import { FrameWorker, frameConfiguration } from './frameWorker.ts';

/** The newcomer is connected to the caller, whose frame worker seals for both. */
export type Side = 'caller' | 'answerer' | 'newcomer';

export interface Observed {
  readonly counts: readonly FrameCounts[];
  readonly packetsSent: number;
  readonly framesEncoded: number;
  readonly framesDecoded: number;
  readonly freezes: number;
  /** Sum of the loudness of what was played. */
  readonly audioEnergy: number;
  readonly videoWidth: number;
  /** Red, green and blue in the middle of the left and of the right half. */
  readonly colours: readonly (readonly number[])[];
}

/** `replay`: of senders with another worker, which seals with this key (KID 0). `unsecured`: no transforms at all. */
export type Variant = { readonly kind: 'replay'; readonly baseKey: string } | { readonly kind: 'unsecured' };

interface End {
  readonly connection: RTCPeerConnection;
  readonly frames: FrameWorker;
  readonly video: HTMLVideoElement;
  /** Ids of the receivers' transforms. */
  readonly opens: Partial<Record<'audio' | 'video', number>>;
}

declare global {
  var violations: string[];
  var startFrameWorker: () => Promise<string>;
  var connectEnds: (variant?: Variant) => Promise<Record<'caller' | 'answerer', string>>;
  var connectNewcomer: () => Promise<string>;
  var expectThere: (side: Side, kind: 'audio' | 'video', ordinal: number | null) => void;
  var giveKey: (side: Side, callId: string, sealed: string) => Promise<FrameKeyResult>;
  var observe: (side: Side) => Promise<Observed>;
  var closeFrames: (side: Side) => void;
}

globalThis.violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));

const codecs = { audio: 'opus', video: 'vp8' } as const;
const ends = new Map<Side, End>();

async function startWorker(): Promise<FrameWorker> {
  const started = await FrameWorker.start();
  if (started.kind === 'problem') throw new Error(started.problem);
  return started.value;
}

/** Red on the left and blue on the right, with a square that moves. */
function picture(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = 160;
  canvas.height = 120;
  const context = canvas.getContext('2d')!;
  let frame = 0;
  setInterval(() => {
    context.fillStyle = '#f00';
    context.fillRect(0, 0, 80, 120);
    context.fillStyle = '#00f';
    context.fillRect(80, 0, 80, 120);
    context.fillStyle = '#fff';
    context.fillRect(frame++ % 150, 0, 10, 10);
  }, 50);
  return canvas.captureStream(20).getVideoTracks()[0]!;
}

function tone(): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = context.createOscillator();
  const destination = context.createMediaStreamDestination();
  oscillator.connect(destination);
  oscillator.start();
  return destination.stream.getAudioTracks()[0]!;
}

async function createEnd(side: Side): Promise<End> {
  const end = openEnd(await startWorker());
  ends.set(side, end);
  return end;
}

function openEnd(frames: FrameWorker): End {
  const connection = new RTCPeerConnection(frameConfiguration);
  const video = document.createElement('video');
  video.autoplay = true;
  video.srcObject = new MediaStream();
  document.body.append(video);
  connection.ontrack = ({ track }) => (video.srcObject as MediaStream).addTrack(track);
  return { connection, frames, video, opens: {} };
}

/** Tracks only for what is known to be sealed. */
async function secure({ connection, frames, opens }: End, variant?: Variant): Promise<void> {
  for (const { sender, receiver } of connection.getTransceivers()) {
    const kind = receiver.track.kind as 'audio' | 'video';
    if (variant?.kind !== 'unsecured') opens[kind] = await frames.secure(receiver, kind, codecs[kind]);
    if (variant === undefined) await frames.secure(sender, kind, codecs[kind]);
    if (variant?.kind === 'replay') replayFrom(sender, variant.baseKey, codecs[kind]);
    await sender.replaceTrack(kind === 'audio' ? tone() : picture());
  }
}

let replaying: globalThis.Worker | null = null;

function replayFrom(sender: RTCRtpSender, baseKey: string, codec: string): void {
  replaying ??= new Worker(new URL('./framesFixtureWorker.ts', import.meta.url), { type: 'module' });
  const options = { baseKey: Uint8Array.fromHex(baseKey), codec };
  sender.transform = new RTCRtpScriptTransform(replaying, options);
}

/** With all of its addresses. */
async function describe({ connection }: End): Promise<RTCSessionDescription> {
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      connection.onicegatheringstatechange = resolve;
    });
  }
  return connection.localDescription!;
}

function useVp8(connection: RTCPeerConnection): void {
  const vp8 = RTCRtpReceiver.getCapabilities('video')!.codecs.filter(
    ({ mimeType }) => mimeType === 'video/VP8',
  );
  for (const transceiver of connection.getTransceivers()) {
    if (transceiver.receiver.track.kind === 'video') transceiver.setCodecPreferences(vp8);
  }
}

globalThis.startFrameWorker = async () => {
  const started = await FrameWorker.start();
  return started.kind === 'ok' ? 'ok' : started.problem;
};

globalThis.connectEnds = async (variant) => {
  const [caller, answerer] = [await createEnd('caller'), await createEnd('answerer')];
  await connect(caller, answerer, variant);
  return { caller: caller.frames.frameKey.toHex(), answerer: answerer.frames.frameKey.toHex() };
};

globalThis.connectNewcomer = async () => {
  const newcomer = await createEnd('newcomer');
  await connect(openEnd(ends.get('caller')!.frames), newcomer);
  return newcomer.frames.frameKey.toHex();
};

async function connect(caller: End, answerer: End, variant?: Variant): Promise<void> {
  for (const kind of ['audio', 'video'] as const) {
    caller.connection.addTransceiver(kind, { direction: 'sendrecv' });
  }
  useVp8(caller.connection);
  await secure(caller, variant);
  await answerer.connection.setRemoteDescription(await describe(caller));
  for (const transceiver of answerer.connection.getTransceivers()) transceiver.direction = 'sendrecv';
  await secure(answerer, variant);
  await caller.connection.setRemoteDescription(await describe(answerer));
}

globalThis.expectThere = (side, kind, ordinal) => {
  const { frames, opens } = ends.get(side)!;
  frames.expect(opens[kind]!, ordinal);
};

globalThis.giveKey = (side, callId, sealed) =>
  ends.get(side)!.frames.takeKey(Uint8Array.fromHex(callId), Uint8Array.fromHex(sealed));

globalThis.closeFrames = (side) => ends.get(side)!.frames.close();

globalThis.observe = async (side) => {
  const { connection, frames, video } = ends.get(side)!;
  const sums = { packetsSent: 0, framesEncoded: 0, framesDecoded: 0, freezeCount: 0, totalAudioEnergy: 0 };
  for (const report of (await connection.getStats()).values()) {
    if (report.type !== 'inbound-rtp' && report.type !== 'outbound-rtp') continue;
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += report[name] ?? 0;
  }
  return {
    counts: await frames.counts().catch(() => []),
    packetsSent: sums.packetsSent,
    framesEncoded: sums.framesEncoded,
    framesDecoded: sums.framesDecoded,
    freezes: sums.freezeCount,
    audioEnergy: sums.totalAudioEnergy,
    videoWidth: video.videoWidth,
    colours: coloursOf(video),
  };
};

function coloursOf(video: HTMLVideoElement): number[][] {
  if (video.videoWidth === 0) return [];
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(video, 0, 0);
  return [0.25, 0.75].map((part) => {
    const x = Math.floor(canvas.width * part);
    return [...context.getImageData(x, Math.floor(canvas.height / 2), 1, 1).data.slice(0, 3)];
  });
}
