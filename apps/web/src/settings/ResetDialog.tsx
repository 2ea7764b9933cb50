import { ResetForm } from '../entry/ResetForm.tsx';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import type { Outcome, ResetProblem, ResetResult } from '../sotto.ts';
import { words } from '../words.ts';

interface ResetDialogProps {
  username: string;
  startOver: (newPassword: string) => Promise<Outcome<ResetResult, ResetProblem>>;
  onClose: () => void;
}

/** Says what starting over ends. Where it succeeds, the session under this dialog is over. */
export function ResetDialog({ username, startOver, onClose }: ResetDialogProps) {
  const { reset } = words;
  return (
    <Dialog title={reset.dialogTitle} text={reset.lead(username)} onClose={onClose}>
      <ResetForm
        className="settings-form"
        username={username}
        consequences={reset.consequences}
        startOver={startOver}
        actions={(busy) => (
          <div className="dialog-actions">
            <Button onClick={onClose}>{words.common.cancel}</Button>
            <Button type="submit" look="danger" busy={busy}>
              {busy ? reset.working : reset.submit}
            </Button>
          </div>
        )}
      />
    </Dialog>
  );
}
