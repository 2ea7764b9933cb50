import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { words } from '../words.ts';
import { clampFrame, type PhotoFrame, resizeFrame, shrinkPhoto } from './shrinkPhoto.ts';

interface PhotoDialogProps {
  /** Closed by whoever opened it. */
  picture: ImageBitmap;
  onClose: () => void;
  onPhoto: (photo: Uint8Array) => void;
}

/** Of the frame on screen, in its own pixels. */
const shownSide = 288;
const arrowSteps: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Which part of a picture becomes a group's photo: by a finger, a mouse, or the arrow keys. */
export function PhotoDialog({ picture, onClose, onPhoto }: PhotoDialogProps) {
  const { photo: text } = words.groups;
  const { width, height } = picture;
  const largest = Math.min(width, height);
  const smallest = Math.min(largest, Math.max(64, largest / 8));
  const [frame, setFrame] = useState<PhotoFrame>(() => ({
    x: (width - largest) / 2,
    y: (height - largest) / 2,
    side: largest,
  }));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const held = useRef<{ x: number; y: number } | null>(null);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.imageSmoothingQuality = 'high';
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, shownSide, shownSide);
    context.drawImage(picture, frame.x, frame.y, frame.side, frame.side, 0, 0, shownSide, shownSide);
  }, [picture, frame]);

  const move = (x: number, y: number): void => {
    setFrame((present) => clampFrame({ ...present, x: present.x + x, y: present.y + y }, width, height));
  };
  const drag = ({ clientX: x, clientY: y, currentTarget }: PointerEvent): void => {
    if (held.current === null) return;
    const scale = frame.side / currentTarget.getBoundingClientRect().width;
    move((held.current.x - x) * scale, (held.current.y - y) * scale);
    held.current = { x, y };
  };
  const press = (event: KeyboardEvent): void => {
    const step = arrowSteps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const pixels = frame.side / (event.shiftKey ? 4 : 24);
    move(step[0] * pixels, step[1] * pixels);
  };
  const use = async (): Promise<void> => {
    setBusy(true);
    const photo = await shrinkPhoto(picture, frame).catch(() => null);
    if (photo !== null) onPhoto(photo);
    else setProblem(text.unreadable);
    setBusy(false);
  };
  return (
    <Dialog title={text.title} text={text.text} onClose={onClose}>
      <canvas
        ref={canvas}
        className="groupPhoto-frame"
        width={shownSide}
        height={shownSide}
        tabIndex={0}
        role="img"
        aria-label={text.frame}
        onKeyDown={press}
        onPointerDown={(event) => {
          held.current = { x: event.clientX, y: event.clientY };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={drag}
        onPointerUp={() => {
          held.current = null;
        }}
        onPointerCancel={() => {
          held.current = null;
        }}
      />
      <label className="groupPhoto-size">
        {text.size}
        <input
          type="range"
          min={0}
          max={100}
          disabled={smallest >= largest}
          value={smallest >= largest ? 0 : Math.round(((largest - frame.side) / (largest - smallest)) * 100)}
          onChange={({ target }) => {
            const wanted = largest - (Number(target.value) / 100) * (largest - smallest);
            setFrame((present) => resizeFrame(present, wanted, width, height));
          }}
        />
      </label>
      <Problem text={problem} />
      <div className="dialog-actions">
        <Button onClick={onClose}>{words.common.cancel}</Button>
        <Button look="primary" busy={busy} onClick={use}>
          {busy ? text.working : text.use}
        </Button>
      </div>
    </Dialog>
  );
}
