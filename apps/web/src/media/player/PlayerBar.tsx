import { useGone } from '../../disappearing/usePresence.ts';
import { IconButton } from '../../parts/IconButton.tsx';
import { navigate } from '../../routing/useRoute.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { MediaIconButton } from '../MediaIconButton.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import { close, pause, play, rates, setRate, usePlayer, useRate } from './player.ts';
import './player.css';

const say = mediaSentences.voice;

/** What plays, above whichever conversation is open. */
export default function PlayerBar() {
  const sotto = useSotto();
  const { track, playing, positionMs } = usePlayer();
  const rate = useRate();
  const held = track === null ? [] : [{ messageId: track.attachment.messageId, timer: track.timer }];
  useGone(track?.attachment.conversationId ?? null, held, close);
  if (track === null) return null;
  const { attachment, order, view } = track;
  const { durationMs } = view;
  return (
    <section className="player" aria-label={say.playing(track.from)}>
      <MediaIconButton
        icon={playing ? 'pause' : 'play'}
        label={playing ? say.stopPlaying : say.play}
        onClick={() => (playing ? pause() : play(sotto, track, positionMs))}
      />
      <button
        type="button"
        className="player-what"
        title={say.showPlaying}
        onClick={() =>
          navigate({
            kind: 'conversation',
            conversationId: attachment.conversationId,
            details: false,
            order,
          })
        }
      >
        <bdi>{view.kind === 'audio' ? view.name : track.from}</bdi>
        <small>{say.at(mediaSentences.duration(positionMs), mediaSentences.duration(durationMs))}</small>
      </button>
      <button
        type="button"
        className="rateButton"
        aria-label={say.speed(rate)}
        onClick={() => setRate(rates[(rates.indexOf(rate as 1) + 1) % rates.length] ?? 1)}
      >
        {say.rate(rate)}
      </button>
      <IconButton icon="close" label={say.closePlayer} onClick={close} />
      <span
        className="player-line"
        aria-hidden="true"
        style={{ transform: `scaleX(${durationMs === 0 ? 0 : Math.min(1, positionMs / durationMs)})` }}
      />
    </section>
  );
}
