/** Records the microphone: what it gives is measured while it runs, so that the waveform is there when it ends. */

export interface Recording {
  readonly blob: Blob;
  readonly mediaType: string;
  readonly durationMs: number;
  /** Loudness 0 to 255, at most 100. */
  readonly waveform: Uint8Array;
}
export type RecorderProblem = 'denied' | 'missing' | 'broken' | 'unsupported';

/** In the order in which they are wished for; what the others' browsers play all of them. */
const types = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
const bitsPerSecond = 32_000;
const levelEveryMs = 60;
const waveformLength = 60;
/** An hour at that rate is some 14 MB. */
export const recordingLimitMs = 60 * 60_000;

export class Recorder {
  readonly #stream: MediaStream;
  readonly #recorder: MediaRecorder;
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #samples: Uint8Array<ArrayBuffer>;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #parts: Blob[] = [];
  readonly #levels: number[] = [];
  readonly #onLevel: (level: number, elapsedMs: number) => void;
  #elapsedMs = 0;
  #resumedAtMs = performance.now();
  #finished: Promise<Recording> | null = null;

  private constructor(stream: MediaStream, onLevel: (level: number, elapsedMs: number) => void) {
    this.#stream = stream;
    this.#onLevel = onLevel;
    const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, {
      audioBitsPerSecond: bitsPerSecond,
      ...(mimeType === undefined ? {} : { mimeType }),
    });
    this.#recorder.addEventListener('dataavailable', ({ data }) => this.#parts.push(data));
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Uint8Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#timer = setInterval(() => this.#measure(), levelEveryMs);
    this.#recorder.start(1000);
  }

  /** Asks for the microphone and begins. `onLevel`: loudness 0 to 1, some sixteen times a second. */
  static async start(
    onLevel: (level: number, elapsedMs: number) => void,
  ): Promise<Recorder | RecorderProblem> {
    if (typeof MediaRecorder === 'undefined' || navigator.mediaDevices === undefined) return 'unsupported';
    try {
      const audio = {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        channelCount: 1,
      };
      const stream = await navigator.mediaDevices.getUserMedia({ audio });
      return new Recorder(stream, onLevel);
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
      return name === 'NotFoundError' ? 'missing' : 'broken';
    }
  }

  get isPaused(): boolean {
    return this.#recorder.state === 'paused';
  }

  pause(): void {
    if (this.#recorder.state !== 'recording') return;
    this.#elapsedMs = this.elapsedMs;
    this.#recorder.pause();
  }

  resume(): void {
    if (this.#recorder.state !== 'paused') return;
    this.#resumedAtMs = performance.now();
    this.#recorder.resume();
  }

  /** Without the pauses; once it has ended, as long as it took. */
  get elapsedMs(): number {
    return this.#recorder.state === 'recording'
      ? this.#elapsedMs + performance.now() - this.#resumedAtMs
      : this.#elapsedMs;
  }

  /** Ends it and gives what was recorded: the same, however often it is asked for. */
  finish(): Promise<Recording> {
    this.#finished ??= this.#end();
    return this.#finished;
  }

  async #end(): Promise<Recording> {
    this.#elapsedMs = this.elapsedMs;
    const durationMs = Math.round(this.#elapsedMs);
    if (this.#recorder.state !== 'inactive') {
      const stopped = new Promise((resolve) =>
        this.#recorder.addEventListener('stop', resolve, { once: true }),
      );
      this.#recorder.stop();
      await stopped;
    }
    this.discard();
    const mediaType = this.#recorder.mimeType.split(';')[0] ?? 'audio/webm';
    const blob = new Blob(this.#parts, { type: mediaType });
    return { blob, mediaType, durationMs, waveform: waveformOf(this.#levels) };
  }

  /** Lets the microphone go. */
  discard(): void {
    clearInterval(this.#timer);
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    for (const track of this.#stream.getTracks()) track.stop();
    // Refused where it is being closed already.
    if (this.#context.state !== 'closed') this.#context.close().catch(() => undefined);
  }

  #measure(): void {
    if (this.#recorder.state !== 'recording') return;
    this.#analyser.getByteTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += (sample - 128) ** 2;
    const level = Math.min(1, Math.sqrt(sum / this.#samples.length) / 40);
    this.#levels.push(level);
    this.#onLevel(level, this.elapsedMs);
  }
}

/** The loudest of each part, the whole scaled so that a quiet voice shows as well. */
function waveformOf(levels: readonly number[]): Uint8Array {
  const count = Math.min(waveformLength, levels.length);
  const peak = levels.reduce((a, b) => Math.max(a, b), 0.05);
  return Uint8Array.from({ length: count }, (_, index) => {
    const part = levels.slice(
      Math.floor((index * levels.length) / count),
      Math.max(1, Math.floor(((index + 1) * levels.length) / count)),
    );
    return Math.round((Math.max(0, ...part) / peak) * 255);
  });
}
