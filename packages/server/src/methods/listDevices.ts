import { idToBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** The caller's account's devices, and what was left for the caller itself. */
export const listDevices: ConnectionHandler<'listDevices'> = async ({ store, online }, caller, request) => {
  if (request.takenSeq > BigInt(Number.MAX_SAFE_INTEGER)) return refused('malformed');
  const { accountId, deviceId } = caller;
  const deliveries = await store.takeDeliveries(deviceId, Number(request.takenSeq));
  const devices = await store.listDevices(accountId);
  const passkeys = await store.listPasskeys(accountId);
  return done({
    devices: devices.map((device) => ({
      deviceId: idToBytes(device.deviceId),
      label: device.label ?? new Uint8Array(0),
      lastSeenMs: BigInt(device.lastSeenMs),
      online: online.find(device.deviceId) !== undefined,
    })),
    deliveries: deliveries.map(({ chainSeq, sealed }) => ({
      deviceId: idToBytes(deviceId),
      chainSeq: BigInt(chainSeq),
      sealed,
    })),
    passkeys: passkeys.map(({ passkeyId, label, lastUsedMs }) => ({
      passkeyId: idToBytes(passkeyId),
      label,
      lastUsedMs: BigInt(lastUsedMs),
    })),
  });
};
