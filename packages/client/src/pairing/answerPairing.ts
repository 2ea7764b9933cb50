/** The signed-in device's side of a pairing (spec/accounts.md, "Pairing"): what is asked, and what is granted. */
import {
  extendChain,
  openPairingOffer,
  type PairingOffer,
  pairingId,
  parsePairingCode,
  sealPairingAnswer,
  wipeSecrets,
} from '@sotto/crypto';
import { Connection as Methods } from '@sotto/protocol';
import type { Who } from '../account/changeAccount.ts';
import type { AccountProblem, AccountSecret, Outcome, PairingOfferView, PairingProblem } from '../api.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Platform } from '../ports.ts';
import { grantDevice } from '../signIn/enrolment.ts';
import { openAccount } from '../signIn/openAccount.ts';

/** Long enough for the new device to look again and to hand in its entry. */
const patienceMs = 30_000;
const lookMs = 1000;

/** What the device that shows the code says of itself. */
export async function readPairingOffer(
  device: DeviceContext,
  code: string,
): Promise<Outcome<PairingOfferView, PairingProblem>> {
  const secret = parsePairingCode(code);
  if (secret === null) return problem({ kind: 'malformedCode' });
  const read = await readOffer(device, secret);
  secret.fill(0);
  return read.kind === 'ok' ? { kind: 'ok', value: { system: read.value.system } } : read;
}

/** Grants the account to the device that shows the code; resolves once it has come. */
export async function approvePairing(
  platform: Platform,
  device: DeviceContext,
  who: Who,
  code: string,
  accountSecret: AccountSecret,
): Promise<Outcome<null, PairingProblem | AccountProblem>> {
  const secret = parsePairingCode(code);
  if (secret === null) return problem({ kind: 'malformedCode' });
  try {
    const read = await readOffer(device, secret);
    if (read.kind === 'problem') return read;
    const answered = await answer(platform, device, who, secret, read.value, accountSecret);
    return answered.kind === 'problem' ? answered : await hasCome(device, read.value);
  } finally {
    secret.fill(0);
  }
}

async function readOffer(
  device: DeviceContext,
  secret: Uint8Array,
): Promise<Outcome<PairingOffer, PairingProblem>> {
  const read = await device.connection.call(Methods.method.readPairingOffer, {
    pairingId: pairingId(device.provider, secret),
  });
  if (read.kind === 'lost') return problem({ kind: 'offline' });
  if (read.kind === 'error') {
    const { code } = read.error;
    return problem(code === 'pairing_unknown' ? { kind: 'expired' } : { kind: 'refused', code });
  }
  const offer = await openPairingOffer(device.provider, secret, read.value.offer);
  return offer === null ? problem({ kind: 'keysInvalid' }) : { kind: 'ok', value: offer };
}

async function answer(
  platform: Platform,
  device: DeviceContext,
  who: Who,
  secret: Uint8Array,
  offer: PairingOffer,
  accountSecret: AccountSecret,
): Promise<Outcome<null, PairingProblem | AccountProblem>> {
  const { provider } = device;
  const opened = await openAccount(platform, who.username, accountSecret, who.before);
  if (opened.kind === 'problem') return opened;
  const { secrets, chain, accountId } = opened.value;
  try {
    if (accountId !== device.self.accountId) return problem({ kind: 'keysInvalid' });
    if (!chain.devices.has(device.self.deviceId)) return problem({ kind: 'deviceRemoved' });
    const { deviceId, signatureKey } = offer;
    const extended = await extendChain(provider, {
      identitySeed: secrets.identitySeed,
      chain,
      change: { kind: 'addDevice', device: { deviceId, signatureKey, notAfterMs: null } },
      nowMs: device.clock.now(),
    });
    if (extended.kind === 'refused') return problem({ kind: 'refused', code: 'too_many' });
    const sealed = await sealPairingAnswer(provider, secret, offer.publicKey, {
      accountId,
      username: who.username,
      identityKey: chain.identityKey,
      chainEntry: extended.entry,
      ...(await grantDevice(provider, secrets, extended.chain, deviceId)),
    });
    const taken = await device.connection.call(Methods.method.answerPairing, {
      pairingId: pairingId(provider, secret),
      answer: sealed,
    });
    if (taken.kind === 'lost') return problem({ kind: 'offline' });
    if (taken.kind === 'error') {
      const { code } = taken.error;
      return problem(code === 'pairing_unknown' ? { kind: 'expired' } : { kind: 'refused', code });
    }
    return { kind: 'ok', value: null };
  } finally {
    wipeSecrets(secrets);
  }
}

async function hasCome(
  device: DeviceContext,
  { deviceId }: PairingOffer,
): Promise<Outcome<null, PairingProblem>> {
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    const own = await device.directory.fetch(device.self.accountId);
    if (own.kind === 'known' && own.chain.devices.has(deviceId)) return { kind: 'ok', value: null };
    if (waitedMs >= patienceMs) return problem({ kind: 'notCome' });
    await new Promise<void>((resolve) => {
      device.clock.schedule(lookMs, resolve);
    });
  }
}

function problem<Problem>(value: Problem): { readonly kind: 'problem'; readonly problem: Problem } {
  return { kind: 'problem', problem: value };
}
