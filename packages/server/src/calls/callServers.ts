/** What a call may connect by (spec/relay.md §Servers). */
import { isIPv6 } from 'node:net';
import type { AccountId } from '@sotto/protocol';
import { createCredentials, type RelayProcess } from '@sotto/relay';
import type { Config } from '../config.ts';

/** As RTCIceServer. */
interface CallServer {
  readonly urls: string[];
  readonly username: string;
  readonly credential: string;
}

interface CallRequest {
  readonly accountId: AccountId;
  /** The call's, 16 bytes. */
  readonly relayTag: Uint8Array;
  /** By which the client reached the server; null: not known. */
  readonly host: string | null;
  readonly nowMs: number;
}

export interface CallServers {
  /** Servers for a call, with credentials for the account's devices. */
  open(request: CallRequest): { readonly servers: readonly CallServer[]; readonly expiresAtMs: number };
}

/** Calls go direct only. */
export const noCallServers: CallServers = { open: () => ({ servers: [], expiresAtMs: 0 }) };

/** Longer than calls are; a longer one connects anew with others. */
const credentialsLifetimeMs = 12 * 3_600_000;

/** The server's own relay, where it listens, and the TURN servers of the configuration. */
export function createCallServers(
  config: Pick<Config, 'callsHost' | 'turnUrls' | 'turnSecret'>,
  own: { readonly processes: readonly Pick<RelayProcess, 'listening'>[]; readonly secret: string },
): CallServers {
  const isTurn = (url: string) => url.startsWith('turn');
  return {
    open({ accountId, relayTag, host, nowMs }) {
      const expiresAtMs = nowMs + credentialsLifetimeMs;
      const servers: CallServer[] = [];
      const add = (urls: string[], secret: string) => {
        const open = urls.filter((url) => !isTurn(url));
        const closed = urls.filter(isTurn);
        if (open.length > 0) servers.push({ urls: open, username: '', credential: '' });
        if (closed.length === 0) return;
        const credentials = createCredentials(secret, { ownerId: accountId, relayTag, expiresAtMs });
        servers.push({ urls: closed, ...credentials });
      };
      // Both sides of a call come to the same one: they name the same tag.
      const listening = own.processes.filter((relay) => relay.listening !== null);
      const relay = listening[(relayTag[0] ?? 0) % listening.length];
      if (relay !== undefined) add(urlsOf(relay, config.callsHost ?? host), own.secret);
      add([...config.turnUrls], config.turnSecret ?? '');
      return { servers, expiresAtMs: servers.length === 0 ? 0 : expiresAtMs };
    },
  };
}

function urlsOf({ listening }: Pick<RelayProcess, 'listening'>, host: string | null): string[] {
  if (listening === null || host === null) return [];
  const place = `${isIPv6(host) ? `[${host}]` : host}:${listening.port}`;
  const udp = [`stun:${place}`, `turn:${place}?transport=udp`];
  const tcp = [`turn:${place}?transport=tcp`];
  return [...(listening.hasUdp ? udp : []), ...(listening.hasTcp ? tcp : [])];
}
