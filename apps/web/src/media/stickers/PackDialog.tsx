import { useEffect, useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { stickersLink } from '../../routing/route.ts';
import type { StickerPackView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import { StickerImage } from './StickerImage.tsx';
import './stickers.css';

const say = mediaSentences.stickers;

/** A pack behind a link: what is in it, to be added or taken away. */
export default function PackDialog({ link, onClose }: { link: string; onClose: () => void }) {
  const sotto = useSotto();
  const [pack, setPack] = useState<StickerPackView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let current = true;
    sotto.readStickerPack(link).then(
      (outcome) => {
        if (!current) return;
        if (outcome.kind === 'ok') setPack(outcome.value);
        else setProblem(say.packProblem(outcome.problem.kind));
      },
      () => current && setProblem(say.offline),
    );
    return () => {
      current = false;
    };
  }, [sotto, link]);
  const install = async (installed: boolean): Promise<void> => {
    if (pack === null) return;
    setBusy(true);
    const outcome = await sotto.installStickerPack(link, installed).catch(() => null);
    setBusy(false);
    if (outcome?.kind === 'ok') setPack({ ...pack, installed });
    else setProblem(outcome?.problem.kind === 'tooLarge' ? say.tooMany : say.offline);
  };
  return (
    <Dialog title={pack?.title ?? say.title} onClose={onClose}>
      {pack === null && problem === null && <p role="status">{say.loading}</p>}
      <Problem text={problem ?? ''} />
      {pack !== null && (
        <>
          <p role="status">
            {say.count(pack.stickers.length)}. {pack.installed && say.installed}
          </p>
          {pack.author !== '' && (
            <p>
              {say.by} <bdi>{pack.author}</bdi>
            </p>
          )}
          <ul className="stickers-grid stickers-preview">
            {pack.stickers.map((sticker) => (
              <li key={sticker.sticker}>
                <StickerImage sticker={sticker} />
              </li>
            ))}
          </ul>
          <div className="dialog-actions">
            <CopyButton text={stickersLink(link)} />
            <Button
              look={pack.installed ? 'quiet' : 'primary'}
              busy={busy}
              onClick={() => install(!pack.installed)}
            >
              {pack.installed ? say.uninstall : say.install}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
