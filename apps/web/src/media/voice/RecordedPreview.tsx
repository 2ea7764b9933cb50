import { useEffect, useRef, useState } from 'react';
import { MediaIconButton } from '../MediaIconButton.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import type { Recording } from './recorder.ts';
import { Waveform } from './Waveform.tsx';

/** What was just said has no captions. */
const Sound = 'audio';
const say = mediaSentences.voice;

/** What was recorded, to listen to before it is sent. */
export function RecordedPreview({ recording }: { recording: Recording }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [address, setAddress] = useState<string | null>(null);
  const [playing, setPlaying] = useState(false);
  const [positionMs, setPositionMs] = useState(0);
  useEffect(() => {
    const made = URL.createObjectURL(recording.blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [recording]);
  const toggle = (): void => {
    if (playing) audio.current?.pause();
    else audio.current?.play().catch(() => undefined);
  };
  return (
    <>
      <MediaIconButton
        icon={playing ? 'pause' : 'play'}
        label={playing ? say.stopPlaying : say.listen}
        onClick={toggle}
      />
      <Waveform
        levels={recording.waveform}
        durationMs={recording.durationMs}
        positionMs={positionMs}
        onSeek={(toMs) => {
          if (audio.current !== null) audio.current.currentTime = toMs / 1000;
          setPositionMs(toMs);
        }}
      />
      <span className="voicePanel-time">
        {mediaSentences.duration(positionMs > 0 ? positionMs : recording.durationMs)}
      </span>
      <Sound
        ref={audio}
        src={address ?? undefined}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => setPositionMs(event.currentTarget.currentTime * 1000)}
        onEnded={() => setPositionMs(0)}
      />
    </>
  );
}
