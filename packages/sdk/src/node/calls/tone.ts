/**
 * The sound that calls in Node send, and what they make of the sound that comes: Opus by libopus in WebAssembly. The frequency
 * of a pure tone is measured rather than the samples compared, because Opus changes every one of them.
 */
import type { OpusDecoderHandle } from 'libopus-wasm';

/** Of every frame that is sent. */
export const audioFrameMs = 20;
const sampleRate = 48_000;
const frameSamples = (sampleRate / 1000) * audioFrameMs;

export interface Tone {
  /** The next 20 ms, encoded. */
  next(): Uint8Array;
  close(): void;
}

/** A tone of one frequency in hertz, at a quarter of full scale. */
export async function createTone(hz: number): Promise<Tone> {
  const { Application, createEncoder } = await import('libopus-wasm');
  const encoder = await createEncoder({
    sampleRate,
    channels: 1,
    application: Application.Voip,
    bitrate: 32_000,
    complexity: 3,
    fec: true,
    packetLossPercent: 5,
  });
  const samples = new Float32Array(frameSamples);
  let phase = 0;
  return {
    next() {
      for (let index = 0; index < frameSamples; index++) {
        samples[index] = Math.sin(phase) / 4;
        phase = (phase + (2 * Math.PI * hz) / sampleRate) % (2 * Math.PI);
      }
      return encoder.encodeFloat(samples);
    },
    close: () => encoder.free(),
  };
}

export interface ToneEar {
  /** Hears a frame of Opus; false where it is none. */
  hear(frame: Uint8Array): boolean;
  /** Frequency, in hertz, of the tone that was heard last; null where it was silence, or more than one tone. */
  readonly hz: number | null;
  close(): void;
}

/** Listens in pieces of a fifth of a second. */
export async function createToneEar(): Promise<ToneEar> {
  const { createDecoder } = await import('libopus-wasm');
  const decoder: OpusDecoderHandle = await createDecoder({ sampleRate, channels: 1 });
  const piece = new Float32Array(sampleRate / 5);
  let filled = 0;
  let hz: number | null = null;
  return {
    get hz() {
      return hz;
    },
    hear(frame) {
      let samples: Float32Array;
      try {
        samples = decoder.decodeFloat(frame);
      } catch {
        return false;
      }
      for (const sample of samples) {
        piece[filled++] = sample;
        if (filled < piece.length) continue;
        filled = 0;
        hz = measureTone(piece);
      }
      return true;
    },
    close: () => decoder.free(),
  };
}

/** Counts waves, and takes the result for a tone where most of the energy is at that frequency. */
function measureTone(samples: Float32Array): number | null {
  const crossings: number[] = [];
  let energy = 0;
  for (let index = 1; index < samples.length; index++) {
    const [before = 0, now = 0] = [samples[index - 1], samples[index]];
    energy += now * now;
    if (before < 0 && now >= 0) crossings.push(index - now / (now - before));
  }
  const [first, last] = [crossings[0], crossings.at(-1)];
  if (first === undefined || last === undefined || crossings.length < 3) return null;
  const hz = ((crossings.length - 1) * sampleRate) / (last - first);
  let [real, imaginary] = [0, 0];
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hz * index) / sampleRate;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  }
  const atFrequency = (2 * (real * real + imaginary * imaginary)) / samples.length;
  const isSilent = energy / samples.length < 1e-6;
  return isSilent || atFrequency < energy * 0.8 ? null : hz;
}
