import { DropdownMenu } from 'radix-ui';
import { lazy, Suspense, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { IconButton } from '../../parts/IconButton.tsx';
import type { ConversationId, TransactionId } from '../../sotto.ts';
import { words } from '../../words.ts';
import { filesOf } from './filesOf.ts';
import './attach.css';

const AttachTray = lazy(() => import('./AttachTray.tsx'));
const CameraDialog = lazy(() => import('./CameraDialog.tsx'));
const StickerDialog = lazy(() => import('../stickers/StickerDialog.tsx'));

interface ComposerMediaProps {
  conversationId: ConversationId;
  /** What is written so far becomes the caption. */
  text: string;
  onText: (text: string) => void;
  replyTo: TransactionId | null;
  /** What was written went with the files. */
  onSent: () => void;
}

/**
 * The way of files into a message: the button with its menu, what is pasted, and what is dropped anywhere on the thread. What
 * they open is loaded when it is wanted.
 */
export function ComposerMedia({ conversationId, text, onText, replyTo, onSent }: ComposerMediaProps) {
  const [files, setFiles] = useState<readonly File[] | null>(null);
  const [dialog, setDialog] = useState<'camera' | 'sticker' | null>(null);
  const [dragged, setDragged] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const photos = useRef<HTMLInputElement>(null);
  const any = useRef<HTMLInputElement>(null);

  const take = useEffectEvent((taken: readonly File[]) => {
    if (taken.length > 0) setFiles((before) => [...(before ?? []), ...taken]);
  });
  useEffect(() => {
    const pane = button.current?.closest<HTMLElement>('main');
    if (pane === null || pane === undefined) return;
    let depth = 0;
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setDragged(true);
    };
    const over = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setDragged(false);
    };
    const drop = (event: DragEvent): void => {
      depth = 0;
      setDragged(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      take(filesOf(event.dataTransfer));
    };
    const paste = (event: ClipboardEvent): void => {
      const isElsewhere = document.querySelector('[role="dialog"]') !== null;
      // Programs put a picture of a text beside the text: then the text is meant.
      if (isElsewhere || (event.clipboardData?.getData('text/plain') ?? '') !== '') return;
      const pasted = filesOf(event.clipboardData);
      if (pasted.length === 0) return;
      event.preventDefault();
      take(pasted);
    };
    // A file that misses the thread must not replace the app.
    const miss = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    pane.addEventListener('dragenter', enter);
    pane.addEventListener('dragover', over);
    pane.addEventListener('dragleave', leave);
    pane.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    window.addEventListener('dragover', miss);
    window.addEventListener('drop', miss);
    return () => {
      pane.removeEventListener('dragenter', enter);
      pane.removeEventListener('dragover', over);
      pane.removeEventListener('dragleave', leave);
      pane.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
      window.removeEventListener('dragover', miss);
      window.removeEventListener('drop', miss);
    };
  }, []);

  const chosen = (input: HTMLInputElement): void => {
    const taken = [...(input.files ?? [])];
    // The same file can be chosen again.
    input.value = '';
    if (taken.length > 0) setFiles((before) => [...(before ?? []), ...taken]);
  };
  const closeTray = (): void => {
    setFiles(null);
    document.getElementById('composer')?.focus({ preventScroll: true });
  };
  const { media } = words;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <IconButton icon="plus" label={media.attach} className="attachButton" ref={button} />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" align="start" side="top" sideOffset={8}>
          <DropdownMenu.Item className="menu-item" onSelect={() => photos.current?.click()}>
            <Icon name="image" />
            {media.choosePhotos}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => any.current?.click()}>
            <Icon name="file" />
            {media.chooseFiles}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => setDialog('camera')}>
            <Icon name="camera" />
            {media.useCamera}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => setDialog('sticker')}>
            <Icon name="sticker" />
            {media.sticker}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      <input
        hidden
        ref={photos}
        type="file"
        multiple
        accept="image/*,video/*"
        aria-label={media.choosePhotos}
        onChange={(event) => chosen(event.currentTarget)}
      />
      <input
        hidden
        ref={any}
        type="file"
        multiple
        aria-label={media.chooseFiles}
        onChange={(event) => chosen(event.currentTarget)}
      />
      {dragged && (
        <div className="dropOverlay" aria-hidden="true">
          <span>
            <Icon name="image" />
            <strong>{media.drop}</strong>
            {media.dropText}
          </span>
        </div>
      )}
      <Suspense>
        {files !== null && (
          <AttachTray
            conversationId={conversationId}
            files={files}
            caption={text}
            replyTo={replyTo}
            onAdd={() => any.current?.click()}
            onClose={(caption) => {
              onText(caption);
              closeTray();
            }}
            onSent={() => {
              onSent();
              closeTray();
            }}
          />
        )}
        {dialog === 'camera' && (
          <CameraDialog
            onClose={() => setDialog(null)}
            onTaken={(file) => {
              setDialog(null);
              setFiles((before) => [...(before ?? []), file]);
            }}
          />
        )}
        {dialog === 'sticker' && (
          <StickerDialog conversationId={conversationId} replyTo={replyTo} onClose={() => setDialog(null)} />
        )}
      </Suspense>
    </>
  );
}
