/**
 * The lines of the connection to the relay (spec/groupCallMedia.md, "Lines"): four to send on, and slots to receive in, which
 * are filled by what is watched. They are never taken away, so that whoever comes and goes changes no description.
 */
import { preferCodecs } from '../callMedia/preferCodecs.ts';
import { createSendingLine, type SendingLine } from '../callMedia/sendingLine.ts';
import { eachSlot, type SlotName, type Slots, slotNames } from '../callMedia/slots.ts';

/** What the frame worker does, as far as lines need it. */
export interface FrameLines {
  /** Resolves with the transform's id once every frame goes through it. */
  secure(
    target: RTCRtpSender | RTCRtpReceiver,
    kind: 'audio' | 'video',
    codec: 'opus' | 'vp8',
  ): Promise<number>;
}

export interface OwnLine {
  readonly slot: SlotName;
  readonly transceiver: RTCRtpTransceiver;
  readonly line: SendingLine;
}
export interface ReceivingLine {
  readonly isVideo: boolean;
  readonly transceiver: RTCRtpTransceiver;
  /** Null while it is not confirmed that every frame is opened: nothing is played before. */
  transformId: number | null;
}

/** The smallest picture first: each layer is half as wide as the next. */
const layerRids = ['q', 'h', 'f'] as const;
const layerScales = [4, 2, 1];

const kinds: Slots<'audio' | 'video'> = {
  microphone: 'audio',
  camera: 'video',
  screen: 'video',
  screenSound: 'audio',
};

export function addOwnLines(
  connection: RTCPeerConnection,
  frames: FrameLines,
  failed: () => void,
): Slots<OwnLine> {
  const streams = { person: new MediaStream(), screen: new MediaStream() };
  const lines = eachSlot((slot): OwnLine => {
    const kind = kinds[slot];
    const transceiver = connection.addTransceiver(kind, {
      direction: 'sendonly',
      streams: [slot === 'microphone' || slot === 'camera' ? streams.person : streams.screen],
      sendEncodings:
        slot === 'camera'
          ? layerRids.map((rid, at) => ({ rid, active: false, scaleResolutionDownBy: layerScales[at] ?? 1 }))
          : [{ active: kinds[slot] === 'audio' }],
    });
    preferCodecs(transceiver);
    return { slot, transceiver, line: createSendingLine(transceiver.sender) };
  });
  for (const slot of slotNames) {
    const { transceiver, line } = lines[slot];
    frames
      .secure(transceiver.sender, kinds[slot], kinds[slot] === 'audio' ? 'opus' : 'vp8')
      .then(() => line.protected(), failed);
  }
  return lines;
}

/** `changed`: one more is confirmed. */
export function addReceivingLine(
  connection: RTCPeerConnection,
  frames: FrameLines,
  isVideo: boolean,
  events: { changed(): void; failed(): void },
): ReceivingLine {
  const kind = isVideo ? 'video' : 'audio';
  const transceiver = connection.addTransceiver(kind, { direction: 'recvonly' });
  preferCodecs(transceiver);
  const line: ReceivingLine = { isVideo, transceiver, transformId: null };
  frames.secure(transceiver.receiver, kind, isVideo ? 'vp8' : 'opus').then((id) => {
    line.transformId = id;
    events.changed();
  }, events.failed);
  return line;
}
