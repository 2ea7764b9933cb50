import { accepted, contextOf, createPair, createPerson } from '@sotto/client/people';
import { historyKeyOf, openKeptMessage, protectMessage, unprotectMessage } from '@sotto/crypto';
import type { Provider } from '@sotto/primitives';
import type { TransactionId } from '@sotto/protocol';
import { timeInTurns } from '../mls/rounds.ts';

/** Microseconds to open one message of 100 bytes. */
export interface OpeningTimes {
  /** As it streams in: by the group, with body and both signatures. */
  readonly live: number;
  /** From history: by the epoch's history key, with body and signature. */
  readonly kept: number;
  /** What the latter cannot go below: both AEADs and the signature's check. */
  readonly keptFloor: number;
}

export interface OpeningWork {
  readonly rounds: number;
  readonly perRound: number;
}

/** Opens messages of a direct conversation in both ways, on any platform. */
export async function measureOpening(provider: Provider, work: OpeningWork): Promise<OpeningTimes> {
  const [own, peer] = [await createPerson(provider), await createPerson(provider)];
  const { groups } = await createPair(provider, own, peer);
  let [sending, receiving] = groups;
  const { conversationId, epoch } = sending;
  const historyKey = historyKeyOf(sending);
  const content = provider.randomBytes(100);
  const sealed: (Parameters<typeof openKeptMessage>[2] & Parameters<typeof unprotectMessage>[2])[] = [];
  for (let n = 0; n < (work.rounds + 1) * work.perRound; n++) {
    const transactionId = provider.randomBytes(16).toHex() as TransactionId;
    const made = await protectMessage(contextOf(provider), sending, own.self, {
      content,
      transactionId,
      historyKey,
    });
    if (made.kind === 'refused') throw new Error(made.reason);
    sending = made.group;
    const { body, live, kept } = made;
    sealed.push({ body, live, kept: kept!, transactionId, conversationId, epoch, sender: own.self });
  }
  let [nextLive, nextKept] = [0, 0];
  const floor = await keptFloor(provider, sealed[0]!.body.length);
  const times = await timeInTurns(
    {
      live: async () => {
        const opened = await unprotectMessage(contextOf(provider), receiving, sealed[nextLive++]!);
        if (opened.kind === 'refused') throw new Error(opened.reason);
        receiving = opened.group;
      },
      kept: async () => {
        accepted(await openKeptMessage(provider, historyKey, sealed[nextKept++]!, own.chain));
      },
      keptFloor: floor,
    },
    work,
  );
  return { live: times.live * 1000, kept: times.kept * 1000, keptFloor: times.keptFloor * 1000 };
}

/** The bare primitives: the wrap's AEAD, the body's, and the signature over the content in its place. */
async function keptFloor(provider: Provider, bodySizeBytes: number): Promise<() => Promise<void>> {
  const { xchacha20Poly1305, chacha20Poly1305, ed25519 } = provider;
  const key = provider.randomBytes(32);
  const nonce = provider.randomBytes(24);
  const wrapAad = provider.randomBytes(104);
  const none = new Uint8Array(0);
  const wrap = xchacha20Poly1305.seal(key, nonce, wrapAad, provider.randomBytes(32));
  const bodyNonce = new Uint8Array(12);
  const body = chacha20Poly1305.seal(key, bodyNonce, none, provider.randomBytes(bodySizeBytes - 48));
  const signer = await ed25519.importKey(ed25519.generateSeed());
  const signed = provider.randomBytes(200);
  const signature = await signer.sign(signed);
  return async () => {
    xchacha20Poly1305.open(key, nonce, wrapAad, wrap);
    chacha20Poly1305.open(key, bodyNonce, none, body);
    await ed25519.verify(signer.publicKey, signed, signature);
  };
}
