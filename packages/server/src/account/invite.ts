import { createHash } from 'node:crypto';

export const inviteTokenSizeBytes = 16;

/** What the store keeps of an invite token. */
export function hashInviteToken(token: Uint8Array): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** The link that opens the web app at `origin` with the invite `token`; the fragment does not reach any server. */
export function inviteLink(origin: string, token: Uint8Array): string {
  return `${origin}/#invite=${Buffer.from(token).toString('base64url')}`;
}
