import type { CallsApi } from '@sotto/client/api';
import {
  isBytesUpTo,
  isCount,
  isFlag,
  isId,
  isListOf,
  isNullOr,
  isOneOf,
  isOptional,
  isRecord,
  isText,
} from './checks.ts';
import type { CommandRule } from './commands.ts';

const candidatesLimit = 16;
const keySizeBytes = 32;

const isStart = isRecord({
  callId: isId,
  hasVideo: isFlag,
  description: isText,
  frameKey: isBytesUpTo(keySizeBytes),
});
const isUpdate = isRecord({
  join: isCount,
  description: isOptional(isRecord({ type: isOneOf('offer', 'answer'), sdp: isText })),
  candidates: isOptional(
    isListOf(
      isRecord({ candidate: isText, sdpMid: isNullOr(isText), sdpMLineIndex: isNullOr(isCount) }),
      candidatesLimit,
    ),
  ),
  media: isOptional(isRecord({ isMuted: isFlag, hasCamera: isFlag, isSharing: isFlag, isLowData: isFlag })),
  video: isOptional(isOneOf('asked', 'accepted', 'declined')),
  movedTo: isOptional(isRecord({ conversationId: isId, callId: isId })),
});

export const callCommands: { readonly [Name in keyof CallsApi]: CommandRule<Name> } = {
  prepareCall: { arguments: [isId], interrupted: 'repeat' },
  startCall: { arguments: [isStart], interrupted: 'repeat' },
  openCall: { arguments: [isId], interrupted: 'repeat' },
  answerCall: { arguments: [isStart], interrupted: 'repeat' },
  declineCall: { arguments: [isId], interrupted: 'repeat' },
  endCall: { arguments: [isId, isOptional(isOneOf('failed'))], interrupted: 'repeat' },
  rejoinCall: { arguments: [isId], interrupted: 'repeat' },
  resumeCall: { arguments: [isStart], interrupted: 'repeat' },
  // Repeated with the id that the page chose, so it is told once.
  updateCall: { arguments: [isId, isUpdate, isId], interrupted: 'repeat' },
  readCallServers: { arguments: [isId], interrupted: 'repeat' },
  setAlwaysRelay: { arguments: [isFlag], interrupted: 'repeat' },
  readAlwaysRelay: { arguments: [], interrupted: 'repeat' },
  blockCalls: { arguments: [isId, isFlag], interrupted: 'repeat' },
};
