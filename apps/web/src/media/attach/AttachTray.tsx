import { ToggleGroup } from 'radix-ui';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { sendProblemSentence } from '../../composer/sendProblem.ts';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Icon } from '../../parts/Icon.tsx';
import type { ConversationId, SendProblem, TransactionId } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { useThreadActions } from '../../thread/ThreadActions.ts';
import { words } from '../../words.ts';
import { safeFileName } from '../fileName.ts';
import { mediaSentences } from '../mediaSentences.ts';
import { attachmentsOf, type Prepared } from '../prepare/prepareAttachment.ts';
import { ViewLimit } from '../ViewLimit.tsx';
import { TrayPreview } from './TrayPreview.tsx';
import { type Manner, type TrayItem, trayLimit, useTray } from './useTray.ts';
import './tray.css';

interface AttachTrayProps {
  conversationId: ConversationId;
  /** More may come while it is open. */
  files: readonly File[];
  caption: string;
  replyTo: TransactionId | null;
  onAdd: () => void;
  /** The caption as it is then: it goes back to where it came from. */
  onClose: (caption: string) => void;
  onSent: () => void;
}

const say = mediaSentences.tray;
/** Less than a text alone may have: the small pictures need the room. */
const captionLength = 4000;
const captionCounter = 3600;

/** What is about to be sent: to look at, to take out, to choose how, and to say something with it. */
export default function AttachTray(props: AttachTrayProps) {
  const { conversationId, files, replyTo, onAdd, onClose, onSent } = props;
  const sotto = useSotto();
  const { showSent } = useThreadActions();
  const [manner, setManner] = useState<Manner>('smaller');
  const [views, setViews] = useState(0);
  const [caption, setCaption] = useState(props.caption);
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const noteId = useId();
  const { items, cut, remove } = useTray(files, manner);

  const prepared = items.flatMap((item) => preparedOf(item));
  const isReady = prepared.length > 0 && items.every(({ preparation }) => preparation !== null) && !sending;
  const kinds = new Set(prepared.map(({ attachment }) => attachment.kind));
  const hasPhotos = manner !== 'smaller' || kinds.has('photo');
  const mayLimit = prepared.length === 1 && (kinds.has('photo') || kinds.has('video'));
  const left = captionLength - caption.length;
  const [onlyKind] = kinds;

  useEffect(() => {
    if (!mayLimit) setViews(0);
  }, [mayLimit]);

  const send = async (): Promise<void> => {
    if (!isReady || left < 0) return;
    setSending(true);
    setProblem(null);
    try {
      const outcome = await sotto.sendMessage(conversationId, {
        text: caption.trim(),
        attachments: attachmentsOf(prepared, views),
        ...(replyTo === null ? {} : { replyTo }),
      });
      if (outcome.kind === 'ok') {
        showSent(outcome.value);
        onSent();
        return;
      }
      setProblem(refusal(outcome.problem));
    } catch {
      setProblem(say.failed);
    }
    setSending(false);
  };
  const keyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const title = items.length === 1 ? say.titleOne[onlyKind ?? 'file'] : say.title(Math.max(1, items.length));
  const refusals = items.flatMap(({ file, preparation }) =>
    preparation?.kind === 'refused' ? [say.refused[preparation.reason](safeFileName(file.name))] : [],
  );
  return (
    <Dialog title={title} onClose={() => onClose(caption)}>
      <ul className="tray-items" aria-label={say.list} data-single={items.length === 1}>
        {items.map((item) => (
          <TrayPreview key={item.id} item={item} onRemove={() => remove(item.id)} />
        ))}
        {items.length < trayLimit && (
          <li className="tray-add">
            <button type="button" onClick={onAdd} aria-label={say.add} title={say.add}>
              <Icon name="plus" />
            </button>
          </li>
        )}
      </ul>
      {hasPhotos && (
        <ToggleGroup.Root
          className="themes tray-manner"
          type="single"
          value={manner}
          aria-label={say.how}
          onValueChange={(value) => value !== '' && setManner(value as Manner)}
        >
          <ToggleGroup.Item value="smaller">{say.asPhotos}</ToggleGroup.Item>
          <ToggleGroup.Item value="original">{say.original}</ToggleGroup.Item>
          <ToggleGroup.Item value="file">{say.asFile}</ToggleGroup.Item>
        </ToggleGroup.Root>
      )}
      {hasPhotos && (
        <p className="tray-note">
          {manner === 'smaller'
            ? say.asPhotosText
            : manner === 'original'
              ? say.originalText
              : say.asFileText}
        </p>
      )}
      {mayLimit && <ViewLimit views={views} onChange={setViews} />}
      <div className="tray-caption">
        <textarea
          id="caption"
          rows={1}
          dir="auto"
          value={caption}
          placeholder={say.caption}
          aria-label={say.caption}
          aria-describedby={noteId}
          aria-invalid={left < 0}
          onChange={(event) => setCaption(event.target.value)}
          onKeyDown={keyDown}
        />
      </div>
      <div className="tray-notes" id={noteId} role="alert">
        {caption.length > captionCounter && (
          <p>{left < 0 ? say.captionLong(-left) : say.captionLeft(left)}</p>
        )}
        {cut && <p>{say.tooMany(trayLimit)}</p>}
        {refusals.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {problem !== null && <p>{problem}</p>}
      </div>
      <div className="dialog-actions">
        <Button onClick={() => onClose(caption)}>{words.common.cancel}</Button>
        <Button look="primary" busy={!isReady || left < 0} onClick={send}>
          {items.some(({ preparation }) => preparation === null) ? say.preparing : say.send}
        </Button>
      </div>
    </Dialog>
  );
}

function refusal(problem: SendProblem): string {
  if (problem.kind === 'tooManyAttachments') return say.tooMany(problem.limit);
  return problem.kind === 'fileTooLarge' ? mediaSentences.fault('tooLarge') : sendProblemSentence(problem);
}

function preparedOf({ preparation }: TrayItem): readonly Prepared[] {
  return preparation === null || preparation.kind === 'refused' ? [] : [preparation.prepared];
}
