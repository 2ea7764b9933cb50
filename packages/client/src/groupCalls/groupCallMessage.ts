/**
 * What members say to each other of a call of their group (spec/groupCalls.md, "Messages"). Invariant: what is beyond the
 * limits, or says something unknown, decodes to nothing, and costs nothing but its entry.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  groupCallCheckSizeBytes,
  isShareKey,
  joinIdSizeBytes,
  maxGeneration,
  maxOrdinal,
  maxStep,
  sharedSecretSizeBytes,
} from '@sotto/crypto';
import {
  type AccountId,
  type CallId,
  ContentSchema,
  type ConversationId,
  type DeviceId,
  type GroupCallControl as EncodedControl,
  type GroupCallMedia as EncodedMedia,
  type GroupCallRoster as EncodedRoster,
  type GroupCall,
  idFromBytes,
  idToBytes,
  limits,
} from '@sotto/protocol';
import type { GroupCallControl, GroupCallMedia } from '../apiGroupCalls.ts';
import { isEmoji } from '../messages/emoji.ts';
import type { GroupCallMember, GroupCallRoster } from './groupCallLog.ts';

/** Byte strings are hexadecimal, as they are stored. */
export type GroupCallMessage = { readonly callId: CallId } & (
  | { readonly kind: 'start'; readonly hasVideo: boolean; readonly rings: boolean }
  | {
      readonly kind: 'join';
      readonly joinId: string;
      readonly shareKey: string;
      readonly media: GroupCallMedia;
      readonly wantsRoster: boolean;
    }
  | KeysMessage
  | {
      readonly kind: 'state';
      readonly joinId: string;
      readonly revision: number;
      readonly media: GroupCallMedia;
    }
  | { readonly kind: 'reaction'; readonly joinId: string; readonly emoji: string }
  | { readonly kind: 'control'; readonly control: GroupCallControl }
  | { readonly kind: 'leave'; readonly joinId: string }
  | { readonly kind: 'decline' }
  | {
      readonly kind: 'end';
      readonly startedBy: AccountId;
      readonly startSeq: number;
      readonly hasVideo: boolean;
      readonly durationMs: number;
      readonly peopleCount: number;
      readonly rang: boolean;
    }
);
export type GroupCallMessageOf<Kind extends GroupCallMessage['kind']> = GroupCallMessage & {
  readonly kind: Kind;
};

export interface KeysMessage {
  readonly kind: 'keys';
  readonly joinId: string;
  readonly generation: number;
  readonly step: number;
  readonly check: string;
  readonly shares: readonly { readonly ordinal: number; readonly shared: string }[];
  /** For devices that have not read the log since the start; null: there are none among those who are new. */
  readonly roster: GroupCallRoster | null;
}

/** Null: nothing that this device knows, or beyond the limits. */
export function decodeGroupCall(call: GroupCall): GroupCallMessage | null {
  const callId = idFromBytes<CallId>(call.callId);
  if (callId === null) return null;
  const { kind } = call;
  switch (kind.case) {
    case 'start':
      return { kind: 'start', callId, hasVideo: kind.value.video, rings: kind.value.rings };
    case 'join': {
      const { joinId, shareKey, media, wantsRoster } = kind.value;
      if (!isJoinId(joinId) || !isShareKey(shareKey)) return null;
      return {
        kind: 'join',
        callId,
        joinId: joinId.toHex(),
        shareKey: shareKey.toHex(),
        media: decodeMedia(media),
        wantsRoster,
      };
    }
    case 'keys': {
      const { joinId, generation, step, check, shares, roster } = kind.value;
      if (!isJoinId(joinId) || check.length !== groupCallCheckSizeBytes) return null;
      if (generation > maxGeneration || step > maxStep || shares.length > limits.joinsPerGroupCallAtOnce) {
        return null;
      }
      if (
        shares.some(({ ordinal, shared }) => ordinal > maxOrdinal || shared.length !== sharedSecretSizeBytes)
      ) {
        return null;
      }
      return {
        kind: 'keys',
        callId,
        joinId: joinId.toHex(),
        generation,
        step,
        check: check.toHex(),
        shares: shares.map(({ ordinal, shared }) => ({ ordinal, shared: shared.toHex() })),
        roster: roster === undefined ? null : decodeRoster(roster),
      };
    }
    case 'state': {
      const { joinId, revision, media } = kind.value;
      if (!isJoinId(joinId) || revision < 1 || revision > limits.updatesPerGroupCallJoin) return null;
      return { kind: 'state', callId, joinId: joinId.toHex(), revision, media: decodeMedia(media) };
    }
    case 'reaction': {
      const { joinId, emoji } = kind.value;
      if (!isJoinId(joinId) || !isEmoji(emoji)) return null;
      return { kind: 'reaction', callId, joinId: joinId.toHex(), emoji };
    }
    case 'control': {
      const control = decodeControl(kind.value);
      return control === null ? null : { kind: 'control', callId, control };
    }
    case 'leave': {
      const { joinId } = kind.value;
      return isJoinId(joinId) ? { kind: 'leave', callId, joinId: joinId.toHex() } : null;
    }
    case 'decline':
      return { kind: 'decline', callId };
    case 'end': {
      const { startSeq, video, durationMs, peopleCount, rang } = kind.value;
      const startedBy = idFromBytes<AccountId>(kind.value.startedBy);
      if (startedBy === null) return null;
      return {
        kind: 'end',
        callId,
        startedBy,
        startSeq: clamped(startSeq),
        hasVideo: video,
        durationMs: Math.min(clamped(durationMs), limits.callLifetimeMs),
        peopleCount: Math.min(peopleCount, limits.joinsPerGroupCall),
        rang,
      };
    }
    case undefined:
      return null;
  }
}

function decodeMedia(media: EncodedMedia | undefined): GroupCallMedia {
  return {
    isMuted: media?.muted ?? false,
    hasCamera: media?.camera ?? false,
    isSharing: media?.sharing ?? false,
    isHandRaised: media?.hand ?? false,
    isAudience: media?.audience ?? false,
  };
}

function decodeControl({ kind }: EncodedControl): GroupCallControl | null {
  switch (kind.case) {
    case 'askMute':
      if (kind.value.length === 0) return { kind: 'askMute', joinId: null };
      return isJoinId(kind.value) ? { kind: 'askMute', joinId: kind.value.toHex() } : null;
    case 'lowerHand':
      return isJoinId(kind.value) ? { kind: 'lowerHand', joinId: kind.value.toHex() } : null;
    case 'remove': {
      const accountId = idFromBytes<AccountId>(kind.value);
      return accountId === null ? null : { kind: 'remove', accountId };
    }
    case 'lock':
      return { kind: 'lock', on: kind.value };
    case 'move': {
      const conversationId = idFromBytes<ConversationId>(kind.value.conversationId);
      const toCallId = idFromBytes<CallId>(kind.value.callId);
      return conversationId === null || toCallId === null ? null : { kind: 'move', conversationId, toCallId };
    }
    case 'end':
      return kind.value ? { kind: 'endForAll' } : null;
    case undefined:
      return null;
  }
}

/** Null where any of it cannot be: it is one device's word for the whole call. */
function decodeRoster(roster: EncodedRoster): GroupCallRoster | null {
  const startedBy = idFromBytes<AccountId>(roster.startedBy);
  const startedDevice = idFromBytes<DeviceId>(roster.startedDevice);
  const { members, nextOrdinal, hasKeys, generation, step } = roster;
  if (startedBy === null || startedDevice === null || step > maxStep || nextOrdinal > maxOrdinal + 1) {
    return null;
  }
  if (members.length > limits.joinsPerGroupCallAtOnce) return null;
  const accounts = [roster.tookPart, roster.removed].map((ids) =>
    ids.map((id) => idFromBytes<AccountId>(id)),
  );
  if (accounts.some((ids) => ids.length > limits.joinsPerGroupCall || ids.includes(null))) return null;
  const { joinCounts } = roster;
  const isCount = (count: number): boolean => count <= limits.joinsPerGroupCallAccount;
  if (joinCounts.length !== roster.tookPart.length || !joinCounts.every(isCount)) return null;
  const decoded: GroupCallMember[] = [];
  let before = -1;
  for (const member of members) {
    const accountId = idFromBytes<AccountId>(member.accountId);
    const deviceId = idFromBytes<DeviceId>(member.deviceId);
    const { ordinal, joinId, shareKey } = member;
    if (accountId === null || deviceId === null || ordinal <= before || ordinal >= nextOrdinal) return null;
    if (!isJoinId(joinId) || !isShareKey(shareKey)) return null;
    before = ordinal;
    const handSeq = clamped(member.handSeq);
    decoded.push({
      ordinal,
      accountId,
      deviceId,
      joinId: joinId.toHex(),
      shareKey: shareKey.toHex(),
      media: decodeMedia(member.media),
      revision: Math.min(member.revision, limits.updatesPerGroupCallJoin),
      handSeq: handSeq === 0 ? null : handSeq,
      hasKeys: member.hasKeys,
      needlessKeys: Math.min(member.needlessKeys, limits.needlessKeysPerGroupCallJoin),
      wantsRoster: false,
    });
  }
  return {
    upToSeq: clamped(roster.upToSeq),
    start: {
      accountId: startedBy,
      deviceId: startedDevice,
      seq: clamped(roster.startSeq),
      atMs: clamped(roster.startedAtMs),
      hasVideo: roster.video,
      rings: false,
      timerSeconds: 0,
    },
    nextOrdinal,
    members: decoded,
    tookPart: accounts[0] as AccountId[],
    joinCounts,
    removed: accounts[1] as AccountId[],
    isLocked: roster.locked,
    keys: hasKeys ? { generation, step } : null,
    needsRenewal: roster.renewal,
  };
}

const isJoinId = (bytes: Uint8Array): boolean => bytes.length === joinIdSizeBytes;

/** Encoded Content. */
export function encodeGroupCall(sentAtMs: number, message: GroupCallMessage): Uint8Array {
  const value = { callId: idToBytes(message.callId), kind: kindOf(message) };
  const kind = { case: 'groupCall', value } as const;
  return toBinary(ContentSchema, create(ContentSchema, { sentAtMs: BigInt(sentAtMs), kind }));
}

type Kind = NonNullable<
  Extract<
    NonNullable<MessageInitShape<typeof ContentSchema>['kind']>,
    { readonly case: 'groupCall' }
  >['value']['kind']
>;

function kindOf(message: GroupCallMessage): Kind {
  switch (message.kind) {
    case 'start':
      return { case: 'start', value: { video: message.hasVideo, rings: message.rings } };
    case 'join': {
      const { joinId, shareKey, media, wantsRoster } = message;
      const value = {
        joinId: Uint8Array.fromHex(joinId),
        shareKey: Uint8Array.fromHex(shareKey),
        media: encodedMedia(media),
        wantsRoster,
      };
      return { case: 'join', value };
    }
    case 'keys': {
      const { joinId, generation, step, check, shares, roster } = message;
      const value = {
        joinId: Uint8Array.fromHex(joinId),
        generation,
        step,
        check: Uint8Array.fromHex(check),
        shares: shares.map(({ ordinal, shared }) => ({ ordinal, shared: Uint8Array.fromHex(shared) })),
        ...(roster === null ? {} : { roster: encodedRoster(roster) }),
      };
      return { case: 'keys', value };
    }
    case 'state': {
      const { joinId, revision, media } = message;
      const value = { joinId: Uint8Array.fromHex(joinId), revision, media: encodedMedia(media) };
      return { case: 'state', value };
    }
    case 'reaction':
      return {
        case: 'reaction',
        value: { joinId: Uint8Array.fromHex(message.joinId), emoji: message.emoji },
      };
    case 'control':
      return { case: 'control', value: { kind: encodedControl(message.control) } };
    case 'leave':
      return { case: 'leave', value: { joinId: Uint8Array.fromHex(message.joinId) } };
    case 'decline':
      return { case: 'decline', value: {} };
    case 'end': {
      const { startedBy, startSeq, hasVideo, durationMs, peopleCount, rang } = message;
      const value = {
        startedBy: idToBytes(startedBy),
        startSeq: BigInt(startSeq),
        video: hasVideo,
        durationMs: BigInt(durationMs),
        peopleCount,
        rang,
      };
      return { case: 'end', value };
    }
  }
}

const encodedMedia = ({ isMuted, hasCamera, isSharing, isHandRaised, isAudience }: GroupCallMedia) => ({
  muted: isMuted,
  camera: hasCamera,
  sharing: isSharing,
  hand: isHandRaised,
  audience: isAudience,
});

type ControlKind = NonNullable<Extract<Kind, { readonly case: 'control' }>['value']['kind']>;

function encodedControl(control: GroupCallControl): ControlKind {
  switch (control.kind) {
    case 'askMute':
      return { case: 'askMute', value: Uint8Array.fromHex(control.joinId ?? '') };
    case 'lowerHand':
      return { case: 'lowerHand', value: Uint8Array.fromHex(control.joinId) };
    case 'remove':
      return { case: 'remove', value: idToBytes(control.accountId) };
    case 'lock':
      return { case: 'lock', value: control.on };
    case 'move': {
      const { conversationId, toCallId } = control;
      const value = { conversationId: idToBytes(conversationId), callId: idToBytes(toCallId) };
      return { case: 'move', value };
    }
    case 'endForAll':
      return { case: 'end', value: true };
  }
}

function encodedRoster({ start, members, keys, ...roster }: GroupCallRoster) {
  return {
    upToSeq: BigInt(roster.upToSeq),
    startedBy: idToBytes(start.accountId),
    startedDevice: idToBytes(start.deviceId),
    startSeq: BigInt(start.seq),
    startedAtMs: BigInt(start.atMs),
    video: start.hasVideo,
    nextOrdinal: roster.nextOrdinal,
    members: members.map((member) => ({
      ordinal: member.ordinal,
      accountId: idToBytes(member.accountId),
      deviceId: idToBytes(member.deviceId),
      joinId: Uint8Array.fromHex(member.joinId),
      shareKey: Uint8Array.fromHex(member.shareKey),
      media: encodedMedia(member.media),
      revision: member.revision,
      handSeq: BigInt(member.handSeq ?? 0),
      hasKeys: member.hasKeys,
      needlessKeys: member.needlessKeys,
    })),
    tookPart: roster.tookPart.map((id) => idToBytes(id)),
    joinCounts: [...roster.joinCounts],
    removed: roster.removed.map((id) => idToBytes(id)),
    locked: roster.isLocked,
    hasKeys: keys !== null,
    generation: keys?.generation ?? 0,
    step: keys?.step ?? 0,
    renewal: roster.needsRenewal,
  };
}

const clamped = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
