import { limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge, refuseTooMany } from './sizes.ts';
import { takeStorage } from './takeStorage.ts';

/** Refills the device's pool. Repeating it is harmless. */
export const publishKeyPackages: ConnectionHandler<'publishKeyPackages'> = async (
  server,
  caller,
  request,
) => {
  const { keyPackages, lastResort } = request;
  const refusal =
    refuseTooMany(keyPackages, limits.keyPackagesPerRequest) ??
    refuseTooLarge(
      ...[...keyPackages, lastResort].map((bytes) => [bytes, limits.keyPackageSizeBytes] as const),
    );
  if (refusal !== null) return refusal;
  if (keyPackages.some((bytes) => bytes.length === 0)) return refused('malformed');
  const sizeBytes = keyPackages.reduce((sum, bytes) => sum + bytes.length, lastResort.length);
  const tooMuch = takeStorage(server, caller, sizeBytes);
  if (tooMuch !== null) return tooMuch;
  const remaining = await server.store.publishKeyPackages({
    deviceId: caller.deviceId,
    keyPackages,
    lastResort: lastResort.length === 0 ? null : lastResort,
  });
  return done({ remaining });
};
