import { type DeviceId, idFromBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** A sealed name for one of the caller's account's devices. */
export const labelDevice: ConnectionHandler<'labelDevice'> = async ({ store }, caller, request) => {
  const deviceId = idFromBytes<DeviceId>(request.deviceId);
  if (deviceId === null) return refused('malformed');
  const tooLarge = refuseTooLarge([request.label, limits.deviceLabelSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const isOwn = await store.labelDevice(caller.accountId, deviceId, request.label);
  return isOwn ? done({}) : refused('malformed');
};
