/**
 * Checks that history is off where it was turned off for good: nothing sent there after that is kept, no device shows
 * what was sent without history before it came, and the policy says it of the account.
 */
import { joinedSeqs, type Observation, type Violation } from './observation.ts';

export function checkHistoryOff(observation: Observation): Violation[] {
  const violations: Violation[] = [];
  const withoutHistory = new Set(
    observation.sent.filter((text) => text.withoutHistory).map((text) => text.messageId),
  );
  for (const log of observation.logs) {
    const where = `log ${log.conversationId.slice(0, 8)}`;
    for (const { kept, messageId, seq } of log.entries) {
      if (kept && withoutHistory.has(messageId)) {
        violations.push({ kind: 'leaked', where, detail: `${messageId} is kept, seq ${seq}` });
      }
    }
    const unkept = new Map(
      log.entries.flatMap((entry) => (entry.kind === 'message' && !entry.kept ? [[entry.seq, entry]] : [])),
    );
    const joined = joinedSeqs(log);
    for (const device of observation.devices) {
      // Who is out of a group shows what it read while it was in, and nobody says anything for it any more.
      if (log.kind === 'group' && !log.accounts.includes(device.accountId)) continue;
      const first = joined.get(device.deviceId)?.first ?? Number.POSITIVE_INFINITY;
      const shown = device.conversations.find((one) => one.conversationId === log.conversationId);
      for (const { order, body } of shown?.messages ?? []) {
        const entry = unkept.get(order);
        if (body.kind !== 'text' || entry === undefined || order > first) continue;
        if (entry.sender === device.deviceId) continue;
        violations.push({
          kind: 'leaked',
          where: device.name,
          detail: `shows seq ${order} of before it came`,
        });
      }
      const group = shown?.group ?? null;
      if (shown === undefined || group === null) continue;
      const isTurnedOff = device.historyOffWith.some((peer) => peer === null || peer === shown.peerAccount);
      if (isTurnedOff && !group.historyOff.includes(device.accountId)) {
        violations.push({ kind: 'stuck', where: device.name, detail: `history is not off in ${where}` });
      }
    }
  }
  return violations;
}
