import { useEffect, useRef, useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { MediaIcon } from '../MediaIcon.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import './tray.css';

interface CameraDialogProps {
  onClose: () => void;
  onTaken: (file: File) => void;
}

const say = mediaSentences.camera;
const wanted = { width: { ideal: 1920 }, height: { ideal: 1440 } };
const quality = 0.92;

/** The camera, to take a photo with; it goes to the tray like any other. */
export default function CameraDialog({ onClose, onTaken }: CameraDialogProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [facing, setFacing] = useState<'environment' | 'user'>('environment');
  const [problem, setProblem] = useState<string | null>(null);
  const [ready, setReady] = useState(false);

  useEffect(() => {
    let stream: MediaStream | null = null;
    let isOver = false;
    const stop = (): void => {
      isOver = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    const begin = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, ...wanted } });
      const element = video.current;
      if (isOver || element === null) return stop();
      element.srcObject = stream;
      await element.play();
      setReady(true);
    };
    begin().catch((error: unknown) => {
      if (!isOver) setProblem(cameraProblem(error));
    });
    return stop;
  }, [facing]);

  const take = async (): Promise<void> => {
    const element = video.current;
    if (element === null || element.videoWidth === 0) return;
    const canvas = new OffscreenCanvas(element.videoWidth, element.videoHeight);
    canvas.getContext('2d')?.drawImage(element, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    onTaken(new File([blob], `Photo ${new Date().toLocaleDateString('sv')}.jpg`, { type: 'image/jpeg' }));
  };
  return (
    <Dialog title={say.title} onClose={onClose}>
      {problem === null ? (
        <>
          {/* Nothing is said in it: it is what the camera sees. */}
          <video className="camera" ref={video} muted playsInline aria-label={say.title} />
          <div className="dialog-actions">
            <Button onClick={() => setFacing((now) => (now === 'user' ? 'environment' : 'user'))}>
              <MediaIcon name="flip" />
              {say.flip}
            </Button>
            <Button look="primary" busy={!ready} onClick={take}>
              <MediaIcon name="camera" />
              {say.take}
            </Button>
          </div>
        </>
      ) : (
        <Problem text={problem} />
      )}
    </Dialog>
  );
}

function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return say.denied;
  return name === 'NotFoundError' ? say.missing : say.broken;
}
