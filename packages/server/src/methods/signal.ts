import { type ConversationId, idFromBytes, idToBytes, limits } from '@sotto/protocol';
import { encodePush } from '../connection/frames.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** Goes to the devices that read the conversation now, and nowhere else: it is not stored. */
export const signal: ConnectionHandler<'signal'> = async (server, caller, request) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  if (conversationId === null || request.payload.length === 0) return refused('malformed');
  const tooLarge = refuseTooLarge([request.payload, limits.signalSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const epoch = await server.store.readEpoch(conversationId, caller.deviceId);
  if (epoch.kind === 'refused') return epoch;
  if (request.epoch !== BigInt(epoch.value)) return refused('stale_epoch', { epoch: BigInt(epoch.value) });
  const log = { kind: 'conversation', id: conversationId } as const;
  // That a member types must not cost what a thousand messages do. What is too much is lost, as signals may be.
  const { buckets, fanOut, clock } = server;
  if (buckets.signalsPerConversation.take(conversationId, fanOut.countOf(log), clock.nowMs()) > 0)
    return done({});
  const frame = encodePush({
    kind: {
      case: 'signal',
      value: {
        conversationId: request.conversationId,
        senderAccount: idToBytes(caller.accountId),
        senderDevice: idToBytes(caller.deviceId),
        epoch: request.epoch,
        payload: request.payload,
      },
    },
  });
  for (const { deviceId } of fanOut.readersOf(log)) {
    if (deviceId !== caller.deviceId) server.online.find(deviceId)?.connection.sendIfRoom(frame);
  }
  return done({});
};
