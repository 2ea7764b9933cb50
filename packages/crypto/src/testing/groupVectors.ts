/** The test vectors of spec/groups.md: see specVectors.ts. */
import { create, toBinary } from '@bufbuild/protobuf';
import { extensionTypes } from '@sotto/mls';
import type { Provider } from '@sotto/primitives';
import {
  type AccountId,
  ContentSchema,
  type ConversationId,
  type DeviceId,
  GroupNoteSchema,
  type InviteId,
  idToBytes,
  type TransactionId,
} from '@sotto/protocol';
import { importDevice } from '../account/device.ts';
import { encodeMarks } from '../group/commitMarks.ts';
import { encodeDetails } from '../group/details.ts';
import { sealForInvite } from '../group/inviteSeal.ts';
import { encodeJoinProof, inviteKeys, signJoin } from '../group/joinProof.ts';
import { sealNote } from '../group/note.ts';
import { changeMessage } from '../group/noteCodec.ts';
import {
  directPolicy,
  encodePolicy,
  groupExtensions,
  groupPolicy,
  policyExtensionType,
} from '../group/policy.ts';
import type { GroupPolicy } from '../group/policyTypes.ts';

const accountId = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' as AccountId;
const otherAccountId = '10111213141516171819101a1b1c1d1e' as AccountId;
const conversationId = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecf' as ConversationId;
const transactionId = 'e0e1e2e3e4e5e6e7e8e9eaebecedeeef' as TransactionId;
const deviceId = 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf' as DeviceId;
const inviteId = 'b0b1b2b3b4b5b6b7b8b9babbbcbdbebf' as InviteId;
const createdAtMs = Date.UTC(2026, 10, 23);
const fill = (sizeBytes: number, value: number) => new Uint8Array(sizeBytes).fill(value);

/** `counting`: makes the provider with random bytes that count up from zero. */
export async function groupVectors(provider: Provider, counting: (provider: Provider) => Provider) {
  const direct = directPolicy([accountId, otherAccountId]);
  const changed = { ...direct, revision: 3, historyOff: [accountId] };
  const marks = new Map([[otherAccountId, 3]]);
  const secret = fill(16, 0x88);
  const keys = await inviteKeys(provider, secret);
  const details = { name: 'Choir', photo: new Uint8Array(0), description: 'Sings on Mondays' };
  const { encoded, hash } = encodeDetails(counting(provider), details);
  const group: GroupPolicy = {
    ...groupPolicy({ accountIds: direct.accountIds, ownerId: accountId, detailsHash: hash }),
    revision: 2,
    adminIds: [otherAccountId],
    sharesHistory: true,
    invites: [
      {
        inviteId,
        verifyKey: keys.verifyKey,
        expiresAtMs: createdAtMs,
        needsApproval: true,
        singleUse: false,
      },
    ],
  };
  const proof = await signJoin(provider, secret, {
    conversationId,
    inviteId,
    accountId,
    expiresAtMs: createdAtMs,
  });
  const request = new TextEncoder().encode('request');
  const place = { kind: 'request', inviteId, accountId } as const;
  const device = await importDevice(provider, deviceId, fill(32, 0x33));
  const { signingKey } = device;
  const self = { accountId, deviceId, signingKey, credential: new Uint8Array(0) };
  const change = changeMessage({ kind: 'renamed', name: details.name });
  const note = create(GroupNoteSchema, {
    changes: [change],
    details: encoded,
    inviteKeys: [{ inviteId: idToBytes(inviteId), key: keys.memberKey }],
  });
  const content = toBinary(
    ContentSchema,
    create(ContentSchema, { sentAtMs: BigInt(createdAtMs), kind: { case: 'groupNote', value: note } }),
  );
  const historyKey = fill(32, 0xaa);
  const notePlace = { conversationId, epoch: 7n, transactionId, sender: { accountId, deviceId } };
  const sealed = await sealNote(counting(provider), self, notePlace, historyKey, content);
  return {
    policyExtensionType,
    policy: { accountIds: direct.accountIds, encoded: encodePolicy(direct).toHex() },
    policyWithHistoryOff: {
      accountIds: direct.accountIds,
      revision: changed.revision,
      historyOff: changed.historyOff,
      encoded: encodePolicy(changed).toHex(),
    },
    groupPolicy: {
      accountIds: group.accountIds,
      ownerId: group.ownerId,
      adminIds: group.adminIds,
      rights: group.rights,
      sharesHistory: group.sharesHistory,
      detailsHash: hash.toHex(),
      revision: group.revision,
      encoded: encodePolicy(group).toHex(),
    },
    details: { ...details, photo: '', salt: encoded.subarray(2, 18).toHex(), encoded: encoded.toHex() },
    invite: {
      secret: secret.toHex(),
      inviteId,
      verifyKey: keys.verifyKey.toHex(),
      memberKey: keys.memberKey.toHex(),
      request: request.toHex(),
      sealedRequest: sealForInvite(counting(provider), keys.memberKey, place, request).toHex(),
    },
    joinProof: {
      conversationId,
      accountId,
      expiresAtMs: createdAtMs,
      encoded: encodeJoinProof(proof).toHex(),
    },
    note: {
      conversationId,
      epoch: 7,
      transactionId,
      accountId,
      deviceId,
      deviceSeed: device.seed.toHex(),
      historyKey: historyKey.toHex(),
      content: content.toHex(),
      sealed: sealed.toHex(),
    },
    requiredCapabilities: groupExtensions(direct)
      .find(({ type }) => type === extensionTypes.requiredCapabilities)!
      .data.toHex(),
    marks: { accountId: otherAccountId, seq: 3, encoded: encodeMarks(marks).toHex() },
    marksAndProofs: { encoded: encodeMarks(marks, [proof]).toHex() },
  };
}
