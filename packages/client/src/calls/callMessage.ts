/**
 * What the two devices of a call say to each other (spec/calls.md, "Messages"). Invariant: what is beyond the limits, or says
 * something unknown, decodes to nothing, and costs nothing but its entry.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { callSecretSizeBytes, joinIdSizeBytes } from '@sotto/crypto';
import {
  type AccountId,
  type Call,
  type CallId,
  CallVideo,
  ContentSchema,
  type ConversationId,
  type DeviceId,
  type CallCandidate as EncodedCandidate,
  CallOutcome as EncodedOutcome,
  type GroupCallPlace as EncodedPlace,
  type CallUpdate as EncodedUpdate,
  idFromBytes,
  idSizeBytes,
  idToBytes,
  limits,
} from '@sotto/protocol';
import type {
  CallCandidate,
  CallDescription,
  CallMediaState,
  CallOutcome,
  CallUpdate,
  GroupCallPlace,
} from '../apiCalls.ts';
import { textSizeBytes } from '../messages/textContent.ts';
import { fingerprintOf } from './fingerprint.ts';

/** Byte strings are hexadecimal, as they are stored. */
export type CallMessage = { readonly callId: CallId } & (
  | {
      readonly kind: 'invite';
      readonly joinId: string;
      readonly commitment: string;
      readonly offer: string;
      readonly hasVideo: boolean;
      readonly relayTag: string;
    }
  | {
      readonly kind: 'answer';
      readonly joinId: string;
      readonly secret: string;
      readonly answer: string;
      readonly hasVideo: boolean;
    }
  | {
      readonly kind: 'confirm';
      readonly secret: string;
      readonly deviceId: DeviceId;
      readonly joinId: string;
    }
  | ({ readonly kind: 'update' } & UpdateMessage)
  | {
      readonly kind: 'end';
      readonly outcome: CallOutcome;
      readonly hasVideo: boolean;
      readonly durationMs: number;
      readonly callerId: AccountId;
      readonly inviteSeq: number;
    }
);
export type CallMessageOf<Kind extends CallMessage['kind']> = CallMessage & { readonly kind: Kind };

export interface UpdateMessage {
  readonly joinId: string;
  /** Empty: for whoever answers. */
  readonly toJoinId: string;
  readonly revision: number;
  readonly description: CallDescription | null;
  readonly candidates: readonly CallCandidate[];
  readonly media: CallMediaState | null;
  readonly video: NonNullable<CallUpdate['video']> | null;
  readonly movedTo?: GroupCallPlace;
}

const commitmentSizeBytes = 32;
const sdpMidLength = 64;

/** Null: nothing that this device knows, or beyond the limits. */
export function decodeCall(call: Call): CallMessage | null {
  const callId = idFromBytes<CallId>(call.callId);
  if (callId === null) return null;
  const { kind } = call;
  switch (kind.case) {
    case 'invite': {
      const { joinId, commitment, offer, video, relayTag } = kind.value;
      if (!isDescription(offer) || !isJoinId(joinId)) return null;
      if (commitment.length !== commitmentSizeBytes || relayTag.length !== idSizeBytes) return null;
      return {
        kind: 'invite',
        callId,
        joinId: joinId.toHex(),
        commitment: commitment.toHex(),
        offer,
        hasVideo: video,
        relayTag: relayTag.toHex(),
      };
    }
    case 'answer': {
      const { joinId, secret, answer, video } = kind.value;
      if (!isDescription(answer) || !isJoinId(joinId) || secret.length !== callSecretSizeBytes) return null;
      return {
        kind: 'answer',
        callId,
        joinId: joinId.toHex(),
        secret: secret.toHex(),
        answer,
        hasVideo: video,
      };
    }
    case 'confirm': {
      const { secret, joinId } = kind.value;
      const deviceId = idFromBytes<DeviceId>(kind.value.deviceId);
      if (deviceId === null || !isJoinId(joinId) || secret.length !== callSecretSizeBytes) return null;
      return { kind: 'confirm', callId, secret: secret.toHex(), deviceId, joinId: joinId.toHex() };
    }
    case 'update': {
      const update = decodeUpdate(kind.value);
      return update === null ? null : { kind: 'update', callId, ...update };
    }
    case 'end': {
      const outcome = outcomes.get(kind.value.outcome);
      const callerId = idFromBytes<AccountId>(kind.value.callerId);
      if (outcome === undefined || callerId === null) return null;
      return {
        kind: 'end',
        callId,
        outcome,
        hasVideo: kind.value.video,
        durationMs: clamped(kind.value.durationMs),
        callerId,
        inviteSeq: clamped(kind.value.inviteSeq),
      };
    }
    case undefined:
      return null;
  }
}

function decodeUpdate(update: EncodedUpdate): UpdateMessage | null {
  const { joinId, toJoinId, revision, description, media } = update;
  if (!isJoinId(joinId) || (toJoinId.length > 0 && !isJoinId(toJoinId))) return null;
  if (revision < 1 || revision > limits.updatesPerCallJoin) return null;
  if (description !== undefined && !isDescription(description.sdp)) return null;
  const candidates = update.candidates.map(decodeCandidate);
  if (!isCandidates(candidates)) return null;
  const movedTo = decodePlace(update.movedTo);
  return {
    joinId: joinId.toHex(),
    toJoinId: toJoinId.toHex(),
    revision,
    description:
      description === undefined
        ? null
        : { type: description.isAnswer ? 'answer' : 'offer', sdp: description.sdp },
    candidates,
    media:
      media === undefined
        ? null
        : {
            isMuted: media.muted,
            hasCamera: media.camera,
            isSharing: media.sharing,
            isLowData: media.lowData,
          },
    video: videoSteps.get(update.video) ?? null,
    ...(movedTo === null ? {} : { movedTo }),
  };
}

/** Null where there is none, or one that cannot be. */
function decodePlace(place: EncodedPlace | undefined): GroupCallPlace | null {
  if (place === undefined) return null;
  const conversationId = idFromBytes<ConversationId>(place.conversationId);
  const callId = idFromBytes<CallId>(place.callId);
  return conversationId === null || callId === null ? null : { conversationId, callId };
}

function decodeCandidate({ candidate, sdpMid, sdpMLineIndex }: EncodedCandidate): CallCandidate {
  return { candidate, sdpMid: sdpMid ?? null, sdpMLineIndex: sdpMLineIndex ?? null };
}

/** Within the limits, and with one certificate. */
export function isDescription(sdp: string): boolean {
  return textSizeBytes(sdp) <= limits.callDescriptionSizeBytes && fingerprintOf(sdp) !== null;
}

export function isCandidates(candidates: readonly CallCandidate[]): boolean {
  return (
    candidates.length <= limits.candidatesPerCallUpdate &&
    candidates.every(
      ({ candidate, sdpMid }) =>
        textSizeBytes(candidate) <= limits.callCandidateSizeBytes && (sdpMid?.length ?? 0) <= sdpMidLength,
    )
  );
}

const isJoinId = (bytes: Uint8Array): boolean => bytes.length === joinIdSizeBytes;

/** Encoded Content. */
export function encodeCall(sentAtMs: number, message: CallMessage): Uint8Array {
  const value = { callId: idToBytes(message.callId), kind: kindOf(message) };
  const kind = { case: 'call', value } as const;
  return toBinary(ContentSchema, create(ContentSchema, { sentAtMs: BigInt(sentAtMs), kind }));
}

type Kind = NonNullable<
  Extract<
    NonNullable<MessageInitShape<typeof ContentSchema>['kind']>,
    { readonly case: 'call' }
  >['value']['kind']
>;

function kindOf(message: CallMessage): Kind {
  switch (message.kind) {
    case 'invite': {
      const { joinId, commitment, offer, hasVideo, relayTag } = message;
      const value = {
        joinId: Uint8Array.fromHex(joinId),
        commitment: Uint8Array.fromHex(commitment),
        offer,
        video: hasVideo,
        relayTag: Uint8Array.fromHex(relayTag),
      };
      return { case: 'invite', value };
    }
    case 'answer': {
      const { joinId, secret, answer, hasVideo } = message;
      const value = {
        joinId: Uint8Array.fromHex(joinId),
        secret: Uint8Array.fromHex(secret),
        answer,
        video: hasVideo,
      };
      return { case: 'answer', value };
    }
    case 'confirm': {
      const { secret, deviceId, joinId } = message;
      const value = {
        secret: Uint8Array.fromHex(secret),
        deviceId: idToBytes(deviceId),
        joinId: Uint8Array.fromHex(joinId),
      };
      return { case: 'confirm', value };
    }
    case 'update': {
      const { joinId, toJoinId, revision, description, candidates, media, video, movedTo } = message;
      const value = {
        joinId: Uint8Array.fromHex(joinId),
        toJoinId: Uint8Array.fromHex(toJoinId),
        revision,
        ...(description === null
          ? {}
          : { description: { isAnswer: description.type === 'answer', sdp: description.sdp } }),
        candidates: candidates.map(({ candidate, sdpMid, sdpMLineIndex }) => ({
          candidate,
          ...(sdpMid === null ? {} : { sdpMid }),
          ...(sdpMLineIndex === null ? {} : { sdpMLineIndex }),
        })),
        ...(media === null
          ? {}
          : {
              media: {
                muted: media.isMuted,
                camera: media.hasCamera,
                sharing: media.isSharing,
                lowData: media.isLowData,
              },
            }),
        ...(video === null ? {} : { video: encodedVideo[video] }),
        ...(movedTo === undefined
          ? {}
          : {
              movedTo: {
                conversationId: idToBytes(movedTo.conversationId),
                callId: idToBytes(movedTo.callId),
              },
            }),
      };
      return { case: 'update', value };
    }
    case 'end': {
      const { outcome, hasVideo, durationMs, callerId, inviteSeq } = message;
      const value = {
        outcome: encodedOutcome[outcome],
        video: hasVideo,
        durationMs: BigInt(durationMs),
        callerId: idToBytes(callerId),
        inviteSeq: BigInt(inviteSeq),
      };
      return { case: 'end', value };
    }
  }
}

const encodedOutcome: Readonly<Record<CallOutcome, EncodedOutcome>> = {
  answered: EncodedOutcome.ANSWERED,
  unanswered: EncodedOutcome.UNANSWERED,
  cancelled: EncodedOutcome.CANCELLED,
  declined: EncodedOutcome.DECLINED,
  busy: EncodedOutcome.BUSY,
  failed: EncodedOutcome.FAILED,
};
const outcomes = new Map(
  Object.entries(encodedOutcome).map(([name, value]) => [value, name as CallOutcome] as const),
);
const encodedVideo: Readonly<Record<NonNullable<CallUpdate['video']>, CallVideo>> = {
  asked: CallVideo.ASKED,
  accepted: CallVideo.ACCEPTED,
  declined: CallVideo.DECLINED,
};
const videoSteps = new Map(
  Object.entries(encodedVideo).map(
    ([name, value]) => [value, name as NonNullable<CallUpdate['video']>] as const,
  ),
);

const clamped = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
