import type { CallsApi } from '../api.ts';
import { blockCalls } from '../calls/blockedCalls.ts';
import {
  answerCall,
  declineCall,
  endCall,
  openCall,
  prepareCall,
  readCallServers,
  rejoinCall,
  resumeCall,
  startCall,
  updateCall,
} from '../calls/callCommands.ts';
import { alwaysRelay, setAlwaysRelay } from '../calls/relayChoice.ts';
import type { Sessions } from './sessions.ts';

/** Commands about calls between two people. */
export function createCallsApi(sessions: Sessions): CallsApi {
  const context = () => sessions.device().context;
  return {
    prepareCall: async (conversationId) => prepareCall(context(), conversationId),
    startCall: async (start) => startCall(context(), start),
    openCall: async (callId) => openCall(context(), callId),
    answerCall: async (start) => answerCall(context(), start),
    declineCall: async (callId) => declineCall(context(), callId),
    endCall: async (callId, reason) => endCall(context(), callId, reason),
    rejoinCall: async (callId) => rejoinCall(context(), callId),
    resumeCall: async (start) => resumeCall(context(), start),
    updateCall: async (callId, update, updateId) => updateCall(context(), callId, update, updateId),
    readCallServers: async (callId) => readCallServers(context(), callId),
    setAlwaysRelay: async (on) => setAlwaysRelay(context(), on),
    readAlwaysRelay: async () => context().database.read(alwaysRelay),
    blockCalls: async (conversationId, blocked) => blockCalls(context(), conversationId, blocked),
  };
}
