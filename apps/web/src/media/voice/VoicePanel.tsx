import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { IconButton } from '../../parts/IconButton.tsx';
import type { ConversationId, TransactionId } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { useThreadActions } from '../../thread/ThreadActions.ts';
import { MediaIconButton } from '../MediaIconButton.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import { pause as pausePlayer } from '../player/player.ts';
import { PlayLimit } from '../ViewLimit.tsx';
import type { Hold } from './hold.ts';
import { RecordedPreview } from './RecordedPreview.tsx';
import { Recorder, type RecorderProblem, type Recording, recordingLimitMs } from './recorder.ts';
import './voice.css';

interface VoicePanelProps {
  conversationId: ConversationId;
  replyTo: TransactionId | null;
  hold: Hold;
  /** From now on it records without a finger on it. */
  onLock: () => void;
  onSent: () => void;
  onClose: () => void;
}

const say = mediaSentences.voice;
const discardDistance = -90;
const lockDistance = -70;
const shortestMs = 500;
const shownLevels = 40;
const places = Array.from({ length: shownLevels }, (_, place) => place);

type State =
  | { readonly kind: 'asking' }
  | { readonly kind: 'recording'; readonly paused: boolean }
  | { readonly kind: 'preview'; readonly recording: Recording }
  | { readonly kind: 'problem'; readonly sentence: string };

/** Recording, and listening to it before it is sent. */
export default function VoicePanel({
  conversationId,
  replyTo,
  hold,
  onLock,
  onSent,
  onClose,
}: VoicePanelProps) {
  const sotto = useSotto();
  const { showSent } = useThreadActions();
  const recorder = useRef<Recorder | null>(null);
  const [state, setState] = useState<State>({ kind: 'asking' });
  const [levels, setLevels] = useState<readonly number[]>([]);
  const [elapsedMs, setElapsedMs] = useState(0);
  const [views, setViews] = useState(0);
  const panel = useRef<HTMLFieldSetElement>(null);
  const done = useRef(false);
  /** Let go of before the microphone was there: what comes now is not wanted. */
  const isGivenUp = useRef(false);

  const measured = useEffectEvent((level: number, ms: number) => {
    setLevels((now) => [...now.slice(1 - shownLevels), level]);
    setElapsedMs(ms);
    if (ms >= recordingLimitMs) stop();
  });
  useEffect(() => {
    let current = true;
    pausePlayer();
    Recorder.start(measured).then((started) => {
      if (typeof started === 'string') {
        if (current) setState({ kind: 'problem', sentence: sentenceOf(started) });
      } else if (current && !isGivenUp.current) {
        recorder.current = started;
        setState({ kind: 'recording', paused: false });
      } else started.discard();
    });
    return () => {
      current = false;
      recorder.current?.discard();
    };
  }, []);
  const isFree = hold.state === 'none';
  useEffect(() => {
    if (isFree) panel.current?.querySelector<HTMLElement>('[data-first]')?.focus({ preventScroll: true });
  }, [isFree]);

  const send = async (recording: Recording): Promise<void> => {
    if (done.current) return;
    done.current = true;
    const outcome = await sotto
      .sendMessage(conversationId, {
        text: '',
        attachments: [
          {
            source: recording.blob,
            kind: 'voice',
            name: `Voice ${new Date().toLocaleDateString('sv')}.${extensionOf(recording.mediaType)}`,
            mediaType: recording.mediaType,
            width: 0,
            height: 0,
            durationMs: recording.durationMs,
            thumbnail: new Uint8Array(),
            placeholder: new Uint8Array(),
            waveform: views > 0 ? new Uint8Array() : recording.waveform,
            views,
          },
        ],
        ...(replyTo === null ? {} : { replyTo }),
      })
      .catch(() => null);
    if (outcome?.kind === 'ok') {
      showSent(outcome.value);
      onSent();
      return;
    }
    done.current = false;
    setState({ kind: 'preview', recording });
  };
  const finish = async (): Promise<Recording | null> => (await recorder.current?.finish()) ?? null;
  const stop = async (): Promise<void> => {
    const recording = await finish();
    if (recording !== null) setState({ kind: 'preview', recording });
  };
  const sendNow = async (): Promise<void> => {
    const recording = state.kind === 'preview' ? state.recording : await finish();
    if (recording !== null) await send(recording);
  };
  const toggle = (): void => {
    const { current } = recorder;
    if (current === null) return;
    if (current.isPaused) current.resume();
    else current.pause();
    setState({ kind: 'recording', paused: current.isPaused });
  };

  // The finger decides: left deletes, up keeps on without it, letting go sends. Where it was counts also once it has let go.
  const followed = useEffectEvent(async () => {
    if (hold.x < discardDistance) onClose();
    else if (hold.y < lockDistance) onLock();
    else if (hold.state === 'released') {
      if ((recorder.current?.elapsedMs ?? 0) < shortestMs) {
        if (state.kind === 'problem') onLock();
        else setState({ kind: 'problem', sentence: say.short });
        isGivenUp.current = true;
        recorder.current?.discard();
      } else await sendNow();
    }
  });
  useEffect(() => {
    void hold;
    followed();
  }, [hold]);

  const { kind } = state;
  const held = hold.state === 'held';
  return (
    <fieldset
      className="voicePanel"
      ref={panel}
      aria-label={say.recording}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      {state.kind === 'problem' ? (
        <>
          <p role="alert">{state.sentence}</p>
          <IconButton icon="close" label={say.discard} onClick={onClose} data-first />
        </>
      ) : (
        <>
          {!held && <MediaIconButton icon="trash" label={say.discard} onClick={onClose} />}
          {state.kind === 'preview' ? (
            <RecordedPreview recording={state.recording} />
          ) : (
            <>
              <span className="voicePanel-sign" data-paused={kind === 'recording' && state.paused} />
              <span className="voicePanel-time" role="timer" aria-label={say.recording}>
                {mediaSentences.duration(elapsedMs)}
              </span>
              <Levels levels={levels} />
              {held ? (
                <span className="voicePanel-hint">{say.release}</span>
              ) : (
                <>
                  <MediaIconButton
                    icon={kind === 'recording' && state.paused ? 'mic' : 'pause'}
                    label={kind === 'recording' && state.paused ? say.resume : say.pause}
                    onClick={toggle}
                  />
                  <MediaIconButton icon="stop" label={say.stop} onClick={stop} data-first />
                </>
              )}
            </>
          )}
          {!held && (
            <>
              {kind === 'preview' && <PlayLimit views={views} onChange={setViews} />}
              <IconButton
                icon="send"
                label={say.send}
                className="composer-send"
                aria-disabled={kind === 'asking'}
                onClick={sendNow}
              />
            </>
          )}
        </>
      )}
    </fieldset>
  );
}

function Levels({ levels }: { levels: readonly number[] }) {
  const now = levels.at(-1) ?? 0;
  return (
    <span className="voicePanel-levels">
      <meter className="hiddenText" min={0} max={1} value={now} aria-label={say.level} />
      <svg viewBox={`0 0 ${shownLevels * 4} 28`} preserveAspectRatio="none" aria-hidden="true">
        {places.map((place) => {
          const height = 3 + (levels[levels.length - shownLevels + place] ?? 0) * 25;
          return <rect key={place} x={place * 4} y={14 - height / 2} width="2.4" height={height} rx="1.2" />;
        })}
      </svg>
    </span>
  );
}

function sentenceOf(problem: RecorderProblem): string {
  return say[problem];
}

function extensionOf(mediaType: string): string {
  if (mediaType === 'audio/mp4') return 'm4a';
  return mediaType === 'audio/ogg' ? 'ogg' : 'webm';
}
