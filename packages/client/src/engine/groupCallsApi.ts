import type { GroupCallsApi } from '../api.ts';
import {
  askCallSeat,
  controlGroupCall,
  declineGroupCall,
  joinGroupCall,
  leaveGroupCall,
  reactInGroupCall,
  startGroupCall,
  updateGroupCall,
} from '../groupCalls/groupCallCommands.ts';
import type { Sessions } from './sessions.ts';

/** Commands about calls of groups. */
export function createGroupCallsApi(sessions: Sessions): GroupCallsApi {
  const context = () => sessions.device().context;
  return {
    startGroupCall: async (start) => startGroupCall(context(), start),
    joinGroupCall: async (join) => joinGroupCall(context(), join),
    askCallSeat: async (callId, request) => askCallSeat(context(), callId, request),
    updateGroupCall: async (callId, media) => updateGroupCall(context(), callId, media),
    reactInGroupCall: async (callId, emoji, reactionId) =>
      reactInGroupCall(context(), callId, emoji, reactionId),
    controlGroupCall: async (callId, control) => controlGroupCall(context(), callId, control),
    leaveGroupCall: async (callId) => leaveGroupCall(context(), callId),
    declineGroupCall: async (callId) => declineGroupCall(context(), callId),
  };
}
