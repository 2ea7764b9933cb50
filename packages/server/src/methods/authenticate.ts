import { type AccountId, type DeviceId, idFromBytes } from '@sotto/protocol';
import { toMinute } from '../account/toMinute.ts';
import { verifyEd25519 } from '../account/verifyEd25519.ts';
import { announcePresence } from '../connection/presence.ts';
import { done, refused } from '../outcome.ts';
import type { AuthenticateHandler } from './handler.ts';

const authenticateLabel = 'Sotto 1 authenticate';

/** A device proves its key by signing the connection's challenge, which is good for one try. */
export const authenticate: AuthenticateHandler = async (server, connection, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  const deviceId = idFromBytes<DeviceId>(request.deviceId);
  if (accountId === null || deviceId === null) return refused('malformed');
  const nowMs = server.clock.nowMs();
  const nonce = connection.takeChallenge(nowMs);
  if (nonce === null) return refused('authentication_failed');
  const device = await server.store.findDevice(deviceId);
  if (device === null || device.accountId !== accountId) {
    const account = await server.store.findAccount({ accountId });
    return refused(account === null ? 'unknown_account' : 'device_unknown');
  }
  const account = device.active ? null : await server.store.findAccount({ accountId });
  if (account !== null && account.successor !== null) return refused('account_closed');
  const hasEnded = device.notAfterMs !== 0 && device.notAfterMs <= nowMs;
  if (!device.active || hasEnded) return refused('device_unknown');
  const signed = [server.secrets.serverId, nonce, request.accountId, request.deviceId];
  if (!verifyEd25519(device.signatureKey, authenticateLabel, signed, request.signature)) {
    return refused('authentication_failed');
  }
  const wasOnline = server.online.isOnline(accountId);
  if (!connection.becomeOnline(accountId, deviceId)) return refused('unavailable');
  server.background(server.store.deviceSeen(deviceId, toMinute(nowMs)));
  if (!wasOnline) server.background(announcePresence(server, accountId));
  return done({ serverTimeMs: BigInt(nowMs), keyPackages: device.keyPackages });
};
