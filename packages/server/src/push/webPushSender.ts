/** Web Push (RFC 8030, RFC 8292) without content: a push says that there is something, never what or from whom. */
import { Agent, request } from 'node:https';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { Store } from '../store/store.ts';
import { createPublicLookup } from './publicLookup.ts';
import { readPushEndpoint } from './pushEndpoint.ts';
import type { PushSender, PushSent } from './pushSender.ts';

const timeoutMs = 10_000;
/** What nobody fetched after a day is no news any more; a push service holds one at a time for a device. */
const lifetimeSeconds = 86_400;

/** P-256, for ES256; the private key is in the store and in this process only. */
export interface WebPushKeys {
  readonly jwk: JWK;
}

/** The server's, made at first start: a browser's subscription is for one key. */
export async function loadWebPushKeys(
  store: Pick<Store, 'readSetting' | 'saveSetting'>,
): Promise<WebPushKeys> {
  const saved = await store.readSetting('push_keys');
  if (saved !== null) return { jwk: JSON.parse(Buffer.from(saved).toString()) };
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  await store.saveSetting('push_keys', Buffer.from(JSON.stringify(jwk)));
  return { jwk };
}

const algorithm = 'ES256';
const coordinate = (text = '') => Uint8Array.fromBase64(text, { alphabet: 'base64url' });

/** `subject`: who operates the server, for push services (RFC 8292 §2.1). `agent`: another one only in tests. */
export async function createWebPushSender(
  { jwk }: WebPushKeys,
  subject: string,
  agent = new Agent({ lookup: createPublicLookup(), maxSockets: 50, keepAlive: true, timeout: timeoutMs }),
): Promise<PushSender> {
  const signingKey = await importJWK(jwk, algorithm);
  const key = new Uint8Array([4, ...coordinate(jwk.x), ...coordinate(jwk.y)]);
  const shownKey = key.toBase64({ alphabet: 'base64url', omitPadding: true });
  return {
    key,
    send: async (endpoint) => {
      const url = readPushEndpoint(endpoint);
      if (url === null) return 'gone';
      const token = await new SignJWT({ sub: subject })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setAudience(url.origin)
        .setExpirationTime('12h')
        .sign(signingKey);
      const headers = {
        authorization: `vapid t=${token}, k=${shownKey}`,
        ttl: lifetimeSeconds,
        urgency: 'high',
        topic: 'sotto',
        'content-length': 0,
      };
      return new Promise<PushSent>((resolve) => {
        const call = request(url, { method: 'POST', headers, agent, signal: AbortSignal.timeout(timeoutMs) });
        call.on('response', (response) => {
          // What it says besides is of no use, and may be without an end.
          response.destroy();
          const status = response.statusCode ?? 0;
          if (status === 404 || status === 410) resolve('gone');
          else resolve(status >= 200 && status < 300 ? 'sent' : 'failed');
        });
        call.on('error', () => resolve('failed'));
        call.end();
      });
    },
    stop: () => agent.destroy(),
  };
}
