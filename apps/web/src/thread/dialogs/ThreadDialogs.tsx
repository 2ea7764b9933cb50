import type { ConversationView, MessageView } from '../../sotto.ts';
import { type ThreadDialog, useThreadActions } from '../ThreadActions.ts';
import { DateDialog } from './DateDialog.tsx';
import { DeleteDialog } from './DeleteDialog.tsx';
import './dialogs.css';
import { ForwardDialog } from './ForwardDialog.tsx';
import { PinnedDialog } from './PinnedDialog.tsx';
import { ReactionsDialog } from './ReactionsDialog.tsx';
import { ReceiptsDialog } from './ReceiptsDialog.tsx';
import { ScheduledDialog } from './ScheduledDialog.tsx';
import { VersionsDialog } from './VersionsDialog.tsx';

interface ThreadDialogsProps {
  dialog: ThreadDialog;
  conversation: ConversationView;
  scheduled: readonly MessageView[];
  /** It did what it was for: what was selected is so no longer. */
  onDone: () => void;
  onClose: () => void;
}

/** The dialogs of a thread. A default export, as they are loaded when the first one is opened. */
export default function ThreadDialogs({
  dialog,
  conversation,
  scheduled,
  onDone,
  onClose,
}: ThreadDialogsProps) {
  const finish = (): void => {
    onDone();
    onClose();
  };
  const actions = useThreadActions();
  const told = (sentence: string): void => {
    actions.tell(sentence);
    finish();
  };
  switch (dialog.kind) {
    case 'forward':
      return <ForwardDialog messages={dialog.messages} onDone={told} onClose={onClose} />;
    case 'delete':
      return (
        <DeleteDialog
          messages={dialog.messages}
          conversation={conversation}
          onDone={finish}
          onClose={onClose}
        />
      );
    case 'info':
      return <ReceiptsDialog message={dialog.message} onClose={onClose} />;
    case 'versions':
      return <VersionsDialog message={dialog.message} onClose={onClose} />;
    case 'reactions':
      return <ReactionsDialog message={dialog.message} onClose={onClose} />;
    case 'pins':
      return <PinnedDialog conversation={conversation} onClose={onClose} />;
    case 'date':
      return <DateDialog conversation={conversation} onClose={onClose} />;
    case 'scheduled':
      return <ScheduledDialog messages={scheduled} onClose={onClose} />;
  }
}
