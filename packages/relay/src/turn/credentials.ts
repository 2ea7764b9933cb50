/**
 * Credentials that say by themselves until when they are good, for whom and for which call (spec/relay.md §Credentials):
 * the REST form that coturn and others take, so that one secret serves either. Nothing is kept about them.
 */
import { createHash, createHmac } from 'node:crypto';

/** RFC 8489 §9.2: part of the key. */
export const realm = 'sotto';

/** What a username says. */
export interface CredentialClaims {
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** Whose: a name for limits that the secret's owner alone can connect with an account. */
  readonly owner: string;
  /** The call. */
  readonly tag: string;
}

export interface Credentials {
  readonly username: string;
  readonly credential: string;
}

/** `ownerId` names an account; it is not in the credentials. */
export function createCredentials(
  secret: string,
  { ownerId, relayTag, expiresAtMs }: { ownerId: string; relayTag: Uint8Array; expiresAtMs: number },
): Credentials {
  const owner = createHmac('sha256', secret).update(`sotto relay owner ${ownerId}`).digest();
  const tag = Buffer.from(relayTag).toString('base64url');
  const username = `${Math.floor(expiresAtMs / 1000)}:${owner.toString('base64url', 0, 12)}:${tag}`;
  return { username, credential: passwordOf(secret, username) };
}

const usernameForm = /^(\d{9,12}):([\w-]{16}):([\w-]{22})$/;

/** Null where the username is none of `createCredentials`. It proves nothing: the message's integrity does. */
export function readUsername(username: string): CredentialClaims | null {
  const [, expiresAt, owner, tag] = usernameForm.exec(username) ?? [];
  if (expiresAt === undefined || owner === undefined || tag === undefined) return null;
  return { expiresAt: Number(expiresAt), owner, tag };
}

/** The key of MESSAGE-INTEGRITY (RFC 8489 §9.2.2). */
export function integrityKey(secret: string, username: string): Buffer {
  return createHash('md5')
    .update(`${username}:${realm}:${passwordOf(secret, username)}`)
    .digest();
}

function passwordOf(secret: string, username: string): string {
  return createHmac('sha1', secret).update(username).digest('base64');
}
