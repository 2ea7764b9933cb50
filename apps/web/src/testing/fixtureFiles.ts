/** Pictures, sounds and films for scenes, made in the page: always the same for a name. */

/** Red, green and blue at `height` (0 above, 1 below). */
export function colourOf(name: string, height: number): [number, number, number] {
  let seed = 7;
  for (const sign of name) seed = (seed * 31 + (sign.codePointAt(0) ?? 0)) % 360;
  const hue = seed + height * 60;
  const channel = (shift: number): number =>
    Math.round(120 + 90 * Math.sin(((hue + shift) * Math.PI) / 180) * (1 - height * 0.4));
  return [channel(0), channel(120), channel(240)];
}

export async function drawPicture(name: string, width: number, height: number, type: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  paint(canvas.getContext('2d')!, name, width, height, 0);
  return canvas.convertToBlob({ type: type.startsWith('image/') ? type : 'image/webp', quality: 0.8 });
}

function paint(
  context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D,
  name: string,
  width: number,
  height: number,
  turn: number,
): void {
  for (let row = 0; row < height; row += 4) {
    context.fillStyle = `rgb(${colourOf(name, row / height).join(' ')})`;
    context.fillRect(0, row, width, 4);
  }
  const sun = width * (0.2 + 0.5 * ((name.length % 7) / 7)) + turn * width * 0.3;
  context.fillStyle = 'rgb(255 246 214 / 90%)';
  context.beginPath();
  context.arc(sun, height * 0.32, Math.min(width, height) * 0.09, 0, 2 * Math.PI);
  context.fill();
  for (const [depth, shade] of [
    [0.62, 'rgb(30 52 60 / 45%)'],
    [0.74, 'rgb(24 40 46 / 70%)'],
  ] as const) {
    context.fillStyle = shade;
    context.beginPath();
    context.moveTo(0, height);
    for (let at = 0; at <= 24; at += 1) {
      const wave = Math.sin(at * 0.9 + name.length + depth * 9) * 0.05 + Math.sin(at * 0.37) * 0.05;
      context.lineTo((width * at) / 24, height * (depth + wave));
    }
    context.lineTo(width, height);
    context.fill();
  }
}

const sampleRate = 8000;

export function soundSizeBytes(durationMs: number): number {
  return 44 + Math.round((durationMs / 1000) * sampleRate);
}

/** A hum that swells, as a WAV file. */
export function soundOf(name: string, durationMs: number): Blob {
  const count = Math.round((durationMs / 1000) * sampleRate);
  const bytes = new Uint8Array(44 + count);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string): void => bytes.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, 36 + count, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, count, true);
  const pitch = 180 + (name.length % 5) * 30;
  for (let index = 0; index < count; index += 1) {
    const swell = Math.sin((index / sampleRate) * 3) ** 2;
    bytes[44 + index] = 128 + Math.round(20 * swell * Math.sin((index / sampleRate) * pitch * 2 * Math.PI));
  }
  return new Blob([bytes], { type: 'audio/wav' });
}

/** A sun that wanders, as a WebM file; takes as long as it plays, and at most two seconds. */
export async function filmFrom(
  name: string,
  width: number,
  height: number,
  durationMs: number,
): Promise<Blob> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d')!;
  const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: 'video/webm' });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const ended = new Promise((resolve) => recorder.addEventListener('stop', resolve));
  recorder.start();
  const length = Math.min(durationMs, 2000);
  const startMs = performance.now();
  const timer = setInterval(() => {
    const turn = (performance.now() - startMs) / length;
    paint(context, name, width, height, turn);
    if (turn < 1) return;
    clearInterval(timer);
    recorder.stop();
  }, 100);
  await ended;
  return new Blob(parts, { type: 'video/webm' });
}

/** With so many bytes in all, behind its end: in an element that says nothing (RFC 8794 §11.3.2), as films want it. */
export function filledUp(file: Blob, sizeBytes: number): Blob {
  const left = sizeBytes - file.size - 9;
  if (left < 0) return file;
  const head = new Uint8Array(9);
  head[0] = 0xec;
  new DataView(head.buffer).setBigUint64(1, (1n << 56n) | BigInt(left));
  return new Blob([file, head, new Uint8Array(left)], { type: file.type });
}
