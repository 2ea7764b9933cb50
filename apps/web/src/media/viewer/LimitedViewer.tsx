import { Dialog as Radix } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import { useGone } from '../../disappearing/usePresence.ts';
import { Button } from '../../parts/Button.tsx';
import type { AttachmentRef, AttachmentView, MessageTimerView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { words } from '../../words.ts';
import { mediaSentences as say } from '../mediaSentences.ts';
import { pause } from '../player/player.ts';
import { openPicture, type PictureProblem } from '../transfer/pictures.ts';
import { openSound, openStream } from '../transfer/streams.ts';
import './viewer.css';

/** What people send each other has no captions. */
const Film = 'video';
const Sound = 'audio';

type Shown =
  | { readonly kind: 'photo' | 'video' | 'sound'; readonly address: string; close(): void }
  | { readonly kind: 'problem'; readonly problem: PictureProblem | 'notPlayed' };

interface LimitedViewerProps {
  attachment: AttachmentRef;
  view: AttachmentView;
  /** How often it can be looked at, this time among them. */
  left: number;
  /** Of its message. */
  timer: MessageTimerView | null;
  onClose: () => void;
}

/** One of the looks at something: nothing to save it with, hidden while the window is left, over when it is closed. */
export default function LimitedViewer({ attachment, view, left, timer, onClose }: LimitedViewerProps) {
  const shown = useOneLook(attachment, view);
  const hidden = useAway();
  const limit = view.views?.limit ?? 1;
  const { conversationId, messageId } = attachment;
  useGone(conversationId, [{ messageId, timer }], onClose);
  const content = useRef<HTMLDivElement>(null);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Content
          className="viewer limited"
          ref={content}
          aria-describedby={undefined}
          onContextMenu={(event) => event.preventDefault()}
          onPointerDownOutside={(event) => event.preventDefault()}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            content.current?.focus();
          }}
        >
          <Radix.Title className="hiddenText">{say.limited.capture(limit)}</Radix.Title>
          <div className="viewer-bar">
            <span className="viewer-who">{say.limited.capture(limit)}</span>
            <Button onClick={onClose}>
              {shown?.kind === 'problem' ? words.common.close : say.limited.close(left)}
            </Button>
          </div>
          <div className="viewer-stage" data-hidden={hidden}>
            {shown === null && (
              <p className="viewer-state" role="status">
                {say.viewer.loading}
              </p>
            )}
            {shown?.kind === 'photo' && (
              <img
                className="viewer-photo"
                src={shown.address}
                alt={say.limited.photo(limit)}
                draggable={false}
              />
            )}
            {shown?.kind === 'video' && (
              <Film
                className="viewer-video"
                src={shown.address}
                controls
                controlsList="nodownload noremoteplayback"
                disablePictureInPicture
                autoPlay
                playsInline
                aria-label={say.limited.video(limit)}
              />
            )}
            {shown?.kind === 'sound' && (
              <Sound
                src={shown.address}
                controls
                controlsList="nodownload noremoteplayback"
                autoPlay
                aria-label={say.limited.voice(limit)}
              />
            )}
            {shown?.kind === 'problem' && (
              <p className="viewer-state" role="status">
                {sentenceOf(shown.problem)}
              </p>
            )}
          </div>
          {hidden && <p className="limited-away">{say.limited.hidden}</p>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function sentenceOf(problem: PictureProblem | 'notPlayed'): string {
  if (problem === 'bomb') return say.bubble.tooManyPixels;
  if (problem === 'notPlayed') return say.voice.notPlayed;
  return problem === 'notPicture' ? say.bubble.notPicture : say.problem(problem);
}

/** Opens it, reads it, and lets go of what was read when the look is over, also where the page is left. */
function useOneLook(attachment: AttachmentRef, view: AttachmentView): Shown | null {
  const sotto = useSotto();
  const [shown, setShown] = useState<Shown | null>(null);
  const begun = useRef(false);
  const isLeft = useRef(false);
  const { conversationId, messageId, index } = attachment;
  const { kind, sizeBytes, mediaType, name } = view;
  useEffect(() => {
    // The look begins once, whatever React does.
    if (begun.current) return;
    begun.current = true;
    pause();
    const ref = { conversationId, messageId, index };
    const open = async (): Promise<Shown> => {
      const begin = await sotto.beginView(conversationId, messageId);
      if (begin.kind === 'problem') return { kind: 'problem', problem: begin.problem.kind };
      // It may have been closed while it was fetched.
      if (isLeft.current) await sotto.endView(conversationId, messageId);
      return read(sotto, ref, { kind, sizeBytes, mediaType, name });
    };
    open()
      .catch((): Shown => ({ kind: 'problem', problem: 'offline' }))
      .then((now) => {
        if (isLeft.current && now.kind !== 'problem') now.close();
        else setShown(now);
      });
  }, [sotto, conversationId, messageId, index, kind, sizeBytes, mediaType, name]);
  useEffect(() => {
    isLeft.current = false;
    const end = (): void => {
      isLeft.current = true;
      sotto.endView(conversationId, messageId);
    };
    window.addEventListener('pagehide', end);
    return () => {
      window.removeEventListener('pagehide', end);
      end();
    };
  }, [sotto, conversationId, messageId]);
  useEffect(() => (shown === null || shown.kind === 'problem' ? undefined : shown.close), [shown]);
  return shown;
}

type Sotto = ReturnType<typeof useSotto>;

async function read(
  sotto: Sotto,
  ref: AttachmentRef,
  view: Pick<AttachmentView, 'kind' | 'sizeBytes' | 'mediaType' | 'name'>,
): Promise<Shown> {
  if (view.kind === 'photo') {
    const picture = await openPicture(sotto, ref, view);
    if (picture.kind === 'problem') return picture;
    const { address } = picture;
    return { kind: 'photo', address, close: () => URL.revokeObjectURL(address) };
  }
  const isVideo = view.kind === 'video';
  const stream = await (isVideo ? openStream(sotto, ref, view) : openSound(sotto, ref, view));
  if (stream.address === null) return { kind: 'problem', problem: stream.problem ?? 'notPlayed' };
  return { kind: isVideo ? 'video' : 'sound', address: stream.address, close: stream.close };
}

/** Whether the window is left for now: others may look over a shoulder, or a program may photograph it. */
function useAway(): boolean {
  const [away, setAway] = useState(() => !document.hasFocus());
  useEffect(() => {
    const look = (): void => setAway(!document.hasFocus() || document.visibilityState === 'hidden');
    window.addEventListener('blur', look);
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('blur', look);
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return away;
}
