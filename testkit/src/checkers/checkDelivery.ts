/**
 * Checks that every device shows every text that its account may read: kept ones from the log's beginning, others from
 * when it became a member; exactly once, unaltered, in the log's order, as sent where it is the sender, and nothing else.
 */
import type { MessageId } from './ids.ts';
import {
  type DeviceState,
  joinedSeqs,
  type Observation,
  type SentText,
  type ServerLog,
  type ShownConversation,
  type ShownMessage,
  type Violation,
} from './observation.ts';

export function checkDelivery(observation: Observation): Violation[] {
  const sent = new Map(observation.sent.map((text) => [text.messageId, text]));
  const violations: Violation[] = [];
  // Who reads of a device's coming only after its removal was known from elsewhere cannot follow, and rejoins.
  const shrunk = new Set(
    observation.gone.flatMap((device) => (device.removedAtMs === null ? [] : [device.accountId])),
  );
  for (const device of observation.devices) {
    const known = new Set(observation.logs.map((log) => log.conversationId));
    for (const log of observation.logs) {
      if (log.kind === 'group' || !log.accounts.includes(device.accountId)) continue;
      const mayHeal = device.sabotaged || log.accounts.some((account) => shrunk.has(account));
      violations.push(...checkConversation(device, log, sent, mayHeal));
    }
    for (const conversation of device.conversations) {
      if (known.has(conversation.conversationId) || isEmpty(conversation)) continue;
      if (conversation.ended !== null) continue;
      violations.push({
        kind: 'stuck',
        where: device.name,
        detail: `conversation ${conversation.conversationId} is not on the server`,
      });
    }
  }
  return violations;
}

/** A conversation that was opened and never written in needs not exist at the server. */
function isEmpty(conversation: ShownConversation): boolean {
  return conversation.messages.every((message) => message.body.kind === 'notice');
}

function checkConversation(
  device: DeviceState,
  log: ServerLog,
  sent: ReadonlyMap<MessageId, SentText>,
  mayHeal: boolean,
): Violation[] {
  const violations: Violation[] = [];
  const where = `${device.name} in ${log.conversationId.slice(0, 8)}`;
  const report = (kind: Violation['kind'], detail: string) => violations.push({ kind, where, detail });

  const joined = joinedSeqs(log).get(device.deviceId);
  const shown = device.conversations.filter((c) => c.conversationId === log.conversationId);
  if (shown.length > 1) report('doubled', 'the conversation is listed twice');
  const conversation = shown[0];
  if (conversation === undefined) {
    report('lost', 'the conversation is not shown');
    return violations;
  }
  if (joined === undefined) {
    report('stuck', 'the device is not a member');
    return violations;
  }

  violations.push(...checkOpenView(where, conversation));

  const byId = new Map<MessageId, ShownMessage>();
  let lastOrder = 0;
  for (const message of conversation.messages) {
    if (message.order <= lastOrder) report('reordered', `order ${message.order} after ${lastOrder}`);
    lastOrder = message.order;
    if (message.body.kind === 'notice') {
      if (message.body.notice === 'healed' && !mayHeal) report('healed', 'without need');
      continue;
    }
    if (byId.has(message.messageId)) report('doubled', message.messageId);
    byId.set(message.messageId, message);
    if (message.state === 'waiting') report('stuck', `${message.messageId} still waits`);
    if (message.state === 'failed') report('notSent', `${message.messageId} failed`);
  }

  for (const entry of log.entries) {
    const text = entry.kind === 'message' ? sent.get(entry.messageId) : undefined;
    const message = byId.get(entry.messageId);
    if (text === undefined) continue;
    byId.delete(entry.messageId);
    const isDue =
      entry.kept ||
      (!entry.isPassing && entry.seq > joined.first && !(device.sabotaged && entry.seq < joined.latest));
    if (message === undefined) {
      if (isDue) report('lost', `${entry.messageId}, seq ${entry.seq}, epoch ${entry.epoch}`);
      continue;
    }
    if (message.order !== entry.seq)
      report('reordered', `${entry.messageId} at ${message.order}, seq ${entry.seq}`);
    if (message.body.kind === 'text' && message.mine !== (text.senderAccount === device.accountId))
      report('altered', `mine of ${entry.messageId}`);
    if (message.senderAccount !== text.senderAccount) report('altered', `sender of ${entry.messageId}`);
    if (entry.sender === device.deviceId && message.state !== 'sent') {
      report('notSent', `${entry.messageId} is ${message.state}`);
    }
    if (
      message.body.kind === 'text' &&
      !message.isEdited &&
      ![text.text, ...text.edits].includes(message.body.text)
    )
      report('altered', `text of ${entry.messageId}`);
    if (message.body.kind === 'unreadable' && isDue) {
      report('unreadable', `${entry.messageId}, seq ${entry.seq}: ${message.body.reason}`);
    }
  }
  for (const message of byId.values()) {
    if (message.body.kind === 'unreadable') {
      if (!device.sabotaged) report('unreadable', `entry at ${message.order}: ${message.body.reason}`);
    } else report('invented', `${message.messageId} at ${message.order}`);
  }
  return violations;
}

/** A view that was open from the start shows what one that is opened now shows. */
function checkOpenView(where: string, { messages, watched }: ShownConversation): Violation[] {
  const violations: Violation[] = [];
  const report = (detail: string) => violations.push({ kind: 'viewOutdated', where, detail });
  const stored = new Map(messages.map((message) => [message.messageId, message]));
  for (const message of watched) {
    const now = stored.get(message.messageId);
    stored.delete(message.messageId);
    if (now === undefined) report(`still shows ${message.messageId}`);
    else if (now.order !== message.order)
      report(`${message.messageId} at ${message.order}, now ${now.order}`);
    else if (now.state !== message.state) report(`${message.messageId} ${message.state}, now ${now.state}`);
    else if (JSON.stringify(now) !== JSON.stringify(message)) {
      report(`${message.messageId} as ${JSON.stringify(message)}, now ${JSON.stringify(now)}`);
    }
  }
  for (const id of stored.keys()) report(`was not told of ${id}`);
  return violations;
}
