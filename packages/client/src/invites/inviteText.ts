/** An invite as it stands behind `#invite=`: 16 bytes as base64url, 22 characters. */
export function formatInvite(token: Uint8Array): string {
  return token.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** The token, or null where the text is not one. A whole link is taken too. */
export function parseInvite(text: string): Uint8Array | null {
  const part = text.trim().split('#invite=').at(-1) ?? '';
  if (!/^[A-Za-z0-9_-]{22}$/.test(part)) return null;
  try {
    const token = Uint8Array.fromBase64(part, { alphabet: 'base64url', lastChunkHandling: 'loose' });
    return token.length === 16 ? token : null;
  } catch {
    return null;
  }
}
