/** The link with which an account is started over; the fragment does not reach any server. */
export function resetLink(origin: string, token: Uint8Array): string {
  return `${origin}/#reset=${Buffer.from(token).toString('base64url')}`;
}
