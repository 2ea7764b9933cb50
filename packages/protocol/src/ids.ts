/**
 * Identifiers. On the wire 16 random bytes; in code their lower-case hexadecimal text, branded by what they
 * name, so that they can be compared, used as keys and never mixed up.
 */
export type AccountId = string & { readonly brand: 'account' };
export type DeviceId = string & { readonly brand: 'device' };
export type ConversationId = string & { readonly brand: 'conversation' };
export type TransactionId = string & { readonly brand: 'transaction' };
export type PasskeyId = string & { readonly brand: 'passkey' };
export type InviteId = string & { readonly brand: 'invite' };
export type CallId = string & { readonly brand: 'call' };
export type AnyId = AccountId | DeviceId | ConversationId | TransactionId | PasskeyId | InviteId | CallId;

export const idSizeBytes = 16;

/** The id that `bytes` spell, or null where they are not 16 bytes. */
export function idFromBytes<Id extends AnyId>(bytes: Uint8Array): Id | null {
  return bytes.length === idSizeBytes ? (bytes.toHex() as Id) : null;
}

/** The 16 bytes of `id`. */
export function idToBytes(id: AnyId): Uint8Array {
  return Uint8Array.fromHex(id);
}

/** The id written as `text`, or null where it is not 32 lower-case hexadecimal digits. */
export function idFromText<Id extends AnyId>(text: string): Id | null {
  return /^[0-9a-f]{32}$/.test(text) ? (text as Id) : null;
}
