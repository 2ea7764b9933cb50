/**
 * A device that comes by a QR code (spec/accounts.md, "Pairing"). The code carries a secret that the server never sees:
 * it names the mailbox and seals what is in it both ways, so the server can neither read nor replace anything there.
 * What answers is sealed once more to the new device's own key, so a photograph of the code does not open it.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes, equalBytes, type Provider, wipe } from '@sotto/primitives';
import {
  type AccountId,
  type DeviceId,
  idFromBytes,
  idSizeBytes,
  idToBytes,
  limits,
  normalizeUsername,
  PairingAnswerSchema,
  PairingOfferSchema,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import { type Label, labelled } from '../labels.ts';
import type { PairingAnswer, PairingOffer } from './types.ts';

const version = 1;
const nonceSizeBytes = 24;
const keySizeBytes = 32;
/** 33 bytes as base64url. */
const codeFormat = /^[\w-]{44}$/;

/** What the QR code carries, as 44 characters that need no escaping in an address. */
export function encodePairingCode(secret: Uint8Array): string {
  return concatBytes(Uint8Array.of(version), secret).toBase64({ alphabet: 'base64url' });
}

/**
 * The code's secret, 32 bytes: nobody can guess it, since the offer's public key is told to nobody else; and it is of
 * this offer only, so who photographed the code cannot put another offer in its place, though the server helps.
 */
export function pairingSecretOf(
  provider: Provider,
  { deviceId, signatureKey, publicKey, system }: PairingOffer,
): Uint8Array {
  const name = new TextEncoder().encode(system);
  return provider.sha256(labelled('pairingCode', idToBytes(deviceId), signatureKey, publicKey, name));
}

/** The secret of a code, or null where `code` is none. */
export function parsePairingCode(code: string): Uint8Array | null {
  if (!codeFormat.test(code)) return null;
  const bytes = Uint8Array.fromBase64(code, { alphabet: 'base64url' });
  return bytes[0] === version ? bytes.slice(1) : null;
}

/** The mailbox at the server, 16 bytes. */
export function pairingId(provider: Provider, secret: Uint8Array): Uint8Array {
  return provider.hkdf.expand(secret, labelled('pairingId'), idSizeBytes);
}

export function sealPairingOffer(provider: Provider, secret: Uint8Array, offer: PairingOffer): Uint8Array {
  const { deviceId, signatureKey, publicKey, system } = offer;
  const plaintext = toBinary(
    PairingOfferSchema,
    create(PairingOfferSchema, { deviceId: idToBytes(deviceId), signatureKey, publicKey, system }),
  );
  return seal(provider, 'pairingOffer', secret, plaintext);
}

/** Null where it is not what the code was made for. */
export async function openPairingOffer(
  provider: Provider,
  secret: Uint8Array,
  sealed: Uint8Array,
): Promise<PairingOffer | null> {
  const plaintext = open(provider, 'pairingOffer', secret, sealed, limits.pairingOfferSizeBytes);
  const offer = plaintext && decodeMessage(PairingOfferSchema, plaintext);
  if (offer === null) return null;
  const deviceId = idFromBytes<DeviceId>(offer.deviceId);
  const isSound =
    offer.signatureKey.length === keySizeBytes && offer.system.length <= limits.deviceNameLength;
  if (deviceId === null || !isSound || !(await provider.hpke.isPublicKey(offer.publicKey))) return null;
  const opened: PairingOffer = {
    deviceId,
    signatureKey: offer.signatureKey.slice(),
    publicKey: offer.publicKey.slice(),
    system: offer.system,
  };
  return equalBytes(pairingSecretOf(provider, opened), secret) ? opened : null;
}

/** `publicKey`: the offer's. */
export async function sealPairingAnswer(
  provider: Provider,
  secret: Uint8Array,
  publicKey: Uint8Array,
  answer: PairingAnswer,
): Promise<Uint8Array> {
  const plaintext = toBinary(
    PairingAnswerSchema,
    create(PairingAnswerSchema, {
      ...answer,
      accountId: idToBytes(answer.accountId),
      historyPrivateKeys: [...answer.historyPrivateKeys],
    }),
  );
  const place = pairingId(provider, secret);
  const { enc, ciphertext } = await provider.hpke.seal(publicKey, labelled('pairingInfo'), place, plaintext);
  wipe(plaintext);
  return seal(provider, 'pairingAnswer', secret, concatBytes(enc, ciphertext));
}

/** Null where it was not made, for this device, by who read the code. */
export async function openPairingAnswer(
  provider: Provider,
  secret: Uint8Array,
  privateKey: Uint8Array,
  sealed: Uint8Array,
): Promise<PairingAnswer | null> {
  const { hpke } = provider;
  const outer = open(provider, 'pairingAnswer', secret, sealed, limits.pairingAnswerSizeBytes);
  if (outer === null || outer.length < hpke.encapsulationSize) return null;
  const plaintext = await hpke.open(
    privateKey,
    outer.subarray(0, hpke.encapsulationSize),
    labelled('pairingInfo'),
    pairingId(provider, secret),
    outer.subarray(hpke.encapsulationSize),
  );
  if (plaintext === null) return null;
  const answer = decodeMessage(PairingAnswerSchema, plaintext);
  if (answer === null) return null;
  const accountId = idFromBytes<AccountId>(answer.accountId);
  const isSound =
    normalizeUsername(answer.username) === answer.username &&
    answer.identityKey.length === keySizeBytes &&
    answer.lockKey.length === keySizeBytes &&
    answer.historyPrivateKeys.length > 0 &&
    answer.historyPrivateKeys.every(({ length }) => length === hpke.privateKeySize);
  if (accountId === null || answer.chainEntry === undefined || !isSound) return null;
  const { username, chainEntry } = answer;
  const opened: PairingAnswer = {
    accountId,
    username,
    identityKey: answer.identityKey.slice(),
    chainEntry: { ...chainEntry, body: chainEntry.body.slice(), signature: chainEntry.signature.slice() },
    credential: answer.credential.slice(),
    lockKey: answer.lockKey.slice(),
    historyPrivateKeys: answer.historyPrivateKeys.map((key) => key.slice()),
  };
  wipe(plaintext);
  return opened;
}

type Use = Extract<Label, 'pairingOffer' | 'pairingAnswer'>;

function seal(provider: Provider, use: Use, secret: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const key = provider.hkdf.expand(secret, labelled(use), keySizeBytes);
  const nonce = provider.randomBytes(nonceSizeBytes);
  const sealed = provider.xchacha20Poly1305.seal(key, nonce, new Uint8Array(0), plaintext);
  wipe(key);
  return concatBytes(nonce, sealed);
}

function open(
  provider: Provider,
  use: Use,
  secret: Uint8Array,
  sealed: Uint8Array,
  limitBytes: number,
): Uint8Array | null {
  if (sealed.length < nonceSizeBytes || sealed.length > limitBytes) return null;
  const key = provider.hkdf.expand(secret, labelled(use), keySizeBytes);
  const nonce = sealed.subarray(0, nonceSizeBytes);
  const opened = provider.xchacha20Poly1305.open(
    key,
    nonce,
    new Uint8Array(0),
    sealed.subarray(nonceSizeBytes),
  );
  wipe(key);
  return opened;
}
