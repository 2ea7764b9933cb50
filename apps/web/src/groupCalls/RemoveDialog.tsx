import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { words } from '../words.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';

interface RemoveDialogProps {
  name: string;
  onRemove: () => void;
  onClose: () => void;
}

const say = groupCallWords.remove;

/** Says what removing somebody from a call means before it is done. */
export function RemoveDialog({ name, onRemove, onClose }: RemoveDialogProps) {
  return (
    <Dialog title={say.title(name)} text={say.text(name)} onClose={onClose}>
      <div className="dialog-actions">
        <Button onClick={onClose}>{words.common.cancel}</Button>
        <Button
          look="danger"
          onClick={() => {
            onRemove();
            onClose();
          }}
        >
          {say.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
