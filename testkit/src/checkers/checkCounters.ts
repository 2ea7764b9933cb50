/**
 * Checks what is counted: unread, delivered, read. To be used after a device of every account has marked
 * everything read and all is quiet. What one device shows as read is read on all devices of the account, and its
 * sender knows; a device that joined late cannot have read what it does not have. Archived, muted and pinned are the
 * same on all devices of an account.
 */
import type { ConversationId } from './ids.ts';
import type { DeviceState, Observation, ShownConversation, ShownMessage, Violation } from './observation.ts';

export function checkCounters(observation: Observation): Violation[] {
  const violations: Violation[] = [];
  const onServer = new Set(observation.logs.map((log) => log.conversationId));
  for (const device of observation.devices) {
    if (!device.online) violations.push({ kind: 'stuck', where: device.name, detail: 'not online' });
    for (const conversation of device.conversations) {
      if (!onServer.has(conversation.conversationId)) continue;
      violations.push(...checkConversation(observation, device, conversation));
    }
  }
  return violations;
}

function checkConversation(
  observation: Observation,
  device: DeviceState,
  conversation: ShownConversation,
): Violation[] {
  const violations: Violation[] = [];
  const where = `${device.name} in ${conversation.conversationId.slice(0, 8)}`;
  const report = (detail: string) => violations.push({ kind: 'counters', where, detail });
  if (conversation.ended !== null) return violations;
  if (conversation.state !== 'ready') violations.push({ kind: 'stuck', where, detail: conversation.state });

  const texts = conversation.messages.filter((message) => message.body.kind === 'text');
  const unread = texts.filter((message) => !message.mine && message.order > conversation.ownReadOrder);
  if (unread.length !== conversation.unreadCount) {
    report(`${conversation.unreadCount} unread, ${unread.length} above ${conversation.ownReadOrder}`);
  }
  const others = observation.devices.filter((other) => other !== device);
  const ownOnes = others.filter((other) => other.accountId === device.accountId);
  for (const message of unread) {
    const reader = ownOnes.find((other) => hasRead(other, conversation.conversationId, message));
    if (reader !== undefined) report(`${message.messageId} is unread, and read on ${reader.name}`);
  }
  for (const other of ownOnes.filter(({ sabotaged }) => !sabotaged && !device.sabotaged)) {
    const there = other.conversations.find((one) => one.conversationId === conversation.conversationId);
    if (there === undefined || JSON.stringify(there.own) === JSON.stringify(conversation.own)) continue;
    report(`${JSON.stringify(conversation.own)}, and on ${other.name} ${JSON.stringify(there.own)}`);
  }
  if (conversation.peerAccount === null || conversation.peerAccount === device.accountId) return violations;

  const { deliveredOrder, readOrder } = conversation;
  if (readOrder > deliveredOrder) report('read beyond delivered');
  const peers = others.filter((other) => other.accountId === conversation.peerAccount);
  for (const message of texts.filter((text) => text.mine)) {
    const { order, messageId } = message;
    const holder = peers.find((peer) => find(peer, conversation.conversationId, message) !== null);
    if (holder !== undefined && deliveredOrder < order)
      report(`${messageId} is not delivered, and at ${holder.name}`);
    const reader = peers.find((peer) => hasRead(peer, conversation.conversationId, message));
    if (reader !== undefined && readOrder < order)
      report(`${messageId} is not read, and read on ${reader.name}`);
  }
  return violations;
}

function hasRead(device: DeviceState, id: ConversationId, message: ShownMessage): boolean {
  const found = find(device, id, message);
  return found !== null && found.ownReadOrder >= message.order;
}

/** The conversation on `device`, where it shows the text. */
function find(device: DeviceState, id: ConversationId, message: ShownMessage): ShownConversation | null {
  const conversation = device.conversations.find((one) => one.conversationId === id);
  const shown = conversation?.messages.some(
    ({ messageId, body }) => messageId === message.messageId && body.kind === 'text',
  );
  return conversation !== undefined && shown === true ? conversation : null;
}
