import { idSizeBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/relay.md §Credentials: servers for a call, and credentials for the calling account's devices. */
export const openRelay: ConnectionHandler<'openRelay'> = async (server, caller, { relayTag }) => {
  const { accountId, connection } = caller;
  if (relayTag.length !== idSizeBytes) return refused('malformed');
  const nowMs = server.clock.nowMs();
  const retryAfterMs = server.buckets.relaysPerAccount.take(accountId, 1, nowMs);
  if (retryAfterMs > 0) return refused('rate_limited', { retryAfterMs });
  const { servers, expiresAtMs } = server.callServers.open({
    accountId,
    relayTag,
    host: connection.host,
    nowMs,
  });
  return done({ servers: [...servers], expiresAtMs: BigInt(expiresAtMs) });
};
