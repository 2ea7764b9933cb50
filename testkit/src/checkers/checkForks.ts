/**
 * Checks that all members of a conversation are in one and the same group, by epoch and epoch authenticator, and that no
 * device takes its log, or its account's keys, for forged.
 */
import { isLeftByAll, joinedSeqs, type Observation, type Violation } from './observation.ts';

export function checkForks(observation: Observation): Violation[] {
  const violations = observation.devices.flatMap(({ name, alarms }) =>
    alarms.map((detail): Violation => ({ kind: 'falseAlarm', where: name, detail })),
  );
  for (const log of observation.logs) {
    if (isLeftByAll(log, observation)) continue;
    const authenticators = new Map<string, string[]>();
    const members = joinedSeqs(log);
    for (const device of observation.devices) {
      if (!members.has(device.deviceId)) continue;
      const group = device.conversations.find((c) => c.conversationId === log.conversationId)?.group;
      const where = `${device.name} in ${log.conversationId.slice(0, 8)}`;
      if (group === undefined || group === null) {
        violations.push({ kind: 'forked', where, detail: 'no group' });
        continue;
      }
      if (group.epoch !== log.epoch) {
        violations.push({
          kind: 'forked',
          where,
          detail: `in epoch ${group.epoch}, the log in ${log.epoch}`,
        });
      }
      authenticators.set(group.authenticator, [
        ...(authenticators.get(group.authenticator) ?? []),
        device.name,
      ]);
    }
    if (authenticators.size > 1) {
      const sides = [...authenticators.values()].map((names) => names.join(', ')).join(' | ');
      violations.push({ kind: 'forked', where: `log ${log.conversationId.slice(0, 8)}`, detail: sides });
    }
  }
  return violations;
}
