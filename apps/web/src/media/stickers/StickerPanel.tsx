import { useCallback, useEffect, useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import type {
  AttachmentProblem,
  ConversationId,
  PackSummaryView,
  StickerPackView,
  StickerView,
  TransactionId,
} from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { useThreadActions } from '../../thread/ThreadActions.ts';
import { words } from '../../words.ts';
import { mediaSentences } from '../mediaSentences.ts';
import { useThumbnail } from '../transfer/pictures.ts';
import { builtInStickers } from './builtIn.ts';
import { CreatePackDialog } from './CreatePackDialog.tsx';
import PackDialog from './PackDialog.tsx';
import { StickerImage } from './StickerImage.tsx';
import './stickers.css';

interface StickerPanelProps {
  conversationId: ConversationId;
  replyTo: TransactionId | null;
  onSent: () => void;
}

const say = mediaSentences.stickers;

/** The stickers that can be sent: the app's own, and those of installed packs, one pack at a time. A press sends one. */
export default function StickerPanel({ conversationId, replyTo, onSent }: StickerPanelProps) {
  const sotto = useSotto();
  const { showSent } = useThreadActions();
  const [packs, setPacks] = useState<readonly PackSummaryView[]>([]);
  /** Null: the app's own. */
  const [chosen, setChosen] = useState<string | null>(null);
  const [creating, setCreating] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const refresh = useCallback(() => sotto.listStickerPacks().then(setPacks, () => undefined), [sotto]);
  useEffect(() => {
    refresh();
  }, [refresh]);
  const send = async (sticker: StickerView): Promise<void> => {
    const outcome = await sotto
      .sendMessage(conversationId, { text: '', sticker, ...(replyTo === null ? {} : { replyTo }) })
      .catch(() => null);
    if (outcome?.kind === 'ok') {
      showSent(outcome.value);
      onSent();
    } else setProblem(words.composer.failed);
  };
  const remove = async (link: string): Promise<void> => {
    const outcome = await sotto.installStickerPack(link, false).catch(() => null);
    if (outcome?.kind !== 'ok') return;
    setPacks((now) => now.filter((pack) => pack.link !== link));
    setChosen(null);
  };
  return (
    <div className="stickers">
      <p role="alert" className="stickers-problem">
        {problem}
      </p>
      {packs.length > 0 && (
        <div className="stickers-packs" role="toolbar" aria-label={say.packs}>
          <button type="button" aria-pressed={chosen === null} onClick={() => setChosen(null)}>
            <img src="/stickers/harbour/boat.svg" alt={say.builtIn} />
          </button>
          {packs.map((pack) => (
            <PackButton
              key={pack.link}
              pack={pack}
              pressed={chosen === pack.link}
              onPress={() => setChosen(pack.link)}
            />
          ))}
        </div>
      )}
      {chosen === null ? (
        <section>
          <h3 className="stickers-title">{say.builtIn}</h3>
          <StickerGrid stickers={builtInStickers} onChoose={send} />
        </section>
      ) : (
        <InstalledPack
          key={chosen}
          link={chosen}
          onChoose={send}
          onRemove={() => remove(chosen)}
          onShown={refresh}
        />
      )}
      <button type="button" className="stickers-create" onClick={() => setCreating(true)}>
        <Icon name="plus" />
        {say.create}
      </button>
      {creating && (
        <CreatePackDialog
          onClose={(made) => {
            setCreating(false);
            if (made === null) return;
            setChosen(made);
            refresh();
          }}
        />
      )}
    </div>
  );
}

interface PackButtonProps {
  pack: PackSummaryView;
  pressed: boolean;
  onPress: () => void;
}

function PackButton({ pack, pressed, onPress }: PackButtonProps) {
  const cover = useThumbnail(pack.cover);
  const name = pack.problem === null ? pack.title : say.unreadable;
  return (
    <button type="button" aria-pressed={pressed} aria-label={name} title={name} onClick={onPress}>
      {cover === null ? <Icon name="sticker" /> : <img src={cover} alt="" />}
    </button>
  );
}

interface InstalledPackProps {
  link: string;
  onChoose: (sticker: StickerView) => void;
  onRemove: () => void;
  /** Its page was looked at, where it can be taken away. */
  onShown: () => void;
}

function InstalledPack({ link, onChoose, onRemove, onShown }: InstalledPackProps) {
  const sotto = useSotto();
  const [pack, setPack] = useState<StickerPackView | null>(null);
  const [problem, setProblem] = useState<AttachmentProblem['kind'] | null>(null);
  const [showing, setShowing] = useState(false);
  useEffect(() => {
    let current = true;
    sotto.readStickerPack(link).then(
      (outcome) => {
        if (!current) return;
        if (outcome.kind === 'ok') setPack(outcome.value);
        else setProblem(outcome.problem.kind);
      },
      () => current && setProblem('offline'),
    );
    return () => {
      current = false;
    };
  }, [sotto, link]);
  if (problem !== null) {
    return (
      <section>
        <p className="stickers-problem" role="status">
          {say.packProblem(problem)}
        </p>
        {problem !== 'offline' && (
          <button type="button" className="stickers-create" onClick={onRemove}>
            <Icon name="trash" />
            {say.uninstall}
          </button>
        )}
      </section>
    );
  }
  if (pack === null) {
    return (
      <p className="stickers-title" role="status">
        {say.loading}
      </p>
    );
  }
  return (
    <section>
      <h3 className="stickers-title">
        <bdi>{pack.title}</bdi>
        <button
          type="button"
          aria-label={`${say.open}: ${pack.title}`}
          title={say.open}
          onClick={() => setShowing(true)}
        >
          <Icon name="share" />
        </button>
      </h3>
      <StickerGrid stickers={pack.stickers} onChoose={onChoose} />
      {showing && (
        <PackDialog
          link={link}
          onClose={() => {
            setShowing(false);
            onShown();
          }}
        />
      )}
    </section>
  );
}

interface StickerGridProps {
  stickers: readonly StickerView[];
  onChoose: (sticker: StickerView) => void;
}

function StickerGrid({ stickers, onChoose }: StickerGridProps) {
  return (
    <div className="stickers-grid">
      {stickers.map((sticker) => (
        <button
          key={sticker.sticker}
          type="button"
          aria-label={say.send(sticker.emoji === '' ? sticker.sticker : sticker.emoji)}
          onClick={() => onChoose(sticker)}
        >
          <StickerImage sticker={sticker} />
        </button>
      ))}
    </div>
  );
}
