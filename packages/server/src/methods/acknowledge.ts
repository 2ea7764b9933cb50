import { limits } from '@sotto/protocol';
import { decodeCursors } from '../log/logKey.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

/** Moves the device's cursors forward; acknowledged inbox entries are deleted. */
export const acknowledge: ConnectionHandler<'acknowledge'> = async ({ store }, { deviceId }, request) => {
  const tooMany = refuseTooMany(request.cursors, limits.cursorsPerAcknowledge);
  if (tooMany !== null) return tooMany;
  const cursors = decodeCursors(request.cursors);
  if (cursors === null) return refused('malformed');
  const outcome = await store.acknowledge(deviceId, cursors);
  return outcome.kind === 'refused' ? outcome : done({});
};
