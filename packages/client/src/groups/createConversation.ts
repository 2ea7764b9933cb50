import {
  type ClaimedKeyPackage,
  createConversationGroup,
  directPolicy,
  groupPolicy,
  type Policy,
} from '@sotto/crypto';
import type { AccountId, ConversationId } from '@sotto/protocol';
import {
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { afterError, tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext, randomId } from '../device/deviceContext.ts';
import { pendingChoice } from '../policy/historyChoice.ts';
import type { Sql } from '../ports.ts';
import { claimDevices } from './claimDevices.ts';
import {
  failGroupChange,
  insertGroupChange,
  readGroupChanges,
  type WantedChange,
} from './groupChangeTable.ts';
import { isReachable } from './isReachable.ts';
import { makeCommit } from './makeCommit.ts';

const refusedDelayMs = 60_000;

type WantedGroup = Extract<WantedChange, { kind: 'create' }>;

/**
 * Makes the group of a conversation that waits: claims a KeyPackage of every device of its accounts, creates the
 * group with them and stores it as pending. A device whose package is refused is left out; it joins by a
 * commit of its own later.
 */
export async function createConversation(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  const { peerId } = row;
  const wanted = peerId === null ? wantedGroup(device, row) : null;
  if (peerId === null && wanted === null) return { kind: 'idle' };
  const others = peerId === null ? (wanted?.accountIds ?? []) : [peerId];
  const claim = await claimDevices(
    device,
    [...new Set([device.self.accountId, ...others])].sort(),
    peerId === null,
  );
  if (claim.kind === 'lost') return { kind: 'idle' };
  if (claim.kind === 'error') return afterError(claim.error);
  const gone = new Set(claim.gone);
  if (peerId !== null && gone.has(peerId)) {
    const peer = device.directory.account(peerId);
    // Who has the name now is asked for, and with that the conversation shows what happened.
    if (peer !== null) await device.directory.find(peer.username);
    return { kind: 'pause', delayMs: refusedDelayMs };
  }
  const asked = [...new Set([device.self.accountId, ...others])].filter((id) => !gone.has(id)).sort();
  // Also of whom no device is added: what the commit deposits is to be sealed to the accounts as they are now.
  if (!(await device.directory.refresh(asked))) return tryLater;
  // Of whom nothing could be found that can be trusted is left out of a group.
  const accountIds = peerId === null ? asked.filter((id) => isReachable(device, id)) : asked;
  const present = new Set(accountIds);
  let members: ClaimedKeyPackage[] = claim.members.filter(({ accountId }) => present.has(accountId));
  const logId = randomId<ConversationId>(device.provider);
  for (;;) {
    const made = await makeCommit(device, row.key, 'create', {
      make: async (step, lookups) => {
        const { present, choice } = step.read((sql) => ({
          present: conversationByKey(sql, row.key),
          choice: pendingChoice(sql, row),
        }));
        if (present?.state !== 'waiting') return null;
        const { suite } = device.tuning;
        const historyOff = choice?.off === true ? [device.self.accountId] : [];
        const policy =
          wanted === null
            ? directPolicy(accountIds, historyOff, present.timerSeconds)
            : policyOf(device, wanted, accountIds, historyOff, present.timerSeconds);
        return createConversationGroup(
          cryptoContext(device),
          device.self,
          { conversationId: logId, policy, members, ...(suite === undefined ? {} : { suite }) },
          lookups,
        );
      },
      ...(wanted === null ? {} : { note: () => ({ details: Uint8Array.fromHex(wanted.details) }) }),
      store: (sql) => {
        updateConversation(sql, row.key, { logId });
        if (peerId === null) tellLeftOut(device, sql, row, others, present);
      },
    });
    if (made === 'made' || made === 'superseded') return { kind: 'again' };
    if (made === 'offline') return tryLater;
    const { device: refused } = made;
    const rest = members.filter((member) => member.deviceId !== refused?.deviceId);
    const reachesPeer = rest.some((member) => member.accountId === peerId);
    const isUseless = peerId !== null && !reachesPeer && peerId !== device.self.accountId;
    if (rest.length === members.length || isUseless) return { kind: 'pause', delayMs: refusedDelayMs };
    members = rest;
  }
}

/** Of whom nothing could be had: each is shown as one that could not be added. */
function tellLeftOut(
  device: DeviceContext,
  sql: Sql,
  { key }: ConversationRow,
  others: readonly AccountId[],
  present: ReadonlySet<AccountId>,
): void {
  const told = readGroupChanges(sql, key).flatMap(({ change }) =>
    change.kind === 'add' ? change.accountIds : [],
  );
  for (const accountId of others) {
    if (present.has(accountId) || told.includes(accountId)) continue;
    const changeId = device.provider.randomBytes(16).toHex();
    insertGroupChange(sql, key, changeId, { kind: 'add', accountIds: [accountId] });
    failGroupChange(sql, changeId, { kind: 'unknownAccount' });
  }
}

function wantedGroup(device: DeviceContext, row: ConversationRow): WantedGroup | null {
  const changes = device.database.read((sql) => readGroupChanges(sql, row.key));
  return changes.map(({ change }) => change).find((change) => change.kind === 'create') ?? null;
}

function policyOf(
  device: DeviceContext,
  { details, sharesHistory }: WantedGroup,
  accountIds: readonly AccountId[],
  historyOff: readonly AccountId[],
  timerSeconds: number,
): Policy {
  return groupPolicy({
    accountIds,
    ownerId: device.self.accountId,
    detailsHash: device.provider.sha256(Uint8Array.fromHex(details)),
    sharesHistory,
    historyOff,
    timerSeconds,
  });
}
