import { Dialog as Radix } from 'radix-ui';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { IconButton } from '../../parts/IconButton.tsx';
import { navigate } from '../../routing/useRoute.ts';
import type { AttachmentRef } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import '../../thread/dialogs/dialogs.css';
import { ForwardDialog } from '../../thread/dialogs/ForwardDialog.tsx';
import { words } from '../../words.ts';
import { MediaIconButton } from '../MediaIconButton.tsx';
import { mediaSentences as say } from '../mediaSentences.ts';
import { keyOf, usePicture, useThumbnail } from '../transfer/pictures.ts';
import { saveAttachment } from '../transfer/save.ts';
import { type AlbumEntry, useAlbum } from './useAlbum.ts';
import { useZoom } from './useZoom.ts';
import { VideoPlayer } from './VideoPlayer.tsx';
import './viewer.css';

/** Photos and videos of a conversation over the whole window. */
export default function Viewer({ attachment, onClose }: { attachment: AttachmentRef; onClose: () => void }) {
  const [opener] = useState(() => document.activeElement as HTMLElement | null);
  const content = useRef<HTMLDivElement>(null);
  const [shownKey, setShownKey] = useState(keyOf(attachment));
  const album = useAlbum(attachment, (gone) => gone.includes(shownKey) && onClose());
  const index = album?.findIndex((entry) => keyOf(entry.attachment) === shownKey) ?? -1;
  const entry = album?.[index];
  const go = (by: number): void => {
    const next = album?.[index + by];
    if (next !== undefined) setShownKey(keyOf(next.attachment));
  };
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Content
          className="viewer"
          ref={content}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            content.current?.focus();
          }}
          onCloseAutoFocus={() => opener?.isConnected && opener.focus({ preventScroll: true })}
        >
          <Radix.Title className="hiddenText">{say.viewer.title}</Radix.Title>
          {entry === undefined ? (
            <>
              <div className="viewer-bar">
                <span className="viewer-who" />
                <IconButton icon="close" label={words.common.close} onClick={onClose} />
              </div>
              <p className="viewer-state" role="status">
                {album === null ? say.viewer.loading : say.problem('unknownMessage')}
              </p>
            </>
          ) : (
            <Shown
              key={shownKey}
              entry={entry}
              place={say.viewer.place(index + 1, album?.length ?? 0)}
              onPrevious={index > 0 ? () => go(-1) : null}
              onNext={index + 1 < (album?.length ?? 0) ? () => go(1) : null}
              onClose={onClose}
            />
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ShownProps {
  entry: AlbumEntry;
  place: string;
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  onClose: () => void;
}

function Shown({ entry, place, onPrevious, onNext, onClose }: ShownProps) {
  const sotto = useSotto();
  const { view, attachment, message } = entry;
  const box = useRef<HTMLDivElement>(null);
  const [forwarding, setForwarding] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const isVideo = view.kind === 'video';
  const zoom = useZoom(box, {
    previous: () => onPrevious?.(),
    next: () => onNext?.(),
    close: onClose,
  });
  const keyDown = useEffectEvent((event: globalThis.KeyboardEvent) => {
    const inField = event.target instanceof HTMLInputElement || event.target instanceof HTMLVideoElement;
    if (inField || forwarding || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moveOf(event.key);
    if (move === null) return;
    event.preventDefault();
    move();
  });
  const moveOf = (key: string): (() => void) | null => {
    switch (key) {
      case 'ArrowLeft':
        return () => zoom.pan(1, 0) || onPrevious?.();
      case 'ArrowRight':
        return () => zoom.pan(-1, 0) || onNext?.();
      case 'ArrowUp':
        return () => zoom.pan(0, 1);
      case 'ArrowDown':
        return () => zoom.pan(0, -1);
      case '+':
      case '=':
        return zoom.larger;
      case '-':
        return zoom.smaller;
      case '0':
        return zoom.reset;
      default:
        return null;
    }
  };
  useEffect(() => {
    window.addEventListener('keydown', keyDown);
    return () => window.removeEventListener('keydown', keyDown);
  }, []);
  const save = async (): Promise<void> => {
    setSaid(say.bubble.saving);
    const problem = await saveAttachment(sotto, attachment, view);
    setSaid(problem === null ? say.bubble.saved : say.problem(problem));
  };
  const text = message.body.kind === 'text' ? message.body.text : '';
  return (
    <div className="viewer-whole">
      <div className="viewer-bar">
        <span className="viewer-who">
          <strong>{message.mine ? words.common.you : message.sender.username}</strong>
          <small>
            {words.time.moment(message.sentAtMs)} · <span aria-live="polite">{place}</span>
          </small>
        </span>
        {!isVideo && (
          <>
            <MediaIconButton
              icon="zoomOut"
              label={say.viewer.zoomOut}
              className="viewer-wide"
              onClick={zoom.smaller}
            />
            <MediaIconButton
              icon="zoomIn"
              label={say.viewer.zoomIn}
              className="viewer-wide"
              onClick={zoom.larger}
            />
          </>
        )}
        <MediaIconButton
          icon="inChat"
          label={say.viewer.show}
          onClick={() => {
            const { conversationId, order } = message;
            onClose();
            navigate({ kind: 'conversation', conversationId, details: false, order });
          }}
        />
        {message.timer === null && (
          <MediaIconButton icon="forward" label={say.viewer.forward} onClick={() => setForwarding(true)} />
        )}
        <IconButton icon="download" label={say.viewer.save} onClick={save} />
        <IconButton icon="close" label={words.common.close} onClick={onClose} />
      </div>
      <div
        className="viewer-stage"
        ref={box}
        data-disappears={message.timer !== null || undefined}
        data-large={zoom.isLarge}
        {...(isVideo ? {} : zoom.handlers)}
      >
        {isVideo ? (
          <VideoPlayer view={view} attachment={attachment} />
        ) : (
          <Photo entry={entry} style={zoom.style} />
        )}
      </div>
      {onPrevious !== null && (
        <MediaIconButton
          icon="previous"
          label={say.viewer.previous}
          className="viewer-step"
          data-side="left"
          onClick={onPrevious}
        />
      )}
      {onNext !== null && (
        <MediaIconButton
          icon="next"
          label={say.viewer.next}
          className="viewer-step"
          data-side="right"
          onClick={onNext}
        />
      )}
      <div className="viewer-foot">
        <p role="status">{said}</p>
        {text !== '' && (
          <p className="viewer-caption" dir="auto" data-disappears={message.timer !== null || undefined}>
            {text}
          </p>
        )}
      </div>
      {forwarding && (
        <ForwardDialog
          messages={[message]}
          onClose={() => setForwarding(false)}
          onDone={(sentence) => {
            setForwarding(false);
            setSaid(sentence);
          }}
        />
      )}
    </div>
  );
}

function Photo({ entry, style }: { entry: AlbumEntry; style: { transform: string } }) {
  const { view, attachment, message } = entry;
  const thumbnail = useThumbnail(view.thumbnail);
  const picture = usePicture(attachment, view, true, message.timer === null);
  const address = picture?.kind === 'shown' ? picture.address : thumbnail;
  const problem =
    view.transfer.kind === 'failed'
      ? view.transfer.reason
      : picture?.kind === 'problem'
        ? picture.problem
        : null;
  return (
    <>
      {address !== null && (
        <img
          className="viewer-photo"
          src={address}
          alt={say.bubble.photo('')}
          width={view.width}
          height={view.height}
          style={style}
          data-small={picture?.kind !== 'shown'}
          draggable={false}
        />
      )}
      {problem !== null && (
        <p className="viewer-state" role="status">
          {problem === 'bomb'
            ? say.bubble.tooManyPixels
            : problem === 'notPicture'
              ? say.bubble.notPicture
              : say.problem(problem)}
        </p>
      )}
    </>
  );
}
