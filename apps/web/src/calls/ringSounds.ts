/**
 * The sounds of calls, made by the page: no file is fetched for them. Where the page may not sound yet, because nobody has
 * touched it, they begin with the first touch or key.
 */
export type RingSound = 'incoming' | 'outgoing' | 'ended';

interface Note {
  readonly hertz: number;
  readonly atMs: number;
  readonly forMs: number;
  readonly loudness: number;
}

/** Two rising thirds, twice: heard through a room, and not sharp. */
const incoming: readonly Note[] = [0, 900].flatMap((startMs) =>
  [587.3, 740, 880, 740].map((hertz, place) => ({
    hertz,
    atMs: startMs + place * 150,
    forMs: 420,
    loudness: 0.22,
  })),
);
const outgoing: readonly Note[] = [{ hertz: 425, atMs: 0, forMs: 1000, loudness: 0.06 }];
const ended: readonly Note[] = [
  { hertz: 480, atMs: 0, forMs: 160, loudness: 0.08 },
  { hertz: 360, atMs: 190, forMs: 260, loudness: 0.08 },
];
const everyMs = { incoming: 3200, outgoing: 4000 };
const vibration = [400, 200, 400, 200, 400];

let context: AudioContext | null = null;

/** Sounds until the returned function is called; `ended` sounds once. `vibrates`: a telephone does, too. */
export function playRing(sound: RingSound, vibrates = false): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let output: GainNode | null = null;
  const round = (): void => {
    if (stopped) return;
    if (vibrates) navigator.vibrate?.(vibration);
    const audio = openContext();
    if (audio !== null) {
      output = audio.createGain();
      output.connect(audio.destination);
      for (const note of notesOf(sound)) playNote(audio, output, note);
    }
    if (sound !== 'ended') timer = setTimeout(round, everyMs[sound]);
  };
  const stopWaiting = onceTouched(round);
  return () => {
    stopped = true;
    clearTimeout(timer);
    stopWaiting();
    if (vibrates && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(0);
    if (output !== null && context !== null) output.gain.setTargetAtTime(0, context.currentTime, 0.02);
  };
}

const touches = ['pointerup', 'keyup'] as const;

/** Acts as soon as somebody has touched the page: before that a browser refuses to sound and to vibrate, and complains. */
export function onceTouched(act: () => void): () => void {
  const stop = (): void => {
    for (const event of touches) window.removeEventListener(event, begin, { capture: true });
  };
  const begin = (): void => {
    stop();
    act();
  };
  if (navigator.userActivation?.hasBeenActive === false) {
    for (const event of touches) window.addEventListener(event, begin, { capture: true });
  } else act();
  return stop;
}

function notesOf(sound: RingSound): readonly Note[] {
  switch (sound) {
    case 'incoming':
      return incoming;
    case 'outgoing':
      return outgoing;
    case 'ended':
      return ended;
  }
}

function openContext(): AudioContext | null {
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume().catch(() => undefined);
    return context;
  } catch {
    // No sound device: what is seen is enough.
    return null;
  }
}

function playNote(audio: AudioContext, output: GainNode, { hertz, atMs, forMs, loudness }: Note): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  const startS = audio.currentTime + 0.03 + atMs / 1000;
  const endS = startS + forMs / 1000;
  oscillator.type = 'triangle';
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, startS);
  gain.gain.linearRampToValueAtTime(loudness, startS + 0.02);
  gain.gain.setTargetAtTime(0, Math.max(startS + 0.02, endS - 0.2), 0.06);
  oscillator.connect(gain).connect(output);
  oscillator.start(startS);
  oscillator.stop(endS + 0.1);
}
