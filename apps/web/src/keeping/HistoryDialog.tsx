import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { words } from '../words.ts';

interface HistoryDialogProps {
  title: string;
  text: string;
  more: string | null;
  turnOn: boolean;
  turn: () => Promise<void>;
  onClose: () => void;
}

/** Says what turning history off, or on, means, before it is done. */
export function HistoryDialog({ title, text, more, turnOn, turn, onClose }: HistoryDialogProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await turn();
      onClose();
    } catch {
      setProblem(words.problem.unexpected);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} text={text} onClose={onClose}>
      {more !== null && <p className="dialog-text">{more}</p>}
      <Problem text={problem} />
      <div className="dialog-actions">
        <Button onClick={onClose}>{words.common.cancel}</Button>
        <Button look={turnOn ? 'primary' : 'danger'} busy={busy} onClick={confirm}>
          {turnOn ? words.keeping.turnOn : words.keeping.turnOff}
        </Button>
      </div>
    </Dialog>
  );
}
