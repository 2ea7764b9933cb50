import * as opaque from '@serenity-kit/opaque';
import { beforeAll, describe, expect, it } from 'vitest';

/**
 * RFC 9807 appendix C.1.1 (OPAQUE-3DH with ristretto255 and SHA-512, real test vector 1), as far as the library lets
 * it be checked: it draws blinds, nonces and key shares itself, so only the server's answer to a registration, which
 * has no randomness of its own, can be held against the RFC. It covers the OPRF, its key derivation and the
 * server's public key.
 */
const vector = {
  oprfSeed:
    'f433d0227b0b9dd54f7c4422b600e764e47fb503f1f9a0f0a47c6606b054a7fdc65347f1a08f277e22358bbabe26f823fca82c7848e9a75661f4ec5d5c1989ef',
  credentialIdentifier: '1234',
  serverPrivateKey: '47451a85372f8b3537e249d7b54188091fb18edde78094b43e2ba42b5eb89f0d',
  serverPublicKey: 'b2fe7af9f48cc502d016729d2fe25cdd433f2c4bc904660b2a382c9b79df1a78',
  registrationRequest: '5059ff249eb1551b7ce4991f3336205bde44a105a032e747d21bf382e75f7a71',
  registrationResponse:
    '7408a268083e03abc7097fc05b587834539065e86fb0c7b6342fcf5e01e5b019b2fe7af9f48cc502d016729d2fe25cdd433f2c4bc904660b2a382c9b79df1a78',
};

const toText = (hex: string) =>
  Uint8Array.fromHex(hex).toBase64({ alphabet: 'base64url', omitPadding: true });
const toHex = (text: string) => Uint8Array.fromBase64(text, { alphabet: 'base64url' }).toHex();

describe('OPAQUE (RFC 9807 C.1.1)', () => {
  beforeAll(() => opaque.ready);

  // The library's setup is seed, private key, and a public key that stands in for accounts that do not exist.
  const setupOf = (oprfSeed: string) => toText(oprfSeed + vector.serverPrivateKey + vector.serverPublicKey);
  const answer = (oprfSeed: string, userIdentifier: string) =>
    toHex(
      opaque.server.createRegistrationResponse({
        serverSetup: setupOf(oprfSeed),
        userIdentifier,
        registrationRequest: toText(vector.registrationRequest),
      }).registrationResponse,
    );

  it('answers a registration as the RFC does', () => {
    expect(answer(vector.oprfSeed, vector.credentialIdentifier)).toBe(vector.registrationResponse);
    expect(toHex(opaque.server.getPublicKey(setupOf(vector.oprfSeed)))).toBe(vector.serverPublicKey);
  });

  it('answers otherwise for another account or another seed', () => {
    expect(answer(vector.oprfSeed, '1235')).not.toBe(vector.registrationResponse);
    expect(answer(vector.oprfSeed.replace('f4', 'f5'), vector.credentialIdentifier)).not.toBe(
      vector.registrationResponse,
    );
  });
});
