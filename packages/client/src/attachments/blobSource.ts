import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { StoredAttachment } from './attachmentTable.ts';

/** What it takes to fetch a blob and to open it. */
export interface BlobSource {
  /** In which it was sent; null: it is published. */
  readonly conversation: ConversationKey | null;
  readonly blobId: string;
  readonly key: Uint8Array;
  /** Of the file. */
  readonly sizeBytes: number;
}

/** Null where it is not sealed yet, or its key was dropped. */
export function blobSourceOf({ conversation, content }: StoredAttachment): BlobSource | null {
  const { blobId, key, sizeBytes } = content;
  if (blobId === null || key.every((byte) => byte === 0)) return null;
  return { conversation, blobId, key, sizeBytes };
}
