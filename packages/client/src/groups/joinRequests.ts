/**
 * Requests to join a group, at its members' devices (spec/groups.md, "Joining by link"). Invariant: nobody is added who has
 * not shown the link's proof for this account and this group; the group's rules judge it once more, at every member.
 */
import { decodeJoinProof, openForInvite } from '@sotto/crypto';
import {
  type AccountId,
  type ConversationId,
  type InviteId,
  idFromBytes,
  idToBytes,
  limits,
  Connection as Methods,
} from '@sotto/protocol';
import type { GroupProblem, Outcome } from '../api.ts';
import { type ConversationRow, findConversation } from '../conversations/conversationTable.ts';
import { isMember } from '../conversations/members.ts';
import { afterError, type WorkNotes, type WorkResult } from '../conversations/workResult.ts';
import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { insertGroupChange, readGroupChanges } from './groupChangeTable.ts';
import { type GroupRules, mayInGroup, readGroupRules } from './groupInfoTable.ts';
import { readInvites } from './inviteTable.ts';
import {
  deleteAnswer,
  findJoinRequest,
  type JoinRequestRow,
  nextAnswer,
  noteAnswer,
  readJoinRequests,
  storeJoinRequests,
} from './joinRequestTable.ts';
import { turnDelayMs } from './turnDelay.ts';

/** What there is to do about requests; null for nothing. */
export async function workOnRequests(
  device: DeviceContext,
  row: ConversationRow,
  rules: GroupRules,
  notes: WorkNotes,
): Promise<WorkResult | null> {
  const { logId } = row;
  const answer = device.database.read((sql) => nextAnswer(sql, row.key));
  if (logId !== null && answer !== null) {
    const told = await device.connection.call(Methods.method.answerJoinRequest, {
      conversationId: idToBytes(logId),
      accountId: idToBytes(answer.accountId),
      accepted: answer.accepted,
    });
    if (told.kind === 'lost') return { kind: 'idle' };
    if (told.kind === 'error' && told.error.code !== 'not_a_member') return afterError(told.error);
    await device.steps.run((step) => step.commit((sql) => deleteAnswer(sql, row.key, answer)));
    return { kind: 'again' };
  }
  if (rules.invites.length > 0 && notes.readRequests) {
    notes.readRequests = false;
    return (await readRequests(device, row, rules)) ?? { kind: 'again' };
  }
  return letIn(device, row, rules, notes);
}

/** Asks the server who asks. Null where that is stored. */
async function readRequests(
  device: DeviceContext,
  row: ConversationRow,
  rules: GroupRules,
): Promise<WorkResult | null> {
  const { logId } = row;
  if (logId === null) return { kind: 'idle' };
  const answer = await device.connection.call(Methods.method.listJoinRequests, {
    conversationId: idToBytes(logId),
  });
  if (answer.kind === 'lost') return { kind: 'idle' };
  if (answer.kind === 'error') return afterError(answer.error);
  const keys = new Map(
    device.database.read((sql) => readInvites(sql, row.key)).map((one) => [one.inviteId, one.key]),
  );
  const requests: JoinRequestRow[] = [];
  for (const { accountId: account, inviteId: invite, sealed, requestedAtMs } of answer.value.requests.slice(
    0,
    limits.joinRequestsPerConversation,
  )) {
    const accountId = idFromBytes<AccountId>(account);
    const inviteId = idFromBytes<InviteId>(invite);
    const key = inviteId === null ? undefined : keys.get(inviteId);
    if (accountId === null || inviteId === null || key === undefined) continue;
    if (!rules.invites.some((one) => one.inviteId === inviteId)) continue;
    const proof = openForInvite(device.provider, key, { kind: 'request', inviteId, accountId }, sealed);
    const decoded = proof === null ? null : decodeJoinProof(proof);
    // Who asks for another account than its own is not heard.
    if (proof === null || decoded?.accountId !== accountId || decoded.inviteId !== inviteId) continue;
    requests.push({ accountId, inviteId, proof, atMs: Math.min(Number(requestedAtMs), device.clock.now()) });
  }
  await device.directory.fetchAllOnce(requests.map(({ accountId }) => accountId));
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      const { accountId: self } = device.self;
      storeJoinRequests(
        sql,
        row.key,
        requests.filter(({ accountId }) => !isMember(sql, self, row, accountId)),
      );
      changes.conversation(row.conversationId);
    }),
  );
  return null;
}

/** Who comes by a link that needs nobody's leave is let in by whoever's turn it is. */
async function letIn(
  device: DeviceContext,
  row: ConversationRow,
  rules: GroupRules,
  notes: WorkNotes,
): Promise<WorkResult | null> {
  const { requests, changes } = device.database.read((sql) => ({
    requests: readJoinRequests(sql, row.key),
    changes: readGroupChanges(sql, row.key),
  }));
  const nowMs = device.clock.now();
  const isOpen = ({ accountId, inviteId }: JoinRequestRow) => {
    const invite = rules.invites.find((one) => one.inviteId === inviteId);
    if (invite === undefined || invite.needsApproval || invite.expiresAtMs < nowMs) return false;
    return !changes.some(({ change }) => change.kind === 'add' && change.accountIds.includes(accountId));
  };
  const request = requests.find(isOpen);
  if (request === undefined) {
    notes.letInAfter = null;
    return null;
  }
  notes.letInAfter ??= startDeadline(device.clock, turnDelayMs(device, rules));
  const leftMs = timeLeftMs(device.clock, notes.letInAfter);
  if (leftMs > 0) return { kind: 'later', delayMs: leftMs };
  await wantIn(device, row, request);
  return { kind: 'again' };
}

/** The user says yes or no. */
export async function answerJoinRequest(
  device: DeviceContext,
  conversationId: ConversationId,
  accountId: AccountId,
  accepted: boolean,
): Promise<Outcome<null, GroupProblem>> {
  const problem = (kind: 'unknownConversation' | 'notAllowed' | 'unknownAccount') =>
    ({ kind: 'problem', problem: { kind } }) as const;
  const { row, rules } = device.database.read((sql) => {
    const found = findConversation(sql, conversationId);
    return { row: found, rules: found === null ? null : readGroupRules(sql, found.key) };
  });
  if (row === null || rules === null) return problem('unknownConversation');
  if (!mayInGroup(rules, device.self.accountId, 'addMembers')) return problem('notAllowed');
  const request = device.database.read((sql) => findJoinRequest(sql, row.key, accountId));
  if (request === null) return problem('unknownAccount');
  if (accepted) await wantIn(device, row, request);
  else {
    await device.steps.run((step) =>
      step.commit((sql, changes) => {
        noteAnswer(sql, row.key, accountId, false);
        changes.conversation(conversationId);
      }),
    );
  }
  device.wake(row.key);
  return { kind: 'ok', value: null };
}

async function wantIn(
  device: DeviceContext,
  row: ConversationRow,
  { accountId, proof: bytes }: JoinRequestRow,
): Promise<void> {
  const proof = decodeJoinProof(bytes);
  if (proof === null) return;
  const { inviteId, expiresAtMs, signature } = proof;
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      const present = readGroupChanges(sql, row.key);
      if (present.some(({ change }) => change.kind === 'add' && change.accountIds.includes(accountId)))
        return;
      insertGroupChange(sql, row.key, randomId(device.provider), {
        kind: 'add',
        accountIds: [accountId],
        proof: { inviteId, expiresAtMs, signature: signature.toHex() },
      });
      changes.conversation(row.conversationId);
    }),
  );
}
