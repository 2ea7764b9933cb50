/** What of attachments lies over the app, or plays in it, whichever conversation is open. */
import { useSyncExternalStore } from 'react';
import type { AttachmentRef, AttachmentView, ConversationId, MessageTimerView } from '../sotto.ts';

export type Overlay =
  | { readonly kind: 'viewer'; readonly attachment: AttachmentRef }
  | {
      readonly kind: 'limited';
      readonly attachment: AttachmentRef;
      readonly view: AttachmentView;
      /** How often it can be looked at, this time among them. */
      readonly left: number;
      readonly timer: MessageTimerView | null;
    }
  | { readonly kind: 'stickerPack'; readonly link: string }
  | { readonly kind: 'gallery'; readonly conversationId: ConversationId; readonly title: string }
  | null;

interface Stage {
  readonly overlay: Overlay;
  /** A sound was played since the app was opened: its bar may be wanted. */
  readonly playerUsed: boolean;
}

let stage: Stage = { overlay: null, playerUsed: false };
const listeners = new Set<() => void>();

function setStage(next: Stage): void {
  stage = next;
  for (const listener of [...listeners]) listener();
}

export function openOverlay(overlay: Overlay): void {
  setStage({ ...stage, overlay });
}

export function showPlayer(): void {
  if (!stage.playerUsed) setStage({ ...stage, playerUsed: true });
}

/** Nothing of one account is left for the next. */
export function clearStage(): void {
  setStage({ overlay: null, playerUsed: false });
}

export function useStage(): Stage {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => stage,
  );
}
