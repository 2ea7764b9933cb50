/** Local lock (spec/accounts.md, "Signing out"). */
import type { Provider } from '@sotto/primitives';
import { type DeviceId, idToBytes } from '@sotto/protocol';
import { labelled } from '../labels.ts';

/** Key under which a signed-out device's local database is sealed, 32 bytes; from the vault root key. */
export function lockKey(provider: Provider, rootKey: Uint8Array, deviceId: DeviceId): Uint8Array {
  return provider.hkdf.expand(rootKey, labelled('deviceLock', idToBytes(deviceId)), 32);
}
