import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Icon } from '../parts/Icon.tsx';
import { words } from '../words.ts';

interface OfferedPassphraseProps {
  /** Null while it is being made. */
  passphrase: string | null;
  onRenew: () => void;
}

/** The five random words that are offered first. */
export function OfferedPassphrase({ passphrase, onRenew }: OfferedPassphraseProps) {
  return (
    <section className="phrase" aria-labelledby="phrase-label">
      <h2 className="field-label" id="phrase-label">
        {words.entry.passphrase}
      </h2>
      <output className="phrase-words" aria-labelledby="phrase-label">
        {passphrase ?? <span className="hiddenText">{words.entry.passphraseLoading}</span>}
      </output>
      <div className="phrase-actions">
        <CopyButton text={passphrase ?? ''} label={words.entry.copyPassphrase} busy={passphrase === null} />
        <Button onClick={onRenew}>
          <Icon name="refresh" />
          {words.entry.newPassphrase}
        </Button>
      </div>
      <p className="field-note">{words.entry.passphraseHint}</p>
    </section>
  );
}
