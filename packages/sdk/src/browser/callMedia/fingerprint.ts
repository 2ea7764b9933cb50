/** Whether the other end of a transport is who the signed description says (spec/callMedia.md, "Fingerprints"). */

/**
 * Compares the certificate that DTLS was done with to a SHA-256 fingerprint (upper case, with colons). Browsers check this
 * themselves; null where one does not show the certificate.
 */
export async function isCertificateOf(
  transport: RTCDtlsTransport | null,
  fingerprint: string,
): Promise<boolean | null> {
  if (transport === null || !('getRemoteCertificates' in transport)) return null;
  // The connection may say that it is connected before its transport does.
  while (transport.state === 'new' || transport.state === 'connecting')
    await new Promise((resolve) => transport.addEventListener('statechange', resolve, { once: true }));
  const [certificate] = transport.getRemoteCertificates();
  if (certificate === undefined) return false;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', certificate));
  return (
    Array.from(digest, (byte) => byte.toString(16).padStart(2, '0'))
      .join(':')
      .toUpperCase() === fingerprint
  );
}
