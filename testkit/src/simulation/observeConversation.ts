/** What the checkers are shown of one conversation on one device: through the public interface, and its stored group. */
import type { ConversationView, SottoApi } from '@sotto/client';
import {
  decodeConversationGroup,
  epochAuthenticatorOf,
  type GroupRecord,
  type GroupSection,
  type Provider,
} from '@sotto/crypto';
import type { ConversationId } from '@sotto/protocol';
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
    peerAccount: view.peer.accountId,
    state: view.state,
    unreadCount: view.unreadCount,
    deliveredOrder: view.deliveredOrder,
    readOrder: view.readOrder,
    ownReadOrder: view.ownReadOrder,
    own: { archived: view.archived, mutedUntilMs: view.mutedUntilMs, pinnedAtMs: view.pinnedAtMs },
    messages: messages.map(showMessage),
    watched: mirror.shown(view.conversationId),
    group: row?.suite == null ? null : observeGroup(provider, disk, Number(row.key), Number(row.suite)),
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

function observeGroup(
  provider: Provider,
  disk: ClientDisk,
  key: number,
  suite: number,
): ShownConversation['group'] {
  const rows = disk.all('SELECT section, idx, value FROM group_record WHERE conversation = ?', key);
  const records = rows.map(
    ({ section, idx, value }): GroupRecord => ({
      section: sections[Number(section)]!,
      index: Number(idx),
      value: value as Uint8Array,
    }),
  );
  const group = decodeConversationGroup(provider, { suite, records });
  if (group.kind === 'refused') return null;
  return {
    epoch: Number(group.epoch),
    authenticator: epochAuthenticatorOf(group).toHex(),
    historyOff: group.policy.historyOff,
  };
}
