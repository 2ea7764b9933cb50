import { type KeyboardEvent, type PointerEvent, useId } from 'react';
import { mediaSentences as say } from '../mediaSentences.ts';

interface WaveformProps {
  /** Loudness, 0 to 255; without any, a plain line. */
  levels: Uint8Array;
  durationMs: number;
  positionMs: number;
  onSeek: (positionMs: number) => void;
}

const bars = 46;
const places = Array.from({ length: bars }, (_, place) => place);
const stepMs = 5000;

/** How loud a voice message is over its time; a slider to any place of it. */
export function Waveform({ levels, durationMs, positionMs, onSeek }: WaveformProps) {
  const clip = useId();
  const part = durationMs === 0 ? 0 : Math.min(1, positionMs / durationMs);
  const pointer = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    onSeek(Math.max(0, Math.min(1, (event.clientX - left) / width)) * durationMs);
  };
  const key = (event: KeyboardEvent): void => {
    const to = {
      ArrowRight: positionMs + stepMs,
      ArrowUp: positionMs + stepMs,
      ArrowLeft: positionMs - stepMs,
      ArrowDown: positionMs - stepMs,
      Home: 0,
      End: durationMs,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onSeek(Math.max(0, Math.min(durationMs, to)));
  };
  return (
    <div
      className="waveform"
      role="slider"
      tabIndex={0}
      aria-label={say.voice.seek}
      aria-valuemin={0}
      aria-valuemax={Math.round(durationMs / 1000)}
      aria-valuenow={Math.round(positionMs / 1000)}
      aria-valuetext={say.voice.at(say.duration(positionMs), say.duration(durationMs))}
      onPointerDown={pointer}
      onPointerMove={pointer}
      onKeyDown={key}
    >
      <svg viewBox={`0 0 ${bars * 4} 24`} preserveAspectRatio="none" aria-hidden="true">
        <defs>
          <clipPath id={clip}>
            <rect x="0" y="0" width={part * bars * 4} height="24" />
          </clipPath>
        </defs>
        <Bars levels={levels} />
        <g className="waveform-played" clipPath={`url(#${clip})`}>
          <Bars levels={levels} />
        </g>
      </svg>
    </div>
  );
}

function Bars({ levels }: { levels: Uint8Array }) {
  return places.map((place) => {
    const level = (levels[Math.floor((place * levels.length) / bars)] ?? 0) / 255;
    const height = 3 + level * 21;
    return <rect key={place} x={place * 4} y={12 - height / 2} width="2.4" height={height} rx="1.2" />;
  });
}
