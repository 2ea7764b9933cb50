/** What the browser itself can tell of a video or a sound: whether it plays, how large, how long, and a first picture. */
import { makePreviews, type Previews } from './prepareImage.ts';

export interface Footage {
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  readonly previews: Previews;
}

const patienceMs = 10_000;
const posterAtMs = 1000;
/** Beyond every duration: a browser that is sent there looks through a file without an index and finds its end. */
const farSeconds = 1e7;
const sideLimit = 16_384;

/** Null where this browser cannot play it as a video. */
export async function inspectVideo(file: Blob): Promise<Footage | null> {
  return withElement('video', file, async (element) => {
    const video = element as HTMLVideoElement;
    const { videoWidth: width, videoHeight: height } = video;
    if (width === 0 || height === 0 || width > sideLimit || height > sideLimit) return null;
    const durationMs = await durationOf(video);
    await seek(video, Math.min(posterAtMs, durationMs / 10) / 1000);
    const previews = await makePreviews(video, width, height);
    return { width, height, durationMs, previews };
  });
}

/** Null where this browser cannot play it. */
export async function inspectAudio(file: Blob): Promise<{ durationMs: number } | null> {
  return withElement('audio', file, async (element) => ({ durationMs: await durationOf(element) }));
}

async function withElement<Value>(
  kind: 'video' | 'audio',
  file: Blob,
  look: (element: HTMLMediaElement) => Promise<Value | null>,
): Promise<Value | null> {
  const element = document.createElement(kind);
  const address = URL.createObjectURL(file);
  try {
    element.muted = true;
    element.preload = 'auto';
    element.src = address;
    await happened(element, kind === 'video' ? 'loadeddata' : 'loadedmetadata');
    return await look(element);
  } catch {
    return null;
  } finally {
    element.removeAttribute('src');
    element.load();
    URL.revokeObjectURL(address);
  }
}

/** What was just recorded does not say how long it is until its end was looked for. */
async function durationOf(element: HTMLMediaElement): Promise<number> {
  if (!Number.isFinite(element.duration)) {
    const known = happened(element, 'durationchange');
    element.currentTime = farSeconds;
    await known;
    await seek(element, 0);
  }
  return Number.isFinite(element.duration) ? Math.round(element.duration * 1000) : 0;
}

async function seek(element: HTMLMediaElement, seconds: number): Promise<void> {
  const arrived = happened(element, 'seeked');
  element.currentTime = seconds;
  await arrived;
}

function happened(element: HTMLMediaElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(name)), patienceMs);
    element.addEventListener(
      name,
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
    element.addEventListener('error', () => reject(new Error('media')), { once: true });
  });
}
