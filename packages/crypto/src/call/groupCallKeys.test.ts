import { readFileSync } from 'node:fs';
import { suiteIds } from '@sotto/primitives';
import type { AccountId, CallId, DeviceId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { provider } from '../testing/account.ts';
import {
  createShareKey,
  encodeGroupFrameMessage,
  type GroupFrameMessage,
  groupCallBase,
  groupCallCheck,
  nextGroupCallBase,
  openGroupCallSecret,
  type SharedFor,
  sealGroupFrameMessage,
  shareGroupCallSecret,
} from './groupCallKeys.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/groupCallFrames.json', import.meta.url), 'utf8'),
);
const hex = Uint8Array.fromHex;
const callId = vectors.callId as CallId;

/** A message as the vectors have it. */
function messageOf(one: Record<string, unknown>): GroupFrameMessage {
  switch (one.kind) {
    case 'base':
      return {
        kind: 'base',
        generation: one.generation as number,
        step: one.step as number,
        delayMs: one.delayMs as number,
        base: hex(one.base as string),
      };
    case 'participant':
      return {
        kind: 'participant',
        isSelf: one.isSelf as boolean,
        ordinal: one.ordinal as number,
        accountId: one.accountId as AccountId,
        deviceId: one.deviceId as DeviceId,
        joinId: hex(one.joinId as string),
      };
    default:
      return { kind: 'gone', ordinal: one.ordinal as number };
  }
}

describe('keys of a call of a group', () => {
  it('have the bases and steps of the vectors', () => {
    for (const { exported, fresh, bases } of vectors.generations) {
      let base = groupCallBase(provider, hex(exported), hex(fresh));
      for (const expected of bases) {
        expect(base.toHex()).toBe(expected);
        base = nextGroupCallBase(provider, base);
      }
    }
    expect(vectors.generations.length).toBe(2);
  });

  it('are told to the frame worker as in the vectors, and sealed to it alone', async () => {
    const { hpke } = provider.suite(suiteIds.x25519Aes128);
    const worker = await hpke.generateKeyPair();
    const info = new Uint8Array([...new TextEncoder().encode('Sotto 1 call frame key'), ...hex(callId)]);
    for (const { plain, ...one } of vectors.frameMessages) {
      const message = messageOf(one);
      expect(encodeGroupFrameMessage(message).toHex()).toBe(plain);
      const sealed = (await sealGroupFrameMessage(provider, callId, worker.publicKey, message))!;
      const opened = await hpke.open(
        worker.privateKey,
        sealed.slice(0, 32),
        info,
        new Uint8Array(0),
        sealed.slice(32),
      );
      expect(opened?.toHex()).toBe(plain);
      expect(await sealGroupFrameMessage(provider, callId, worker.publicKey.slice(1), message)).toBeNull();
    }
  });

  it('have a check that is of one base', () => {
    const [one, other] = vectors.generations.map(({ bases }: { bases: string[] }) => hex(bases[0]!));
    expect(groupCallCheck(provider, one).length).toBe(16);
    expect(groupCallCheck(provider, one)).not.toEqual(groupCallCheck(provider, other));
    expect(groupCallCheck(provider, one).toHex()).not.toBe(
      nextGroupCallBase(provider, one).toHex().slice(0, 32),
    );
  });

  it('are shared with one participant, for one call and place', async () => {
    const key = await createShareKey(provider);
    const secret = new Uint8Array(32).fill(7);
    const place: SharedFor = { callId, generation: 3, step: 4, ordinal: 5 };
    const shared = (await shareGroupCallSecret(provider, key.publicKey, place, secret))!;
    expect(shared.length).toBe(80);
    expect(await openGroupCallSecret(provider, key.privateKey, place, shared)).toEqual(secret);
    const elsewhere: SharedFor[] = [
      { ...place, callId: 'c2'.repeat(16) as CallId },
      { ...place, generation: 4 },
      { ...place, step: 5 },
      { ...place, ordinal: 6 },
    ];
    for (const other of elsewhere) {
      expect(await openGroupCallSecret(provider, key.privateKey, other, shared)).toBeNull();
    }
    const stranger = await createShareKey(provider);
    expect(await openGroupCallSecret(provider, stranger.privateKey, place, shared)).toBeNull();
    for (const bytes of [new Uint8Array(0), shared.slice(1), shared.slice(0, 79), new Uint8Array(80)]) {
      expect(await openGroupCallSecret(provider, key.privateKey, place, bytes)).toBeNull();
    }
    expect(await shareGroupCallSecret(provider, new Uint8Array(31), place, secret)).toBeNull();
  });
});
