import { loadNodeProvider } from '@sotto/primitives/node';
import { type AccountId, type DeviceId, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { flipBit } from '../testing/account.ts';
import {
  encodePairingCode,
  openPairingAnswer,
  openPairingOffer,
  pairingId,
  pairingSecretOf,
  parsePairingCode,
  sealPairingAnswer,
  sealPairingOffer,
} from './pairing.ts';
import type { PairingAnswer, PairingOffer } from './types.ts';

const provider = await loadNodeProvider();
const otherSecret = provider.randomBytes(32);
let secret: Uint8Array;
let offer: PairingOffer;
let privateKey: Uint8Array;
const answer: PairingAnswer = {
  accountId: 'a1'.repeat(16) as AccountId,
  username: 'anna',
  identityKey: new Uint8Array(32).fill(1),
  chainEntry: {
    $typeName: 'sotto.v1.ChainEntry',
    body: Uint8Array.of(1, 2, 3),
    signature: new Uint8Array(64).fill(2),
  },
  credential: Uint8Array.of(4, 5),
  lockKey: new Uint8Array(32).fill(3),
  historyPrivateKeys: [new Uint8Array(32).fill(4), new Uint8Array(32).fill(5)],
};

beforeAll(async () => {
  const pair = await provider.hpke.generateKeyPair();
  privateKey = pair.privateKey;
  offer = {
    deviceId: 'd1'.repeat(16) as DeviceId,
    signatureKey: new Uint8Array(32).fill(6),
    publicKey: pair.publicKey,
    system: 'Firefox on Linux',
  };
  secret = pairingSecretOf(provider, offer);
});

describe('a pairing code', () => {
  it('carries its secret in 44 characters that stand in an address as they are', () => {
    const code = encodePairingCode(secret);
    expect(code).toMatch(/^[\w-]{44}$/);
    expect(parsePairingCode(code)).toEqual(secret);
    expect(pairingId(provider, secret)).toHaveLength(16);
    expect(pairingId(provider, secret)).not.toEqual(pairingId(provider, otherSecret));
  });

  it('is told from anything else', () => {
    expect(parsePairingCode('')).toBeNull();
    expect(parsePairingCode(encodePairingCode(secret).replace(/^./, 'B'))).toBeNull();
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const parsed = parsePairingCode(text);
        expect(parsed === null || encodePairingCode(parsed) === text).toBe(true);
      }),
    );
  });
});

describe('an offer', () => {
  it('opens for who read the code, and for nobody else', async () => {
    const sealed = sealPairingOffer(provider, secret, offer);
    expect(sealed.length).toBeLessThan(limits.pairingOfferSizeBytes);
    expect(await openPairingOffer(provider, secret, sealed)).toEqual(offer);
    expect(await openPairingOffer(provider, otherSecret, sealed)).toBeNull();
    expect(
      await openPairingOffer(provider, secret, new Uint8Array(limits.pairingOfferSizeBytes + 1)),
    ).toBeNull();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: sealed.length * 8 - 1 }), async (bit) => {
        expect(await openPairingOffer(provider, secret, flipBit(sealed, bit))).toBeNull();
      }),
      { numRuns: 40 },
    );
  });

  it('is refused with a key that is none, a name too long, or parts of other sizes', async () => {
    const bad: Partial<PairingOffer>[] = [
      { publicKey: new Uint8Array(32) },
      { publicKey: new Uint8Array(offer.publicKey.length).fill(0xff) },
      { signatureKey: new Uint8Array(31) },
      { system: 'x'.repeat(limits.deviceNameLength + 1) },
    ];
    for (const change of bad) {
      const changed = { ...offer, ...change };
      const own = pairingSecretOf(provider, changed);
      expect(await openPairingOffer(provider, own, sealPairingOffer(provider, own, changed))).toBeNull();
    }
  });

  it('is not replaced by who photographed the code, whatever the server does', async () => {
    const { publicKey } = await provider.hpke.generateKeyPair();
    const changes: Partial<PairingOffer>[] = [
      { publicKey },
      { signatureKey: new Uint8Array(32).fill(9) },
      { deviceId: 'd2'.repeat(16) as DeviceId },
      { system: 'Another' },
    ];
    for (const change of changes) {
      const sealed = sealPairingOffer(provider, secret, { ...offer, ...change });
      expect(await openPairingOffer(provider, secret, sealed)).toBeNull();
    }
  });
});

describe('an answer', () => {
  const sealed = () => sealPairingAnswer(provider, secret, offer.publicKey, answer);

  it('opens for the device that offered, and not for who only photographed the code', async () => {
    const bytes = await sealed();
    expect(await openPairingAnswer(provider, secret, privateKey, bytes)).toEqual(answer);
    const other = await provider.hpke.generateKeyPair();
    expect(await openPairingAnswer(provider, secret, other.privateKey, bytes)).toBeNull();
    expect(await openPairingAnswer(provider, otherSecret, privateKey, bytes)).toBeNull();
  });

  it('is refused where it is changed, cut short, too large, or not whole', async () => {
    const bytes = await sealed();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length * 8 - 1 }), async (bit) => {
        expect(await openPairingAnswer(provider, secret, privateKey, flipBit(bytes, bit))).toBeNull();
      }),
      { numRuns: 30 },
    );
    for (const length of [0, 23, 24, 40, 1000, bytes.length - 1]) {
      expect(await openPairingAnswer(provider, secret, privateKey, bytes.subarray(0, length))).toBeNull();
    }
    const tooLarge = new Uint8Array(limits.pairingAnswerSizeBytes + 1);
    expect(await openPairingAnswer(provider, secret, privateKey, tooLarge)).toBeNull();
    const bad: Partial<PairingAnswer>[] = [
      { username: 'Not A Name' },
      { identityKey: new Uint8Array(31) },
      { lockKey: new Uint8Array(33) },
      { historyPrivateKeys: [] },
      { historyPrivateKeys: [new Uint8Array(31)] },
    ];
    for (const change of bad) {
      const made = await sealPairingAnswer(provider, secret, offer.publicKey, { ...answer, ...change });
      expect(await openPairingAnswer(provider, secret, privateKey, made)).toBeNull();
    }
  });
});
