import { useEffect, useRef, useState } from 'react';

/** What people show each other has no captions. */
const Film = 'video';
/** Where so much of a picture would be cut off that it would be missed, it is shown with borders. */
const cutLimit = 1.5;

interface CallPictureProps {
  stream: MediaStream;
  label: string;
  mirrored?: boolean;
  /** `whole`: nothing of it may be cut off, as of a screen. `filled`: no borders. `auto`: as little of both as can be. */
  fit?: 'whole' | 'filled' | 'auto';
  /** Given where it can be put into a window of its own. */
  onElement?: (element: HTMLVideoElement | null) => void;
}

/** A moving picture. Without its sound, which the session plays. */
export function CallPicture({ stream, label, mirrored = false, fit = 'auto', onElement }: CallPictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [cuts, setCuts] = useState(false);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.srcObject = stream;
    const play = (): void => void element.play().catch(() => undefined);
    play();
    stream.addEventListener('addtrack', play);
    onElement?.(element);
    return () => {
      stream.removeEventListener('addtrack', play);
      onElement?.(null);
      element.srcObject = null;
      // Chromium leaves the window open, and black, when the element goes.
      if (document.pictureInPictureElement === element)
        void document.exitPictureInPicture().catch(() => undefined);
    };
  }, [stream, onElement]);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    const measure = (): void => {
      const { videoWidth, videoHeight, clientWidth, clientHeight } = element;
      if (videoWidth === 0 || clientHeight === 0) return;
      setShown(true);
      const ratio = videoWidth / videoHeight / (clientWidth / clientHeight);
      setCuts(Math.max(ratio, 1 / ratio) < cutLimit);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('resize', measure);
    element.addEventListener('loadeddata', measure);
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener('resize', measure);
      element.removeEventListener('loadeddata', measure);
    };
  }, []);
  return (
    <Film
      className="callPicture"
      ref={video}
      autoPlay
      muted
      playsInline
      aria-label={label}
      data-cut={fit === 'filled' || (fit === 'auto' && cuts)}
      data-shown={shown}
      data-mirrored={mirrored}
    />
  );
}
