import { useEffect, useState } from 'react';
import { EntryFrame } from '../entry/EntryFrame.tsx';
import { accountProblemSentence } from '../entry/problemSentences.ts';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Problem } from '../parts/Problem.tsx';
import { QrCode } from '../parts/QrCode.tsx';
import { pairingLink } from '../routing/route.ts';
import type { PairingCodeView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import './pairing.css';

/** Shows a code that a signed-in device answers; the session changes by itself once it has. */
export function PairingStep({ onBack }: { onBack: () => void }) {
  const [round, setRound] = useState(0);
  const { pairing } = words;
  return (
    <EntryFrame title={pairing.title} text={pairing.text} focusHeading>
      <ShownCode key={round} onAgain={() => setRound(round + 1)} />
      <p className="entry-switch">
        <Button look="plain" onClick={onBack}>
          {pairing.back}
        </Button>
      </p>
    </EntryFrame>
  );
}

/** One code, from making it to its answer. */
function ShownCode({ onAgain }: { onAgain: () => void }) {
  const sotto = useSotto();
  const [shown, setShown] = useState<PairingCodeView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { pairing } = words;

  useEffect(() => {
    let current = true;
    const failed = (sentence: string): void => {
      if (!current) return;
      setShown(null);
      setProblem(sentence);
    };
    const show = async (): Promise<void> => {
      const begun = await sotto.beginPairing();
      if (begun.kind === 'problem') return failed(accountProblemSentence(begun.problem));
      if (!current) return;
      setShown(begun.value);
      const answered = await sotto.awaitPairing();
      if (answered.kind === 'problem') failed(accountProblemSentence(answered.problem));
    };
    show().catch(() => failed(words.problem.unexpected));
    return () => {
      current = false;
      // Nobody waits for the answer; where the engine is gone, so is the code.
      sotto.cancelPairing().catch(() => undefined);
    };
  }, [sotto]);

  if (problem !== null) {
    return (
      <>
        <Problem text={problem} />
        <Button look="primary" wide onClick={onAgain}>
          {pairing.again}
        </Button>
      </>
    );
  }
  if (shown === null) {
    return (
      <div role="status" className="pairing-code">
        <span className="hiddenText">{pairing.loading}</span>
        <span className="placeholder pairing-placeholder" />
      </div>
    );
  }
  const link = pairingLink(shown.code);
  return (
    <>
      <div className="pairing-code">
        <QrCode text={link} label={pairing.qr} />
      </div>
      <ol className="pairing-steps">
        {pairing.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p className="entry-note" role="status">
        {pairing.waiting} {pairing.goodUntil(shown.expiresAtMs)}
      </p>
      <CopyButton text={link} label={pairing.copyLink} />
    </>
  );
}
