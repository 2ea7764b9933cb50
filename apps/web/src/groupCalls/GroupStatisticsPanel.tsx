import type { GroupCallSession, GroupCallStatistics } from '@sotto/sdk/groupCalls';
import { type Figures, FiguresPanel } from '../calls/FiguresPanel.tsx';
import { callWords } from '../wordsCalls.ts';

const say = callWords.statistics;

/** What the browser measures of a group's call: what is sent, and of all that comes the sums. */
export function GroupStatisticsPanel({
  session,
  onClose,
}: {
  session: GroupCallSession;
  onClose: () => void;
}) {
  return <FiguresPanel source={session} rowsOf={rowsOf} onClose={onClose} />;
}

function rowsOf(figures: GroupCallStatistics): Figures {
  const { route, roundTripMs, audioSent, received, frames, cameraSent, screenSent } = figures;
  const sent = [screenSent, cameraSent.at(-1) ?? null].find(
    (picture) => picture !== null && picture.width > 0,
  );
  const available = figures.availableOutgoingBitsPerSecond;
  const losses = received.flatMap(({ audio }) => (audio === null ? [] : [audio.lossShare]));
  const pictures = received.flatMap(({ camera, screen }) => [camera, screen]).filter((one) => one !== null);
  return [
    [say.route, route === null ? null : say.way(route.kind === 'direct', route.protocol)],
    [say.roundTrip, roundTripMs === null ? null : say.milliseconds(roundTripMs)],
    [say.sent, say.kilobits(figures.sentBitsPerSecond)],
    [say.received, say.kilobits(figures.receivedBitsPerSecond)],
    [say.available, available === null ? null : say.kilobits(available)],
    [say.loss, losses.length === 0 ? null : say.share(Math.max(...losses))],
    [say.lossThere, audioSent?.lossShare == null ? null : say.share(audioSent.lossShare)],
    [
      say.pictureSent,
      sent == null ? null : say.picture(sent.width, sent.height, sent.framesPerSecond, sent.codec),
    ],
    [say.limited, sent == null || sent.limitedBy === 'none' ? null : say.limitedBy[sent.limitedBy]],
    [say.layers, cameraSent.length === 0 ? null : say.layersOf(cameraSent.map(({ width }) => width))],
    [say.pictures, String(pictures.length)],
    [say.frames, say.framesOf(frames.sealed, frames.opened, frames.notOpened)],
    [say.cipher, figures.transportCipher],
  ];
}
