import type { CallSession, CallStatistics } from '@sotto/sdk/calls';
import { callWords } from '../wordsCalls.ts';
import { type Figures, FiguresPanel } from './FiguresPanel.tsx';

const say = callWords.statistics;

/** What the browser measures of a call of two. */
export function StatisticsPanel({ session, onClose }: { session: CallSession; onClose: () => void }) {
  return <FiguresPanel source={session} rowsOf={rowsOf} onClose={onClose} />;
}

function isShown<Picture extends { readonly width: number }>(picture: Picture | null): picture is Picture {
  return picture !== null && picture.width > 0;
}

function rowsOf(figures: CallStatistics): Figures {
  const { route, roundTripMs, audioSent, audioReceived, frames } = figures;
  // Of a screen that is shared, rather than of the camera beside it.
  const sent = [figures.screenSent, figures.cameraSent].find(isShown) ?? null;
  const received = [figures.screenReceived, figures.cameraReceived].find(isShown) ?? null;
  return [
    [say.route, route === null ? null : say.way(route.kind === 'direct', route.protocol)],
    [say.roundTrip, roundTripMs === null ? null : say.milliseconds(roundTripMs)],
    [say.sent, say.kilobits(figures.sentBitsPerSecond)],
    [say.received, say.kilobits(figures.receivedBitsPerSecond)],
    [
      say.available,
      figures.availableOutgoingBitsPerSecond === null
        ? null
        : say.kilobits(figures.availableOutgoingBitsPerSecond),
    ],
    [say.loss, audioReceived === null ? null : say.share(audioReceived.lossShare)],
    [say.lossThere, audioSent?.lossShare == null ? null : say.share(audioSent.lossShare)],
    [say.jitter, audioReceived?.jitterMs == null ? null : say.milliseconds(audioReceived.jitterMs)],
    [
      say.pictureSent,
      sent === null ? null : say.picture(sent.width, sent.height, sent.framesPerSecond, sent.codec),
    ],
    [say.limited, sent === null || sent.limitedBy === 'none' ? null : say.limitedBy[sent.limitedBy]],
    [
      say.pictureReceived,
      received === null
        ? null
        : say.picture(received.width, received.height, received.framesPerSecond, received.codec),
    ],
    [say.frames, say.framesOf(frames.sealed, frames.opened, frames.notOpened)],
    [say.cipher, figures.transportCipher],
  ];
}
