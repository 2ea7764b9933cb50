import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { words } from '../words.ts';
import { callWords } from '../wordsCalls.ts';

interface CodeDialogProps {
  code: string | null;
  name: string;
  onClose: () => void;
}

const say = callWords.code;

/** The digits that both read aloud, and what for. */
export function CodeDialog({ code, name, onClose }: CodeDialogProps) {
  return (
    <Dialog title={say.title} text={say.text(name)} onClose={onClose}>
      {code === null ? (
        <p>{say.waiting}</p>
      ) : (
        <p className="call-digits">
          <span className="hiddenText">{code.split('').join(' ')}</span>
          <span aria-hidden="true">
            <b>{code.slice(0, 3)}</b> <b>{code.slice(3)}</b>
          </span>
        </p>
      )}
      <p className="dialog-text">{say.different}</p>
      <div className="dialog-actions">
        <Button look="primary" onClick={onClose}>
          {words.common.close}
        </Button>
      </div>
    </Dialog>
  );
}
