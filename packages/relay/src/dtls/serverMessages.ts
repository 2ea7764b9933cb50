/** The relay's side of a handshake, written (RFC 5246 §7.4, RFC 8422 §5). */
import { uint16, vectorOf } from './byteReader.ts';
import type { ClientHello } from './clientHello.ts';
import {
  cipherSuite,
  dtls12,
  ecdsaSign,
  extensions,
  namedCurveType,
  namedGroup,
  signatureScheme,
} from './dtlsNumbers.ts';

/** `srtpProfile`: its number. */
export function serverHello(hello: ClientHello, random: Uint8Array, srtpProfile: number): Buffer {
  const list = [
    extension(extensions.useSrtp, Buffer.concat([vectorOf(2, uint16(srtpProfile)), Buffer.alloc(1)])),
    extension(extensions.extendedMasterSecret, Buffer.alloc(0)),
  ];
  if (hello.knowsRenegotiation) list.push(extension(extensions.renegotiationInfo, Buffer.alloc(1)));
  if (hello.hasPointFormats) list.push(extension(extensions.pointFormats, Buffer.of(1, 0)));
  // No session to resume, and no compression.
  const session = Buffer.of(0);
  return Buffer.concat([
    uint16(dtls12),
    random,
    session,
    uint16(cipherSuite),
    Buffer.of(0),
    vectorOf(2, ...list),
  ]);
}

export function certificateMessage(certificate: Uint8Array): Buffer {
  return vectorOf(3, vectorOf(3, certificate));
}

/** What the signature of ServerKeyExchange is over, after both randoms. */
export function keyExchangeParameters(point: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(namedCurveType), uint16(namedGroup), vectorOf(1, point)]);
}

export function signedMessage(content: Uint8Array, signature: Uint8Array): Buffer {
  return Buffer.concat([content, uint16(signatureScheme), vectorOf(2, signature)]);
}

export function certificateRequest(): Buffer {
  return Buffer.concat([
    vectorOf(1, Buffer.of(ecdsaSign)),
    vectorOf(2, uint16(signatureScheme)),
    vectorOf(2),
  ]);
}

function extension(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([uint16(type), vectorOf(2, data)]);
}
