import { Icon } from '../../parts/Icon.tsx';
import type { AttachmentRef, AttachmentView, MessageView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { MediaIcon } from '../MediaIcon.tsx';
import { mediaSentences as say } from '../mediaSentences.ts';
import { isTrack, pause, play, rates, seek, setRate, trackOf, usePlayer, useRate } from '../player/player.ts';
import { saveAttachment } from '../transfer/save.ts';
import { Waveform } from '../voice/Waveform.tsx';
import { TransferRing, transferText } from './TransferRing.tsx';

interface VoiceRowProps {
  view: AttachmentView;
  attachment: AttachmentRef;
  message: MessageView;
}

/** A voice message or another sound: play, go to any place, faster. */
export function VoiceRow({ view, attachment, message }: VoiceRowProps) {
  const sotto = useSotto();
  const player = usePlayer();
  const rate = useRate();
  const current = isTrack(player, attachment);
  const playing = current && player.playing;
  const positionMs = current ? player.positionMs : 0;
  const { transfer } = view;
  const sending = transfer.kind === 'uploading' || transfer.kind === 'preparing' ? transfer : null;
  const failed = transfer.kind === 'failed' ? transfer.reason : null;
  const problem = failed ?? (current ? player.problem : null);

  const playFrom = (fromMs: number): void => {
    const track = trackOf(message, attachment.index);
    if (track !== null) play(sotto, track, fromMs);
  };
  const press = (): void => {
    if (sending !== null) {
      if (sending.paused) sotto.resumeTransfer(attachment);
      else sotto.pauseTransfer(attachment);
    } else if (failed !== null) sotto.resumeTransfer(attachment);
    else if (playing) pause();
    else playFrom(positionMs);
  };
  const label =
    sending !== null
      ? sending.paused
        ? say.bubble.resume
        : say.bubble.pause
      : failed !== null
        ? say.bubble.retry
        : playing
          ? say.voice.stopPlaying
          : say.voice.play;
  const time = say.duration(current && positionMs > 0 ? positionMs : view.durationMs);
  return (
    <div className="fileRow-whole">
      <div className="media-row voiceRow">
        <button type="button" className="fileRow-button" aria-label={label} title={label} onClick={press}>
          {sending !== null ? (
            <TransferRing transfer={sending}>
              <MediaIcon name={sending.paused ? 'play' : 'pause'} />
            </TransferRing>
          ) : failed !== null ? (
            <Icon name="refresh" />
          ) : (
            <MediaIcon name={playing ? 'pause' : 'play'} />
          )}
        </button>
        <span className="voiceRow-middle">
          {view.kind === 'audio' && (
            <bdi className="fileRow-name" title={view.name}>
              {view.name}
            </bdi>
          )}
          <Waveform
            levels={view.waveform}
            durationMs={view.durationMs}
            positionMs={positionMs}
            onSeek={(toMs) => (current && player.problem === null ? seek(toMs) : playFrom(toMs))}
          />
          <small>{sending === null ? time : transferText(sending)}</small>
        </span>
        {current && (
          <button
            type="button"
            className="rateButton"
            aria-label={say.voice.speed(rate)}
            onClick={() => setRate(rates[(rates.indexOf(rate as 1) + 1) % rates.length] ?? 1)}
          >
            {say.voice.rate(rate)}
          </button>
        )}
        {sending !== null && (
          <button
            type="button"
            className="iconButton"
            aria-label={say.bubble.cancel}
            onClick={() => sotto.cancelTransfer(attachment)}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      {problem !== null && (
        <p className="media-problem" role="status">
          {problem === 'notPlayed' ? say.voice.notPlayed : say.problem(problem)}
          {problem === 'notPlayed' && (
            <button type="button" onClick={() => saveAttachment(sotto, attachment, view)}>
              {say.viewer.save}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
