import { useEffect, useRef, useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { IconButton } from '../../parts/IconButton.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { TextField } from '../../parts/TextField.tsx';
import { stickersLink } from '../../routing/route.ts';
import { limits } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import { prepareSticker } from '../prepare/prepareImage.ts';
import { useThumbnail } from '../transfer/pictures.ts';
import './stickers.css';

interface Draft {
  readonly id: number;
  readonly emoji: string;
  readonly image: Uint8Array;
}

const say = mediaSentences.stickers;
const side = 512;
const emojiLength = 16;

/** Makes a pack of pictures: each is shrunk here, and its link says where and how to open it. */
export function CreatePackDialog({ onClose }: { onClose: (link: string | null) => void }) {
  const sotto = useSotto();
  const [title, setTitle] = useState('');
  const [author, setAuthor] = useState('');
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const [link, setLink] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const made = useRef(0);

  const take = async (files: readonly File[]): Promise<void> => {
    setBusy(true);
    setProblem(null);
    let refused = 0;
    for (const file of files.slice(0, limits.stickersPerPack - drafts.length)) {
      const image = await prepareSticker(file, side, limits.stickerSizeBytes);
      if (typeof image === 'string') {
        refused += 1;
        continue;
      }
      made.current += 1;
      const draft = { id: made.current, emoji: '', image };
      setDrafts((now) => [...now, draft]);
    }
    if (refused > 0) setProblem(say.some(refused));
    setBusy(false);
  };
  const create = async (): Promise<void> => {
    if (title.trim() === '' || drafts.length === 0) {
      setProblem(title.trim() === '' ? say.nameMissing : say.none);
      return;
    }
    setBusy(true);
    setProblem(null);
    const outcome = await sotto
      .createStickerPack({
        title: title.trim(),
        author: author.trim(),
        stickers: drafts.map(({ emoji, image }) => ({ emoji, image })),
      })
      .catch(() => null);
    setBusy(false);
    if (outcome?.kind !== 'ok') {
      setProblem(outcome === null ? say.makeFailed : mediaSentences.problem(outcome.problem.kind));
      return;
    }
    await sotto.installStickerPack(outcome.value.link, true).catch(() => undefined);
    setLink(outcome.value.link);
  };
  if (link !== null) {
    const address = stickersLink(link);
    return (
      <Dialog title={title} text={say.made} onClose={() => onClose(link)}>
        <p className="stickers-link">{address}</p>
        <div className="dialog-actions">
          <CopyButton text={address} />
          <Button look="primary" onClick={() => onClose(link)}>
            {say.added}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={say.createTitle} text={say.createText} onClose={() => onClose(null)}>
      <TextField
        label={say.name}
        value={title}
        maxLength={limits.stickerPackTitleLength}
        onChange={(event) => setTitle(event.target.value)}
      />
      <TextField
        label={say.author}
        value={author}
        maxLength={limits.stickerPackTitleLength}
        onChange={(event) => setAuthor(event.target.value)}
      />
      <ul className="stickers-drafts">
        {drafts.map((draft, index) => (
          <DraftItem
            key={draft.id}
            draft={draft}
            place={index + 1}
            onEmoji={(emoji) =>
              setDrafts((now) => now.map((one) => (one.id === draft.id ? { ...one, emoji } : one)))
            }
            onRemove={() => setDrafts((now) => now.filter((one) => one.id !== draft.id))}
          />
        ))}
      </ul>
      <input
        hidden
        ref={input}
        type="file"
        multiple
        accept="image/*"
        aria-label={say.choose}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          take(files);
        }}
      />
      <Problem text={problem ?? ''} />
      <div className="dialog-actions">
        <Button busy={busy || drafts.length >= limits.stickersPerPack} onClick={() => input.current?.click()}>
          <Icon name="plus" />
          {say.choose}
        </Button>
        <Button look="primary" busy={busy} onClick={create}>
          {say.create}
        </Button>
      </div>
      <span className="hiddenText" role="status">
        {say.count(drafts.length)}
      </span>
    </Dialog>
  );
}

interface DraftItemProps {
  draft: Draft;
  place: number;
  onEmoji: (emoji: string) => void;
  onRemove: () => void;
}

function DraftItem({ draft, place, onEmoji, onRemove }: DraftItemProps) {
  const address = useThumbnail(draft.image);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (place === 1) field.current?.focus();
  }, [place]);
  return (
    <li>
      {address !== null && <img src={address} alt="" />}
      <input
        ref={field}
        value={draft.emoji}
        maxLength={emojiLength}
        placeholder="🙂"
        aria-label={say.emojiFor(place)}
        onChange={(event) => onEmoji(event.target.value)}
      />
      <IconButton icon="close" label={say.remove(place)} onClick={onRemove} />
    </li>
  );
}
