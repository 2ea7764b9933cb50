/** Local lock (spec/accounts.md, "Signing out"). */
import type { Provider } from '@sotto/primitives';
import { type DeviceId, idToBytes } from '@sotto/protocol';
import { labelled } from '../labels.ts';

/** Key under which a signed-out device's local database is sealed, 32 bytes; from the vault's lock root. */
export function lockKey(provider: Provider, lockRoot: Uint8Array, deviceId: DeviceId): Uint8Array {
  return provider.hkdf.expand(lockRoot, labelled('deviceLock', idToBytes(deviceId)), 32);
}
