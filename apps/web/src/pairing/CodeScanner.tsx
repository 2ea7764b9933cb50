import { useEffect, useRef, useState } from 'react';
import { Problem } from '../parts/Problem.tsx';
import { readPairingCode } from '../routing/route.ts';
import { words } from '../words.ts';

/** Large enough for a code that fills a third of the picture, small enough to be read several times a second. */
const scannedWidth = 640;
const betweenLooksMs = 150;

/** The camera's picture, until a device's code is seen in it. */
export function CodeScanner({ onCode }: { onCode: (code: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const found = useRef(onCode);
  found.current = onCode;

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const start = async (): Promise<void> => {
      const { decodeQR } = await import('qr/decode.js');
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (isOver) return stop();
      element.srcObject = stream;
      await element.play();
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d', { willReadFrequently: true });
      const look = (): void => {
        if (isOver || context === null) return;
        const code = readCode(element, canvas, context, decodeQR);
        if (code === null) timer = setTimeout(look, betweenLooksMs);
        else found.current(code);
      };
      look();
    };
    const stop = (): void => {
      isOver = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    start().catch((error: unknown) => {
      if (!isOver) setProblem(sentence(error));
    });
    return stop;
  }, []);

  return (
    <div className="pairing-scanner">
      {problem === null ? (
        // The picture is only aimed with; what it shows is read, not watched.
        <video ref={video} muted playsInline aria-label={words.pairing.camera} />
      ) : (
        <Problem text={problem} />
      )}
    </div>
  );
}

function readCode(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  decode: (image: ImageData) => string,
): string | null {
  if (video.videoWidth === 0) return null;
  canvas.width = Math.min(scannedWidth, video.videoWidth);
  canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  try {
    return readPairingCode(decode(context.getImageData(0, 0, canvas.width, canvas.height)));
  } catch {
    // No code in this picture.
    return null;
  }
}

function sentence(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return words.pairing.cameraDenied;
  return name === 'NotFoundError' ? words.pairing.cameraMissing : words.pairing.cameraBroken;
}
