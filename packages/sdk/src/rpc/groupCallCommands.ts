import type { GroupCallsApi } from '@sotto/client/api';
import type { Check } from './checks.ts';
import { isBytesUpTo, isFlag, isId, isNullOr, isOptional, isRecord, isText } from './checks.ts';
import type { CommandRule } from './commands.ts';

const keySizeBytes = 32;
const requestSizeBytes = 32 * 1024;
const emojiLength = 64;

const isJoinId: Check = (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
const isEmojiText: Check = (value) => typeof value === 'string' && value.length <= emojiLength;
const isMedia = isRecord({
  isMuted: isFlag,
  hasCamera: isFlag,
  isSharing: isFlag,
  isHandRaised: isFlag,
  isAudience: isFlag,
});
const isStart = isRecord({
  conversationId: isId,
  hasVideo: isFlag,
  rings: isOptional(isFlag),
  movesFrom: isOptional(isId),
});
const isJoin = isRecord({
  callId: isId,
  frameKey: isBytesUpTo(keySizeBytes),
  media: isMedia,
  movesFrom: isOptional(isId),
});
const controls: Readonly<Record<string, Check>> = {
  askMute: isRecord({ kind: isText, joinId: isNullOr(isJoinId) }),
  lowerHand: isRecord({ kind: isText, joinId: isJoinId }),
  remove: isRecord({ kind: isText, accountId: isId }),
  lock: isRecord({ kind: isText, on: isFlag }),
  endForAll: isRecord({ kind: isText }),
  move: isRecord({ kind: isText, conversationId: isId, toCallId: isId }),
};
const isControl: Check = (value) => {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const { kind } = value;
  return typeof kind === 'string' && Object.hasOwn(controls, kind) && controls[kind]!(value);
};

export const groupCallCommands: { readonly [Name in keyof GroupCallsApi]: CommandRule<Name> } = {
  // Where the first one has begun a call, the second gives that one's id.
  startGroupCall: { arguments: [isStart], interrupted: 'repeat' },
  // By its `frameKey` it is the same join.
  joinGroupCall: { arguments: [isJoin], interrupted: 'repeat' },
  askCallSeat: { arguments: [isId, isBytesUpTo(requestSizeBytes)], interrupted: 'repeat' },
  updateGroupCall: { arguments: [isId, isMedia], interrupted: 'repeat' },
  // Repeated with the id that the page chose, so it is shown once.
  reactInGroupCall: { arguments: [isId, isEmojiText, isId], interrupted: 'repeat' },
  controlGroupCall: { arguments: [isId, isControl], interrupted: 'repeat' },
  leaveGroupCall: { arguments: [isId], interrupted: 'repeat' },
  declineGroupCall: { arguments: [isId], interrupted: 'repeat' },
};
