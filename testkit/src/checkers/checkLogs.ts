/** Checks the server's logs: gapless, epochs counted by commits, everything promised in them exactly once. */
import type { Observation, ServerLog, Violation } from './observation.ts';

export function checkLogs(observation: Observation): Violation[] {
  const violations: Violation[] = [];
  // What had not been sent went with them.
  const gone = new Set(observation.gone.map((device) => device.deviceId));
  const pairs = new Set<string>();
  for (const log of observation.logs) {
    violations.push(...checkLog(log));
    const pair = [...log.accounts].sort().join('+');
    if (log.kind === 'direct' && pairs.has(pair))
      violations.push({ kind: 'doubled', where: 'server', detail: 'two direct conversations of a pair' });
    if (log.kind === 'direct') pairs.add(pair);
  }
  for (const text of observation.sent) {
    let count = 0;
    for (const log of observation.logs) {
      for (const entry of log.entries) {
        if (entry.messageId !== text.messageId || entry.kind !== 'message') continue;
        count += 1;
        if (entry.sender !== text.sender) {
          violations.push({ kind: 'altered', where: 'server', detail: `sender of ${text.messageId}` });
        }
        if (text.peerAccount === null && log.kind === 'group') continue;
        const pair = [...new Set([text.senderAccount, text.peerAccount])].sort().join('+');
        if (pair !== [...log.accounts].sort().join('+')) {
          violations.push({ kind: 'altered', where: 'server', detail: `conversation of ${text.messageId}` });
        }
      }
    }
    if (count > 1)
      violations.push({
        kind: 'doubled',
        where: 'server',
        detail: `${text.messageId} is in the log ${count} times`,
      });
    // In a group the writer may be removed, or lose the right to write, before it is sent.
    const isDue = !text.isDeleted && (text.peerAccount !== null || text.isLast);
    if (count === 0 && text.promised && isDue && !gone.has(text.sender)) {
      violations.push({
        kind: 'lost',
        where: 'server',
        detail: `${text.messageId} by ${text.sender} never came to the log`,
      });
    }
  }
  return violations;
}

function checkLog(log: ServerLog): Violation[] {
  const violations: Violation[] = [];
  const where = `log ${log.conversationId}`;
  let epoch = 0;
  for (const [i, entry] of log.entries.entries()) {
    if (entry.seq !== i + 1)
      violations.push({ kind: 'logBroken', where, detail: `seq ${entry.seq} at place ${i + 1}` });
    if (entry.epoch !== epoch) {
      violations.push({
        kind: 'logBroken',
        where,
        detail: `entry ${entry.seq} of epoch ${entry.epoch} in epoch ${epoch}`,
      });
    }
    if (entry.kind === 'commit') epoch += 1;
  }
  if (log.epoch !== epoch)
    violations.push({ kind: 'logBroken', where, detail: `epoch ${log.epoch} after ${epoch} commits` });
  return violations;
}
