/**
 * In pages of tests: keeps every track and connection that the page under test opens, and says what is to be seen and heard of its
 * call. Imported first.
 */
import type { CallProblemNow } from '../../callMedia/mediaTypes.ts';
import type { CallSession, CallState, CallStatistics, Calls, DeviceCheck } from '../callSession.ts';

interface Seen {
  readonly width: number;
  readonly height: number;
  /** Different colours among 64 by 36 points. */
  readonly colours: number;
}
export interface Observed {
  readonly state: CallState;
  readonly statistics: CallStatistics | null;
  readonly camera: Seen;
  readonly screen: Seen;
  readonly levels: { readonly local: number; readonly remote: number };
}

declare global {
  var calls: Calls;
  var session: CallSession;
  var check: DeviceCheck;
  var violations: string[];
  /** Kinds of all phases of `session`, in order. */
  var phases: string[];
  /** Every problem that `session` had, also those that were shown for a moment only. */
  var problems: CallProblemNow[];
  /** Every track that a device gave to this page. */
  var opened: MediaStreamTrack[];
  /** Every connection that was made, the last one last. */
  var connections: RTCPeerConnection[];
  var follow: (session: CallSession) => void;
  var observeCall: () => Promise<Observed>;
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
for (const name of ['getUserMedia', 'getDisplayMedia'] as const) {
  const open = navigator.mediaDevices[name].bind(navigator.mediaDevices);
  navigator.mediaDevices[name] = async (constraints) => {
    const stream = await open(constraints);
    opened.push(...stream.getTracks());
    return stream;
  };
}

const videos = { camera: document.createElement('video'), screen: document.createElement('video') };
for (const video of Object.values(videos)) {
  video.autoplay = true;
  video.muted = true;
  document.body.append(video);
}

globalThis.follow = (session) => {
  globalThis.session = session;
  globalThis.phases = [];
  globalThis.problems = [];
  videos.camera.srcObject = session.streams.remoteCamera;
  videos.screen.srcObject = session.streams.remoteScreen;
  session.watch((state) => {
    if (phases.at(-1) !== state.phase.kind) phases.push(state.phase.kind);
    problems.push(...state.problems);
  });
};

globalThis.observeCall = async () => ({
  state: session.state,
  statistics: await session.statistics(),
  camera: look(videos.camera),
  screen: look(videos.screen),
  levels: session.levels(),
});

function look(video: HTMLVideoElement): Seen {
  const [width, height] = [video.videoWidth, video.videoHeight];
  if (width === 0) return { width, height, colours: 0 };
  const canvas = new OffscreenCanvas(64, 36);
  const context = canvas.getContext('2d');
  context?.drawImage(video, 0, 0, 64, 36);
  const points = context?.getImageData(0, 0, 64, 36).data ?? [];
  const colours = new Set<number>();
  for (let at = 0; at < points.length; at += 4)
    colours.add(
      ((points[at] ?? 0) >> 4) * 256 + ((points[at + 1] ?? 0) >> 4) * 16 + ((points[at + 2] ?? 0) >> 4),
    );
  return { width, height, colours: colours.size };
}
