import { randomBytes } from 'node:crypto';
import { idToBytes, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { Pairings } from '../account/pairings.ts';
import type { Clock } from '../ports.ts';
import { systemClock } from '../systemPorts.ts';
import { type CallOutcome, callSignIn, randomId } from '../testing/testClient.ts';
import { startTestServer } from '../testing/testServer.ts';

function codeOf(answer: CallOutcome<unknown> | { kind: 'refused'; code: string }): string {
  if (answer.kind === 'done') return 'done';
  return 'code' in answer ? answer.code : answer.error.code;
}

describe('a pairing', () => {
  it('passes the first offer and the first answer on, with the chain of who answered', async () => {
    const { signIn, join } = await startTestServer();
    const ann = await join('ann');
    const bob = await join('bob');
    const pairingId = randomBytes(16);
    const offer = randomBytes(1300);
    const answer = randomBytes(500);
    const read = () => callSignIn(signIn, 'readPairing', { pairingId });

    expect(codeOf(await read())).toBe('pairing_unknown');
    expect(codeOf(await ann.connection.call('readPairingOffer', { pairingId }))).toBe('pairing_unknown');
    expect(codeOf(await ann.connection.call('answerPairing', { pairingId, answer }))).toBe('pairing_unknown');
    for (let time = 0; time < 2; time++) {
      const offered = await callSignIn(signIn, 'offerPairing', { pairingId, offer });
      expect(offered).toMatchObject({ value: { expiresInMs: BigInt(limits.pairingLifetimeMs) } });
    }
    const another = await callSignIn(signIn, 'offerPairing', { pairingId, offer: randomBytes(20) });
    expect(codeOf(another)).toBe('malformed');
    expect(await read()).toMatchObject({ kind: 'done', value: { answer: new Uint8Array(0), chain: [] } });
    const offered = await ann.connection.call('readPairingOffer', { pairingId });
    expect(offered.kind === 'done' && offer.equals(offered.value.offer)).toBe(true);
    for (let time = 0; time < 2; time++) {
      expect(codeOf(await ann.connection.call('answerPairing', { pairingId, answer }))).toBe('done');
    }
    const taken = [bob.connection.call('answerPairing', { pairingId, answer })];
    taken.push(ann.connection.call('answerPairing', { pairingId, answer: randomBytes(20) }));
    for (const late of await Promise.all(taken)) expect(codeOf(late)).toBe('pairing_unknown');
    const found = await read();
    expect(found.kind === 'done' && answer.equals(found.value.answer)).toBe(true);
    expect(found.kind === 'done' && found.value.chain.length).toBe(ann.account.chain.length);
  });

  it('is refused where it is malformed or too large', async () => {
    const { signIn, join } = await startTestServer();
    const { connection } = await join('ann');
    const pairingId = idToBytes(randomId());
    const offer = async (request: object) => codeOf(await callSignIn(signIn, 'offerPairing', request));
    expect(await offer({ pairingId: randomBytes(15), offer: randomBytes(9) })).toBe('malformed');
    expect(await offer({ pairingId })).toBe('malformed');
    expect(await offer({ pairingId, offer: randomBytes(limits.pairingOfferSizeBytes + 1) })).toBe(
      'too_large',
    );
    expect(await offer({ pairingId, offer: randomBytes(9) })).toBe('done');
    const answer = async (request: object) => codeOf(await connection.call('answerPairing', request));
    expect(await answer({ pairingId })).toBe('malformed');
    const tooLarge = randomBytes(limits.pairingAnswerSizeBytes + 1);
    expect(await answer({ pairingId, answer: tooLarge })).toBe('too_large');
    expect(await answer({ pairingId: randomBytes(3), answer: randomBytes(9) })).toBe('pairing_unknown');
  });

  it('is over after its time', async () => {
    let nowMs = 1_000_000;
    const clock: Clock = { ...systemClock, nowMs: () => nowMs };
    const { signIn } = await startTestServer({ clock });
    const pairingId = randomBytes(16);
    await callSignIn(signIn, 'offerPairing', { pairingId, offer: randomBytes(9) });
    nowMs += limits.pairingLifetimeMs - 1;
    expect(codeOf(await callSignIn(signIn, 'readPairing', { pairingId }))).toBe('done');
    nowMs += 1;
    expect(codeOf(await callSignIn(signIn, 'readPairing', { pairingId }))).toBe('pairing_unknown');
  });
});

describe('mailboxes', () => {
  it('are bounded: the oldest goes first', () => {
    const pairings = new Pairings();
    const ids = Array.from({ length: 2001 }, () => randomBytes(16));
    for (const id of ids) expect(pairings.offer(id, randomBytes(4), 0)).toBe(true);
    expect(pairings.read(ids[0]!, 0)).toBeNull();
    expect(pairings.read(ids[1]!, 0)).not.toBeNull();
    expect(pairings.read(ids[2000]!, 0)).not.toBeNull();
  });
});
