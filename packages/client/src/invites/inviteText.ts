const tokenSizeBytes = 16;
const pinSizeBytes = 16;

/** An invite as it reads. */
export interface Invite {
  /** What the server is told. */
  readonly token: Uint8Array;
  /** Of whoever made it (crypto, `identityPin`). Null: an operator's, which leads to nobody. */
  readonly pin: Uint8Array | null;
}

/** An invite as it stands behind `#invite=`: token ‖ pin as base64url, 43 characters. */
export function formatInvite(token: Uint8Array, pin: Uint8Array): string {
  const bytes = new Uint8Array(tokenSizeBytes + pinSizeBytes);
  bytes.set(token, 0);
  bytes.set(pin, tokenSizeBytes);
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** The invite, or null where the text is none. A whole link is taken too. */
export function parseInvite(text: string): Invite | null {
  const part = text.trim().split('#invite=').at(-1) ?? '';
  if (!/^(?:[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43})$/.test(part)) return null;
  try {
    const bytes = Uint8Array.fromBase64(part, { alphabet: 'base64url', lastChunkHandling: 'loose' });
    const token = bytes.slice(0, tokenSizeBytes);
    if (bytes.length === tokenSizeBytes) return { token, pin: null };
    return bytes.length === tokenSizeBytes + pinSizeBytes
      ? { token, pin: bytes.slice(tokenSizeBytes) }
      : null;
  } catch {
    return null;
  }
}
