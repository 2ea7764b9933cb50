import { Dialog } from '../../parts/Dialog.tsx';
import type { ConversationId, TransactionId } from '../../sotto.ts';
import { mediaSentences } from '../mediaSentences.ts';
import StickerPanel from './StickerPanel.tsx';

interface StickerDialogProps {
  conversationId: ConversationId;
  replyTo: TransactionId | null;
  onClose: () => void;
}

export default function StickerDialog({ conversationId, replyTo, onClose }: StickerDialogProps) {
  return (
    <Dialog title={mediaSentences.stickers.title} onClose={onClose}>
      <StickerPanel conversationId={conversationId} replyTo={replyTo} onSent={onClose} />
    </Dialog>
  );
}
