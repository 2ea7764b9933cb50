/**
 * Checks what is counted: unread, delivered, read. To be used after one device of every account has marked
 * everything read and all is quiet.
 */
import type { Observation, Violation } from './observation.ts';

export function checkCounters(observation: Observation): Violation[] {
  const violations: Violation[] = [];
  for (const device of observation.devices) {
    if (!device.online) violations.push({ kind: 'stuck', where: device.name, detail: 'not online' });
    for (const conversation of device.conversations) {
      const where = `${device.name} in ${conversation.conversationId.slice(0, 8)}`;
      const report = (detail: string) => violations.push({ kind: 'counters', where, detail });
      if (!observation.logs.some((log) => log.conversationId === conversation.conversationId)) continue;
      if (conversation.state !== 'ready')
        violations.push({ kind: 'stuck', where, detail: conversation.state });

      const texts = conversation.messages.filter((message) => message.body.kind === 'text');
      const received = texts.filter((message) => !message.mine);
      const unread = received.filter((message) => message.order > conversation.ownReadOrder).length;
      if (unread !== conversation.unreadCount) {
        report(`${conversation.unreadCount} unread, ${unread} above ${conversation.ownReadOrder}`);
      }
      if (unread > 0) report(`${unread} unread although all was read on a device of the account`);
      const own = texts.filter((message) => message.mine).at(-1);
      if (own === undefined || conversation.peerAccount === device.accountId) continue;
      if (conversation.deliveredOrder < own.order)
        report(`delivered to ${conversation.deliveredOrder} of ${own.order}`);
      if (conversation.readOrder < own.order) report(`read to ${conversation.readOrder} of ${own.order}`);
      if (conversation.readOrder > conversation.deliveredOrder) report('read beyond delivered');
    }
  }
  return violations;
}
