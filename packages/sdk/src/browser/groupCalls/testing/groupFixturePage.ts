/**
 * The page of `groupCalls.browser.test.ts`: a group call over an engine that is in the process of the test. Its camera is one
 * colour that flickers, its microphone a tone, so that it can be told who is seen and heard.
 */
import type { GroupCallProblem, GroupCallSeat, GroupCallSignals, Outcome } from '@sotto/client/api';
import type { CallId } from '@sotto/protocol';
import { createCalls } from '../../calls/createCalls.ts';
import { createGroupCalls } from '../createGroupCalls.ts';
import type {
  GroupCallSession,
  GroupCallState,
  GroupCallStatistics,
  GroupCalls,
  PictureSource,
} from '../groupCallSession.ts';
import type { GroupCallsPort } from '../groupLeg.ts';
import type { TextSignals } from './standInGroup.ts';

/** Mean colour of a picture, and how large it is. */
interface Seen {
  readonly width: number;
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

declare global {
  var engine: (command: string, argument: unknown) => Promise<unknown>;
  var groupSignal: (signals: TextSignals) => void;
  var violations: string[];
  /** Every track that a device gave to this page, and every connection. */
  var opened: MediaStreamTrack[];
  var connections: RTCPeerConnection[];
  var groupCalls: GroupCalls;
  var groupSession: GroupCallSession;
  var phases: string[];
  /** Every reaction that was shown, also those that are gone. */
  var reactions: string[];
  /** Red, green and blue of the camera; cameras and screens differ in nothing else. */
  var dress: (red: number, green: number, blue: number) => void;
  var followGroup: (session: GroupCallSession) => void;
  /** Shows these pictures of all others. */
  var showAll: (source: PictureSource, widthPx: number) => void;
  var statistics: () => Promise<GroupCallStatistics | null>;
  var look: (joinId: string, source: PictureSource) => Seen;
  var stateNow: () => GroupCallState;
}

globalThis.violations = [];
globalThis.opened = [];
globalThis.connections = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));

const Connection = globalThis.RTCPeerConnection;
globalThis.RTCPeerConnection = class extends Connection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
};

let colour = [128, 128, 128];
globalThis.dress = (...next) => {
  colour = next;
};

function openPicture(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const context = canvas.getContext('2d');
  let drawn = 0;
  setInterval(() => {
    drawn++;
    if (context === null) return;
    context.fillStyle = `rgb(${colour.join(' ')})`;
    context.fillRect(0, 0, 640, 360);
    context.fillStyle = 'white';
    context.fillRect((drawn * 16) % 640, 0, 24, 24);
  }, 66);
  const [track] = canvas.captureStream(15).getVideoTracks();
  if (track === undefined) throw new Error('no track');
  return track;
}

function openSound(): MediaStreamTrack {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const tone = new OscillatorNode(context, { frequency: 440 });
  tone.connect(new GainNode(context, { gain: 0.3 })).connect(destination);
  tone.start();
  const [track] = destination.stream.getAudioTracks();
  if (track === undefined) throw new Error('no track');
  return track;
}

navigator.mediaDevices.getUserMedia = async (constraints) => {
  const track = constraints?.video === undefined ? openSound() : openPicture();
  opened.push(track);
  return new MediaStream([track]);
};
navigator.mediaDevices.getDisplayMedia = async () => {
  const track = openPicture();
  opened.push(track);
  return new MediaStream([track]);
};

let listener: ((signals: GroupCallSignals) => void) | null = null;
globalThis.groupSignal = ({ frameKeys, seatEvent, ...signals }) => {
  listener?.({
    ...signals,
    frameKeys: frameKeys.map((key) => Uint8Array.fromHex(key)),
    seatEvent:
      seatEvent === null ? null : { number: seatEvent.number, event: Uint8Array.fromHex(seatEvent.event) },
  });
};

const ask = async <Value>(command: string, argument: unknown): Promise<Outcome<Value, GroupCallProblem>> =>
  (await globalThis.engine(command, argument)) as Outcome<Value, GroupCallProblem>;
const port: GroupCallsPort = {
  startGroupCall: () => ask<{ callId: CallId }>('start', null),
  joinGroupCall: ({ frameKey, media }) => ask<GroupCallSeat>('join', { frameKey: frameKey.toHex(), media }),
  async askCallSeat(_callId, request) {
    const answer = await ask<string>('ask', request.toHex());
    return answer.kind === 'ok' ? { kind: 'ok', value: Uint8Array.fromHex(answer.value) } : answer;
  },
  updateGroupCall: (_callId, media) => ask('update', media),
  reactInGroupCall: (_callId, emoji) => ask('react', emoji),
  controlGroupCall: (_callId, control) => ask('control', control),
  async leaveGroupCall() {
    await ask('leave', null);
  },
  declineGroupCall: async () => {},
  updateCall: async () => ({ kind: 'ok', value: null }),
  watch(view, tell) {
    if (view.kind !== 'groupCallSignals') return () => {};
    listener = tell as unknown as (signals: GroupCallSignals) => void;
    void ask('watch', null);
    return () => {
      listener = null;
    };
  },
};
globalThis.groupCalls = createGroupCalls(port, createCalls(port as never));

const videos = new Map<string, HTMLVideoElement>();
globalThis.followGroup = (session) => {
  globalThis.groupSession = session;
  globalThis.phases = [];
  globalThis.reactions = [];
  session.watch((state) => {
    if (phases.at(-1) !== state.phase.kind) phases.push(state.phase.kind);
    reactions.push(...state.reactions.map(({ emoji }) => emoji));
  });
};
globalThis.showAll = (source, widthPx) => {
  groupSession.show(
    groupSession.state.participants
      .filter(({ isSelf }) => !isSelf)
      .map(({ joinId }) => ({ joinId, source, widthPx })),
  );
};
globalThis.statistics = () => groupSession.statistics();
globalThis.stateNow = () => groupSession.state;
globalThis.look = (joinId, source) => {
  const key = `${joinId} ${source}`;
  const video = videos.get(key) ?? document.createElement('video');
  if (!videos.has(key)) {
    videos.set(key, video);
    video.autoplay = true;
    video.muted = true;
    document.body.append(video);
    video.srcObject = groupSession.streamOf(joinId, source);
  }
  const width = video.videoWidth;
  if (width === 0) return { width, red: 0, green: 0, blue: 0 };
  const context = new OffscreenCanvas(16, 9).getContext('2d');
  context?.drawImage(video, 0, 0, 16, 9);
  const points = context?.getImageData(0, 0, 16, 9).data ?? new Uint8ClampedArray();
  const mean = (at: number): number => {
    let sum = 0;
    for (let index = at; index < points.length; index += 4) sum += points[index] ?? 0;
    return Math.round((sum * 4) / points.length);
  };
  return { width, red: mean(0), green: mean(1), blue: mean(2) };
};
