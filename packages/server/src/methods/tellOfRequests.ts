import { type ConversationId, type DeviceId, idToBytes } from '@sotto/protocol';
import { encodePush } from '../connection/frames.ts';
import type { Server } from '../server.ts';

/** Members that are connected are told that who asks to join is not who it was, and read it anew. */
export function tellOfRequests(
  { fanOut, online }: Pick<Server, 'fanOut' | 'online'>,
  conversationId: ConversationId,
  except: DeviceId | null,
): void {
  const value = { conversationId: idToBytes(conversationId) };
  const frame = encodePush({ kind: { case: 'joinRequest', value } });
  for (const { deviceId } of fanOut.readersOf({ kind: 'conversation', id: conversationId })) {
    if (deviceId === except) continue;
    online.find(deviceId)?.connection.sendIfRoom(frame);
  }
}
