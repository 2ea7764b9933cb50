import { sealForInvite } from '@sotto/crypto';
import { type ConversationId, type InviteId, idToBytes, Connection as Methods } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { countMembers } from '../conversations/members.ts';
import { afterError, type WorkResult } from '../conversations/workResult.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { type GroupRules, readGroupDetails } from './groupInfoTable.ts';
import { encodePreview } from './groupInvites.ts';
import { deleteDroppedInvite, nextDroppedInvite, readInvites, setPreviewPut } from './inviteTable.ts';

/**
 * Keeps what a link shows as the group is: by the device that made the link, for whoever holds it. Null where all of them
 * say what they should.
 */
export async function putPreview(
  device: DeviceContext,
  row: ConversationRow,
  rules: GroupRules,
): Promise<WorkResult | null> {
  const { logId } = row;
  const { details, invites, memberCount } = device.database.read((sql) => ({
    details: readGroupDetails(sql, row.key),
    invites: readInvites(sql, row.key),
    memberCount: countMembers(sql, device.self.accountId, row),
  }));
  if (logId === null) return null;
  const dropped = device.database.read((sql) => nextDroppedInvite(sql, row.key));
  if (dropped !== null) return dropPreview(device, row, logId, dropped);
  if (details === null) return null;
  for (const { inviteId, key, link, preview } of invites) {
    const rule = rules.invites.find((one) => one.inviteId === inviteId);
    // How many members there are is put with the next change of the details.
    if (link === null || rule === undefined || preview === rules.detailsHash) continue;
    const { name, photo } = details;
    const { needsApproval } = rule;
    const contents = encodePreview({ name, photo, memberCount, needsApproval });
    const answer = await device.connection.call(Methods.method.putInvitePreview, {
      conversationId: idToBytes(logId),
      inviteId: idToBytes(inviteId),
      sealed: sealForInvite(device.provider, key, { kind: 'preview', inviteId }, contents),
      expiresAtMs: BigInt(rule.expiresAtMs),
    });
    if (answer.kind === 'lost') return { kind: 'idle' };
    if (answer.kind === 'error') return afterError(answer.error);
    await device.steps.run((step) =>
      step.commit((sql) => setPreviewPut(sql, row.key, inviteId, rules.detailsHash)),
    );
    return { kind: 'again' };
  }
  return null;
}

async function dropPreview(
  device: DeviceContext,
  row: ConversationRow,
  logId: ConversationId,
  inviteId: InviteId,
): Promise<WorkResult> {
  const answer = await device.connection.call(Methods.method.dropInvitePreview, {
    conversationId: idToBytes(logId),
    inviteId: idToBytes(inviteId),
  });
  if (answer.kind === 'lost') return { kind: 'idle' };
  if (answer.kind === 'error' && answer.error.code !== 'not_a_member') return afterError(answer.error);
  await device.steps.run((step) => step.commit((sql) => deleteDroppedInvite(sql, row.key, inviteId)));
  return { kind: 'again' };
}
