/** What the checkers are shown of one conversation on one device: through the public interface, and its stored group. */
import type { ConversationView, SottoApi } from '@sotto/client';
import {
  type ConversationGroup,
  decodeConversationGroup,
  epochAuthenticatorOf,
  type GroupRecord,
  type GroupSection,
  type Provider,
} from '@sotto/crypto';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import type { ShownConversation } from '../checkers/observation.ts';
import type { ClientDisk } from './clientDisk.ts';
import { readThread, showMessage, type ThreadMirror } from './threadMirror.ts';

export interface ObservedDevice {
  readonly api: SottoApi;
  readonly disk: ClientDisk;
  readonly provider: Provider;
  readonly mirror: ThreadMirror;
}

export async function observeConversation(
  { api, disk, provider, mirror }: ObservedDevice,
  view: ConversationView,
): Promise<ShownConversation> {
  const messages = await readThread(api, view.conversationId);
  await mirror.complete(view.conversationId);
  const [row] = disk.all(
    `SELECT c.key, c.log_id, g.suite FROM conversation c LEFT JOIN group_state g ON g.conversation = c.key
     WHERE c.conversation_id = ?`,
    view.conversationId,
  );
  return {
    conversationId: (row?.log_id ?? view.conversationId) as ConversationId,
    peerAccount: view.peer?.accountId ?? null,
    ended: view.ended,
    state: view.state,
    unreadCount: view.unreadCount,
    deliveredOrder: view.deliveredOrder,
    readOrder: view.readOrder,
    ownReadOrder: view.ownReadOrder,
    own: { archived: view.archived, mutedUntilMs: view.mutedUntilMs, pinnedAtMs: view.pinnedAtMs },
    messages: messages.map(showMessage),
    watched: mirror.shown(view.conversationId),
    changes: disk
      .all('SELECT seq, target_id FROM message_change WHERE conversation = ?', row?.key ?? null)
      .map(({ seq, target_id }) => ({ seq: Number(seq), messageId: target_id as TransactionId })),
    timer: {
      seconds: view.timer.seconds,
      isWaiting: view.timer.wanted !== null && view.timer.problem === null,
    },
    group: row?.suite == null ? null : observeGroup(provider, disk, Number(row.key), Number(row.suite), view),
  };
}

/** What the device found a server to have done with logs and keys. */
export function readAlarms(disk: ClientDisk): string[] {
  return [
    ...disk.all('SELECT reason, account_id, seq FROM log_alarm'),
    ...disk.all('SELECT kind, account_id, log_id FROM security_notice'),
  ].map((row) => Object.values(row).join(' '));
}

const sections: readonly GroupSection[] = ['core', 'tree', 'secrets', 'proposals'];

/** The group that a device has stored for a conversation; null: it cannot be read. */
export function storedGroup(
  provider: Provider,
  disk: ClientDisk,
  key: number,
  suite: number,
): ConversationGroup | null {
  const rows = disk.all('SELECT section, idx, value FROM group_record WHERE conversation = ?', key);
  const records = rows.map(
    ({ section, idx, value }): GroupRecord => ({
      section: sections[Number(section)]!,
      index: Number(idx),
      value: value as Uint8Array,
    }),
  );
  const group = decodeConversationGroup(provider, { suite, records });
  return group.kind === 'refused' ? null : group;
}

function observeGroup(
  provider: Provider,
  disk: ClientDisk,
  key: number,
  suite: number,
  { title }: ConversationView,
): ShownConversation['group'] {
  const group = storedGroup(provider, disk, key, suite);
  if (group === null) return null;
  return {
    epoch: Number(group.epoch),
    authenticator: epochAuthenticatorOf(group).toHex(),
    historyOff: group.policy.historyOff,
    timerSeconds: group.policy.timerSeconds,
    looks: JSON.stringify({ title, policy: group.policy.kind === 'group' ? group.policy : null }),
  };
}
