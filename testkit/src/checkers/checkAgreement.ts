/**
 * Checks that all devices that show a message show it alike: its text or that it was deleted, what it answers, its reactions
 * and whether it is pinned, in whatever order they came to read what was done to it. Devices count that can read all of
 * that: what was done without history is not for those that came later, nor what was done while the account was out.
 */
import type { ConversationId, MessageId } from './ids.ts';
import {
  joinedSeqs,
  type Observation,
  type ServerLog,
  type ShownConversation,
  type ShownMessage,
  type Violation,
} from './observation.ts';

export function checkAgreement({ logs, devices }: Observation): Violation[] {
  const violations: Violation[] = [];
  const changes = changesOf(devices.flatMap((device) => device.conversations));
  for (const log of logs) {
    const joined = joinedSeqs(log);
    const kept = new Set(log.entries.flatMap((entry) => (entry.kept ? [entry.seq] : [])));
    const first = new Map<MessageId, { readonly name: string; readonly looks: string }>();
    for (const { name, deviceId, accountId, sabotaged, conversations } of devices) {
      const shown = conversations.find(({ conversationId }) => conversationId === log.conversationId);
      const latest = joined.get(deviceId)?.latest;
      if (sabotaged || shown === undefined || latest === undefined || !isIn(log, accountId)) continue;
      const isForIt = (seq: number) =>
        seq > latest || (kept.has(seq) && seq >= (log.firstSeqs[accountId] ?? 1));
      for (const message of shown.messages) {
        const looks = looksOf(message);
        const done = changes.get(keyOf(log.conversationId, message.messageId)) ?? [];
        if (looks === null || !done.every(isForIt)) continue;
        const other = first.get(message.messageId);
        if (other === undefined) first.set(message.messageId, { name, looks });
        else if (other.looks !== looks) {
          const detail = `${message.messageId}: ${looks}, and on ${other.name} ${other.looks}`;
          violations.push({ kind: 'disagreement', where: name, detail });
        }
      }
    }
  }
  return violations;
}

/** Where in their logs messages were changed, as far as anybody has read it. */
function changesOf(conversations: readonly ShownConversation[]): Map<string, number[]> {
  const changes = new Map<string, number[]>();
  for (const { conversationId, changes: read } of conversations) {
    for (const { seq, messageId } of read) {
      const key = keyOf(conversationId, messageId);
      changes.set(key, [...(changes.get(key) ?? []), seq]);
    }
  }
  return changes;
}

function isIn(log: ServerLog, accountId: ServerLog['accounts'][number]): boolean {
  return log.kind === 'direct' || log.accounts.includes(accountId);
}

function keyOf(conversationId: ConversationId, messageId: MessageId): string {
  return `${conversationId} ${messageId}`;
}

/** Null for lines that are each device's own. */
function looksOf({ body, isEdited, reactions, isPinned, state }: ShownMessage): string | null {
  if (body.kind === 'notice' || body.kind === 'unreadable' || state === 'failed') return null;
  return JSON.stringify({ body, isEdited, reactions, isPinned });
}
