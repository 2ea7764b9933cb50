/** How loud a track is at a moment. */
export interface LevelMeter {
  /** Null for nothing to hear. */
  listenTo(track: MediaStreamTrack | null): void;
  /** 0 to 1, where 1 is as loud as it gets. */
  level(): number;
  close(): void;
}

/** Below this nobody hears anything, in decibels of full scale. */
const quietest = -60;

export function createLevelMeter(): LevelMeter {
  let context: AudioContext | null = null;
  let analyser: AnalyserNode | null = null;
  let source: MediaStreamAudioSourceNode | null = null;
  let heard: MediaStreamTrack | null = null;
  let wanted: MediaStreamTrack | null = null;
  const samples = new Float32Array(1024);

  /** Only once somebody looks: it costs a thread. */
  function connect(): void {
    if (wanted === heard) return;
    source?.disconnect();
    source = null;
    heard = wanted;
    if (heard === null || heard.readyState === 'ended') return;
    context ??= new AudioContext();
    analyser ??= new AnalyserNode(context, { fftSize: samples.length });
    if (context.state === 'suspended') void context.resume().catch(() => {});
    source = context.createMediaStreamSource(new MediaStream([heard]));
    source.connect(analyser);
  }

  return {
    listenTo(track) {
      wanted = track;
    },
    level() {
      connect();
      if (analyser === null || source === null) return 0;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      if (power === 0) return 0;
      return Math.min(1, Math.max(0, (10 * Math.log10(power) - quietest) / -quietest));
    },
    close() {
      source?.disconnect();
      source = null;
      heard = null;
      wanted = null;
      void context?.close();
      context = null;
      analyser = null;
    },
  };
}
