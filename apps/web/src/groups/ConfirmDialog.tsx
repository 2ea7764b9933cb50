import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { GroupProblem, Outcome } from '../sotto.ts';
import { words } from '../words.ts';
import { useGroupCommand } from './useGroupCommand.ts';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What follows besides. */
  readonly more?: string | null;
  readonly confirm: string;
  readonly isDanger: boolean;
  act(): Promise<Outcome<unknown, GroupProblem>>;
}

interface ConfirmDialogProps {
  question: Question;
  onClose: () => void;
  onDone?: () => void;
}

/** Says what a change means before it is made. */
export function ConfirmDialog({ question, onClose, onDone }: ConfirmDialogProps) {
  const { title, text, more, confirm, isDanger, act } = question;
  const { busy, problem, run } = useGroupCommand();
  return (
    <Dialog title={title} text={text} onClose={onClose}>
      {more && <p className="dialog-text">{more}</p>}
      <Problem text={problem} />
      <div className="dialog-actions">
        <Button onClick={onClose}>{words.common.cancel}</Button>
        <Button
          look={isDanger ? 'danger' : 'primary'}
          busy={busy}
          onClick={async () => {
            if ((await run(act)) === null) return;
            onClose();
            onDone?.();
          }}
        >
          {busy ? words.groups.confirm.working : confirm}
        </Button>
      </div>
    </Dialog>
  );
}
