import { type ConversationId, type InviteId, idFromBytes, idToBytes } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';

const idSizeBytes = 16;
const secretSizeBytes = 16;

/** A group's link as it reads. */
export interface GroupLink {
  readonly inviteId: InviteId;
  /** As the server knows it. */
  readonly logId: ConversationId;
  readonly secret: Uint8Array;
}

/** As it stands behind `#join=`: invite id, conversation id and secret as base64url, 64 characters. */
function formatGroupLink({ inviteId, logId, secret }: GroupLink): string {
  const bytes = new Uint8Array(2 * idSizeBytes + secretSizeBytes);
  bytes.set(idToBytes(inviteId), 0);
  bytes.set(idToBytes(logId), idSizeBytes);
  bytes.set(secret, 2 * idSizeBytes);
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** Null where the text is none. A whole link is taken too. */
export function parseGroupLink(text: string): GroupLink | null {
  const part = text.trim().split('#join=').at(-1) ?? '';
  if (!/^[A-Za-z0-9_-]{64}$/.test(part)) return null;
  const bytes = Uint8Array.fromBase64(part, { alphabet: 'base64url' });
  const inviteId = idFromBytes<InviteId>(bytes.subarray(0, idSizeBytes));
  const logId = idFromBytes<ConversationId>(bytes.subarray(idSizeBytes, 2 * idSizeBytes));
  if (inviteId === null || logId === null) return null;
  return { inviteId, logId, secret: bytes.slice(2 * idSizeBytes) };
}

/** Of an invite of this conversation; its secret is hexadecimal. */
export function linkOf(
  { logId }: Pick<ConversationRow, 'logId'>,
  { inviteId, secret }: { readonly inviteId: InviteId; readonly secret: string },
): string {
  if (logId === null) throw new Error('The group has no log');
  return formatGroupLink({ inviteId, logId, secret: Uint8Array.fromHex(secret) });
}
