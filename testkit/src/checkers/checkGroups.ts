/**
 * Checks groups: that members' devices agree on who is in a group, in which role, what may be done and what it is called;
 * that every member's devices show what was said while the account was there (and before, where it may read that), exactly
 * once and nothing of other times; and that who was removed knows it.
 */
import {
  couldRead,
  type DeviceState,
  isLeftByAll,
  joinedSeqs,
  type Observation,
  type SentText,
  type ServerLog,
  type Violation,
} from './observation.ts';

export function checkGroups(observation: Observation): Violation[] {
  const violations: Violation[] = [];
  const sent = new Map(observation.sent.map((text) => [text.messageId, text]));
  for (const log of observation.logs) {
    if (log.kind !== 'group') continue;
    const looks = new Map<string, string[]>();
    const isOver = isLeftByAll(log, observation);
    for (const device of observation.devices) {
      if (!log.accounts.includes(device.accountId)) {
        violations.push(...checkOutside(device, log, sent));
        continue;
      }
      violations.push(...checkInside(device, log, sent, isOver));
      const shown = device.conversations.find((one) => one.conversationId === log.conversationId);
      if (shown?.group != null && !isOver) {
        looks.set(shown.group.looks, [...(looks.get(shown.group.looks) ?? []), device.name]);
      }
    }
    if (looks.size > 1) {
      const detail = [...looks].map(([look, names]) => `${names.join(', ')}: ${look}`).join(' | ');
      violations.push({ kind: 'disagreement', where: `log ${log.conversationId.slice(0, 8)}`, detail });
    }
  }
  return violations;
}

function checkInside(
  device: DeviceState,
  log: ServerLog,
  sent: ReadonlyMap<string, SentText>,
  isOver: boolean,
): Violation[] {
  const violations: Violation[] = [];
  const where = `${device.name} in ${log.conversationId.slice(0, 8)}`;
  const report = (kind: Violation['kind'], detail: string) => violations.push({ kind, where, detail });
  const shown = device.conversations.filter((one) => one.conversationId === log.conversationId);
  const [conversation] = shown;
  if (conversation === undefined) {
    report('lost', 'the group is not shown');
    return violations;
  }
  if (shown.length > 1) report('doubled', 'the group is listed twice');
  if (conversation.ended === 'removed') report('stuck', 'says that the account was removed');
  if (isOver) return violations;
  if (conversation.ended === 'left') report('stuck', 'has left, and nobody takes it out');
  const joined = joinedSeqs(log).get(device.deviceId);
  if (joined === undefined) {
    report('stuck', 'the device is not a member');
    return violations;
  }
  const firstSeq = log.firstSeqs[device.accountId] ?? 1;
  const byId = new Map(conversation.messages.map((message) => [message.messageId, message]));
  if (byId.size !== conversation.messages.length) report('doubled', 'a message is shown twice');
  for (const entry of log.entries) {
    const text = entry.kind === 'message' ? sent.get(entry.messageId) : undefined;
    if (text === undefined) continue;
    const message = byId.get(entry.messageId);
    byId.delete(entry.messageId);
    const isDue =
      (entry.seq > joined.latest && !entry.isPassing) ||
      (entry.kept && entry.seq >= firstSeq && !device.sabotaged);
    if (message === undefined) {
      if (isDue) report('lost', `${entry.messageId}, seq ${entry.seq}, epoch ${entry.epoch}`);
      continue;
    }
    if (message.order !== entry.seq) report('reordered', `${entry.messageId} at ${message.order}`);
    if (message.senderAccount !== text.senderAccount) report('altered', `sender of ${entry.messageId}`);
    if (message.body.kind === 'text' && !couldRead(log, device.accountId, entry.seq)) {
      report('notCutOff', `shows seq ${entry.seq}, and may read from ${firstSeq}`);
    }
    if (
      message.body.kind === 'text' &&
      !message.isEdited &&
      ![text.text, ...text.edits].includes(message.body.text)
    ) {
      report('altered', `text of ${entry.messageId}`);
    }
    if (message.body.kind === 'unreadable' && isDue) {
      report('unreadable', `${entry.messageId}, seq ${entry.seq}: ${message.body.reason}`);
    }
  }
  for (const message of byId.values()) {
    if (message.body.kind === 'unreadable' && message.order >= firstSeq && !device.sabotaged) {
      report('unreadable', `entry at ${message.order}: ${message.body.reason}`);
    }
    if (message.body.kind === 'text' && message.state !== 'failed') {
      report('invented', `${message.messageId} at ${message.order}, ${message.state}`);
    }
  }
  return violations;
}

/** Of an account that is not in the group, or no longer. */
function checkOutside(device: DeviceState, log: ServerLog, sent: ReadonlyMap<string, SentText>): Violation[] {
  const violations: Violation[] = [];
  const where = `${device.name} in ${log.conversationId.slice(0, 8)}`;
  const shown = device.conversations.find((one) => one.conversationId === log.conversationId);
  const ids = new Map(log.entries.map((entry) => [entry.messageId, entry]));
  for (const { messageId, body } of shown?.messages ?? []) {
    const entry = ids.get(messageId);
    if (body.kind !== 'text' || entry === undefined || !sent.has(messageId)) continue;
    if (!couldRead(log, device.accountId, entry.seq)) {
      violations.push({ kind: 'notCutOff', where, detail: `shows seq ${entry.seq} of others` });
    }
  }
  if (shown !== undefined && shown.ended === null && shown.state !== 'waiting') {
    violations.push({ kind: 'stuck', where, detail: 'does not say that it has ended for the account' });
  }
  const read = device.canRead.filter((entry) => entry.conversationId === log.conversationId);
  for (const { seq } of read) {
    if (couldRead(log, device.accountId, seq)) continue;
    violations.push({ kind: 'notCutOff', where, detail: `reads seq ${seq} of others` });
  }
  return violations;
}
