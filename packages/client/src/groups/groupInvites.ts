/** Links into groups: made by members, looked at and used by who holds them (spec/groups.md, "Joining by link"). */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  createInviteSecret,
  encodeJoinProof,
  inviteKeys,
  isGroupName,
  isGroupPhoto,
  openForInvite,
  sealForInvite,
  signJoin,
} from '@sotto/crypto';
import {
  type ConversationId,
  type InviteId,
  InvitePreviewSchema,
  idFromBytes,
  idToBytes,
  limits,
  Connection as Methods,
} from '@sotto/protocol';
import type {
  GroupInvitePreview,
  GroupInviteProblem,
  GroupProblem,
  NewGroupInvite,
  Outcome,
} from '../api.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { findConversationByLog } from '../conversations/conversationTable.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';
import { ask } from './changeGroup.ts';
import { type GroupLink, parseGroupLink } from './inviteLink.ts';

type Asked<Value> = Promise<Outcome<Value, GroupInviteProblem>>;

const problem = (found: GroupInviteProblem) => ({ kind: 'problem', problem: found }) as const;
const longestLifetimeMs = 365 * 24 * 3_600_000;

export function createGroupInvite(
  device: DeviceContext,
  conversationId: ConversationId,
  { lifetimeMs, needsApproval, singleUse }: NewGroupInvite,
): Promise<Outcome<null, GroupProblem>> {
  return ask(device, conversationId, 'addMembers', (_, __, rules) => {
    const limit = limits.invitesPerGroup;
    if ((rules?.invites.length ?? 0) >= limit) return { kind: 'tooManyInvites', limit };
    const lifetime = Math.min(Math.max(Math.trunc(lifetimeMs), 60_000), longestLifetimeMs);
    return [
      {
        kind: 'invite',
        inviteId: randomId<InviteId>(device.provider),
        secret: createInviteSecret(device.provider).toHex(),
        expiresAtMs: device.clock.now() + lifetime,
        needsApproval,
        singleUse,
      },
    ];
  });
}

export function revokeGroupInvite(
  device: DeviceContext,
  conversationId: ConversationId,
  inviteId: string,
): Promise<Outcome<null, GroupProblem>> {
  return ask(device, conversationId, 'addMembers', () => [
    { kind: 'revoke', inviteId: inviteId as InviteId },
  ]);
}

/** What the link shows, as a member put it: under a key that the server does not have. */
export async function resolveGroupInvite(device: DeviceContext, text: string): Asked<GroupInvitePreview> {
  const link = parseGroupLink(text);
  if (link === null) return problem({ kind: 'invalid' });
  const { inviteId, logId, secret } = link;
  const answer = await device.connection.call(Methods.method.readInvitePreview, {
    inviteId: idToBytes(inviteId),
  });
  if (answer.kind === 'lost') return problem({ kind: 'offline' });
  if (answer.kind === 'error') {
    if (answer.error.code === 'invite_invalid') return problem({ kind: 'unusable' });
    return problem({ kind: 'refused', code: answer.error.code });
  }
  if (idFromBytes<ConversationId>(answer.value.conversationId) !== logId) return problem({ kind: 'invalid' });
  const { memberKey } = await inviteKeys(device.provider, secret);
  const place = { kind: 'preview', inviteId } as const;
  const opened = openForInvite(device.provider, memberKey, place, answer.value.sealed);
  const preview = opened === null ? null : decodeMessage(InvitePreviewSchema, opened);
  if (preview === null) return problem({ kind: 'invalid' });
  const { row, sent } = device.database.read((sql) => ({
    row: findConversationByLog(sql, logId),
    sent: sentRequest(sql, link),
  }));
  const conversationId = answer.value.member && row !== null ? row.conversationId : null;
  if (conversationId === null && sent?.refused === true) return problem({ kind: 'declined' });
  return {
    kind: 'ok',
    value: {
      // Whoever has the link could have put it: it is shown as no group could not be.
      name: isGroupName(preview.name) ? preview.name : '',
      photo: isGroupPhoto(preview.photo) ? preview.photo : new Uint8Array(0),
      memberCount: Math.min(preview.memberCount, limits.accountsPerConversation),
      needsApproval: preview.needsApproval,
      conversationId,
      requested: sent !== null,
    },
  };
}

/** Asks the members, with a proof that this account holds the link. */
export async function requestToJoin(
  device: DeviceContext,
  text: string,
): Asked<{ readonly needsApproval: boolean }> {
  const resolved = await resolveGroupInvite(device, text);
  const link = parseGroupLink(text);
  if (resolved.kind === 'problem' || link === null) {
    return resolved.kind === 'problem' ? resolved : problem({ kind: 'invalid' });
  }
  const { inviteId, logId } = link;
  const answer = await device.connection.call(Methods.method.requestToJoin, {
    conversationId: idToBytes(logId),
    inviteId: idToBytes(inviteId),
    sealed: await sealRequest(device, link),
  });
  if (answer.kind === 'lost') return problem({ kind: 'offline' });
  if (answer.kind === 'error') {
    if (answer.error.code === 'invite_invalid') return problem({ kind: 'unusable' });
    return problem({ kind: 'refused', code: answer.error.code });
  }
  await device.steps.run((step) =>
    step.commit((sql) =>
      sql.run('INSERT OR REPLACE INTO sent_join_request VALUES (?, ?, 0)', logId, inviteId),
    ),
  );
  return { kind: 'ok', value: { needsApproval: resolved.value.needsApproval } };
}

async function sealRequest(
  device: DeviceContext,
  { inviteId, logId, secret }: GroupLink,
): Promise<Uint8Array> {
  const { provider, self } = device;
  const { accountId } = self;
  const expiresAtMs = device.clock.now() + limits.joinRequestLifetimeMs;
  const proof = await signJoin(provider, secret, { conversationId: logId, inviteId, accountId, expiresAtMs });
  const { memberKey } = await inviteKeys(provider, secret);
  return sealForInvite(provider, memberKey, { kind: 'request', inviteId, accountId }, encodeJoinProof(proof));
}

/** A member said no. */
export async function noteRefusal(device: DeviceContext, logId: ConversationId): Promise<void> {
  await device.steps.run((step) =>
    step.commit((sql) => sql.run('UPDATE sent_join_request SET refused = 1 WHERE log_id = ?', logId)),
  );
}

/** By this link: who was refused may ask by another one. */
function sentRequest(sql: Sql, { logId, inviteId }: GroupLink): { readonly refused: boolean } | null {
  const row = sql.get(
    'SELECT refused FROM sent_join_request WHERE log_id = ? AND invite_id = ?',
    logId,
    inviteId,
  );
  return row === undefined ? null : { refused: row.refused === 1 };
}

/** What a preview says of the group, encoded. */
export function encodePreview(preview: {
  readonly name: string;
  readonly photo: Uint8Array;
  readonly memberCount: number;
  readonly needsApproval: boolean;
}): Uint8Array {
  return toBinary(InvitePreviewSchema, create(InvitePreviewSchema, preview));
}
