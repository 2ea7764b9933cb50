/**
 * The new device's side of a pairing (spec/accounts.md, "Pairing"). Invariant: the chain gets its entry only after
 * everything the device needs is stored here, as at any sign-in, so whoever stops half-way leaves nothing behind.
 */
import {
  encodePairingCode,
  openPairingAnswer,
  pairingId,
  pairingSecretOf,
  sealPairingOffer,
  verifyChain,
} from '@sotto/crypto';
import { idToBytes, limits } from '@sotto/protocol';
import type { Outcome, PairingCodeView, PairingProblem, ServerProblem } from '../api.ts';
import type { ClientDatabase, Clock, Platform } from '../ports.ts';
import { confirmEnrolment, createNewDevice, type NewDevice, storeEnrolment } from '../signIn/enrolment.ts';
import { serverProblem } from '../signIn/openAccount.ts';
import { callSignIn, signInMethods } from '../signIn/signInCall.ts';

const pollMs = 1500;
/** A request whose answer is lost is repeated. */
const tries = 3;

/** A code that is being shown, and what its answer opens with. */
interface Offer {
  readonly device: NewDevice;
  readonly secret: Uint8Array;
  readonly privateKey: Uint8Array;
  readonly expiresAtMs: number;
}

/** What came of showing a code, still to be checked and stored. */
interface Answered {
  readonly offer: Offer;
  readonly sealed: Uint8Array;
  readonly entries: Parameters<typeof verifyChain>[1];
}

/** Shows one code at a time: a new one ends the one before. */
export class PairingOffers {
  readonly #platform: Platform;
  #offer: Offer | null = null;
  #wake: (() => void) | null = null;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async begin(): Promise<Outcome<PairingCodeView, ServerProblem>> {
    this.cancel();
    const { provider, transport, clock, system = '' } = this.#platform;
    const device = await createNewDevice(provider);
    const { privateKey, publicKey } = await provider.hpke.generateKeyPair();
    const offering = { ...device.chainDevice, publicKey, system: system.slice(0, limits.deviceNameLength) };
    const secret = pairingSecretOf(provider, offering);
    const offer = sealPairingOffer(provider, secret, offering);
    const offered = await callSignIn(transport, signInMethods.offerPairing, {
      pairingId: pairingId(provider, secret),
      offer,
    });
    if (offered.kind !== 'answer') return { kind: 'problem', problem: serverProblem(offered) };
    const lifetimeMs = Math.min(Number(offered.value.expiresInMs), limits.pairingLifetimeMs);
    const expiresAtMs = clock.now() + lifetimeMs;
    this.#offer = { device, secret, privateKey, expiresAtMs };
    return { kind: 'ok', value: { code: encodePairingCode(secret), expiresAtMs } };
  }

  /** Whoever waits is told `cancelled`. */
  cancel(): void {
    const offer = this.#offer;
    this.#offer = null;
    offer?.secret.fill(0);
    offer?.privateKey.fill(0);
    this.#wake?.();
  }

  /** Resolves once a signed-in device has answered the code that is shown now. */
  async answer(): Promise<Outcome<Answered, PairingProblem>> {
    const offer = this.#offer;
    if (offer === null) return problem({ kind: 'cancelled' });
    const { provider, transport, clock } = this.#platform;
    const id = pairingId(provider, offer.secret);
    for (;;) {
      if (clock.now() >= offer.expiresAtMs) return problem({ kind: 'expired' });
      const read = await callSignIn(transport, signInMethods.readPairing, { pairingId: id });
      if (this.#offer !== offer) return problem({ kind: 'cancelled' });
      if (read.kind === 'answer' && read.value.answer.length > 0) {
        return { kind: 'ok', value: { offer, sealed: read.value.answer, entries: read.value.chain } };
      }
      if (read.kind === 'error') {
        if (read.error.code === 'pairing_unknown') return problem({ kind: 'expired' });
        if (read.error.code !== 'rate_limited' && read.error.code !== 'unavailable') {
          return problem(serverProblem(read));
        }
      }
      await this.#pause(clock);
      if (this.#offer !== offer) return problem({ kind: 'cancelled' });
    }
  }

  #pause(clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      const stop = clock.schedule(pollMs, resolve);
      this.#wake = () => {
        stop();
        resolve();
      };
    });
  }
}

/** Makes an empty database the answered device's, and hands in its chain entry. */
export async function enrolPaired(
  { provider, transport }: Platform,
  database: ClientDatabase,
  { offer, sealed, entries }: Answered,
): Promise<Outcome<'added', PairingProblem>> {
  const answer = await openPairingAnswer(provider, offer.secret, offer.privateKey, sealed);
  if (answer === null) return problem({ kind: 'keysInvalid' });
  const { accountId, identityKey, username, chainEntry } = answer;
  const server = await callSignIn(transport, signInMethods.describeServer, {});
  if (server.kind !== 'answer') return problem(serverProblem(server));
  const withDevice = [...entries, chainEntry];
  const chain = await verifyChain(provider, withDevice, { accountId, identityKey });
  const listed = chain.kind === 'refused' ? undefined : chain.devices.get(offer.device.keys.deviceId);
  if (chain.kind === 'refused' || listed === undefined) return problem({ kind: 'keysInvalid' });
  await storeEnrolment(database, {
    device: offer.device,
    username,
    serverId: server.value.serverId,
    grant: answer,
    chain,
    entries: withDevice,
  });
  for (let attempt = 1; ; attempt++) {
    const added = await callSignIn(transport, signInMethods.addDevice, {
      accountId: idToBytes(accountId),
      chainEntry,
    });
    if (added.kind === 'answer') break;
    if (added.kind === 'error' || attempt === tries) return problem(serverProblem(added));
  }
  await confirmEnrolment(database);
  return { kind: 'ok', value: 'added' };
}

function problem(value: PairingProblem): { readonly kind: 'problem'; readonly problem: PairingProblem } {
  return { kind: 'problem', problem: value };
}
