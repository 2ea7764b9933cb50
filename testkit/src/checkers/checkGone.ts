/**
 * Checks that devices taken out of their accounts are out: nothing of theirs is accepted any more, they leave every
 * group, and neither they nor who has their disk reads what was said in later epochs. And that no device, in use no longer
 * or lost, reads conversations that its account is not in.
 */
import {
  couldRead,
  type GoneDevice,
  type Observation,
  type ServerLog,
  type Violation,
} from './observation.ts';

/** A challenge or a refusal is smaller; an entry is larger. */
const refusalSizeBytes = 128;

export function checkGone({ logs, gone }: Observation): Violation[] {
  return gone.flatMap((device) => {
    const violations = logs.flatMap((log) => checkLog(device, log));
    if (device.kind === 'removed' && device.removedAtMs === null) {
      violations.push({ kind: 'stuck', where: device.name, detail: 'stopped as if it had been removed' });
    }
    if (device.largestSentBytes > refusalSizeBytes) {
      const detail = `was sent ${device.largestSentBytes} bytes after it was removed`;
      violations.push({ kind: 'notCutOff', where: device.name, detail });
    }
    return violations;
  });
}

function checkLog(device: GoneDevice, log: ServerLog): Violation[] {
  const violations: Violation[] = [];
  const where = `${device.name} in ${log.conversationId.slice(0, 8)}`;
  const report = (kind: Violation['kind'], detail: string) => violations.push({ kind, where, detail });
  const read = device.canRead.filter((entry) => entry.conversationId === log.conversationId);
  for (const { seq } of read) {
    if (!couldRead(log, device.accountId, seq)) report('notCutOff', `reads seq ${seq} of others`);
  }
  if (!log.accounts.includes(device.accountId)) return violations;
  const { removedAtMs } = device;
  if (removedAtMs === null) return violations;
  for (const entry of log.entries) {
    if (entry.sender === device.deviceId && entry.acceptedAtMs > removedAtMs) {
      report('notCutOff', `seq ${entry.seq} was accepted ${entry.acceptedAtMs - removedAtMs} ms later`);
    }
  }
  const lastEpoch = lastEpochOf(device, log);
  if (lastEpoch === null) {
    report('notCutOff', 'is still in the group');
    return violations;
  }
  for (const { seq, epoch } of read) {
    if (epoch > lastEpoch) report('notCutOff', `reads seq ${seq} of epoch ${epoch}, out since ${lastEpoch}`);
  }
  return violations;
}

/** The last epoch that the device was in, or before the first one; null: it is in the group. */
function lastEpochOf(device: GoneDevice, log: ServerLog): number | null {
  let isMember = false;
  // Who never was a member reads by the account's history keys what was said before it was removed.
  let lastEpoch = Math.max(
    -1,
    ...log.entries
      .filter((entry) => entry.acceptedAtMs <= (device.removedAtMs ?? 0))
      .map((entry) => entry.epoch + (entry.kind === 'commit' ? 1 : 0)),
  );
  for (const entry of log.entries) {
    if (entry.kind !== 'commit') continue;
    const comes = entry.added.includes(device.deviceId) || entry.sender === device.deviceId;
    if (comes) isMember = true;
    else if (entry.removed.includes(device.deviceId)) {
      isMember = false;
      lastEpoch = Math.max(lastEpoch, entry.epoch);
    }
  }
  return isMember ? null : lastEpoch;
}
