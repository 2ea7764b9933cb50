import { suiteIds } from '@sotto/primitives';
import type { AccountId, CallId, DeviceId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { provider, TestAccount } from '../testing/account.ts';
import { createConversation, deviceOf } from '../testing/conversation.ts';
import { callBase, callCode, callKeyId, callSenderKey, exportForCall, sealFrameKey } from './callKeys.ts';

const callId = 'c1'.repeat(16) as CallId;
const otherCall = 'c2'.repeat(16) as CallId;
const bytes = (value: number, length = 32) => new Uint8Array(length).fill(value);
const base = callBase(provider, { exported: bytes(1), callerSecret: bytes(2), answererSecret: bytes(3) });
const sender = {
  accountId: 'a1'.repeat(16) as AccountId,
  deviceId: 'd1'.repeat(16) as DeviceId,
  joinId: bytes(9, 8),
};

describe('keys of a call', () => {
  it('are the same for both devices, of one call, epoch and pair of secrets only', async () => {
    const devices = await Promise.all([0, 1].map(async () => deviceOf(await TestAccount.create())));
    const { groups } = await createConversation(devices, suiteIds.x25519ChaCha20);
    const [one, other] = groups.map((group) => exportForCall(group, callId).toHex());
    expect(one).toBe(other);
    expect(exportForCall(groups[0]!, otherCall).toHex()).not.toBe(one);
    const bases = [
      base,
      callBase(provider, { exported: bytes(4), callerSecret: bytes(2), answererSecret: bytes(3) }),
      callBase(provider, { exported: bytes(1), callerSecret: bytes(4), answererSecret: bytes(3) }),
      callBase(provider, { exported: bytes(1), callerSecret: bytes(2), answererSecret: bytes(4) }),
      callBase(provider, { exported: bytes(1), callerSecret: bytes(3), answererSecret: bytes(2) }),
    ];
    expect(new Set(bases.map((one) => one.toHex())).size).toBe(bases.length);
  });

  it('differ for each account, device and join', () => {
    const senders = [
      sender,
      { ...sender, accountId: 'a2'.repeat(16) as AccountId },
      { ...sender, deviceId: 'd2'.repeat(16) as DeviceId },
      { ...sender, joinId: bytes(8, 8) },
    ];
    const keys = senders.map((one) => callSenderKey(provider, base, one).toHex());
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('have an id of their own for each join of each side', () => {
    const ids = [0, 1, 2].flatMap((join) => [callKeyId('caller', join), callKeyId('answerer', join)]);
    expect(ids).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
  });
});

describe('the code', () => {
  it('is six digits that depend on keys and both certificates, and on whose is whose', () => {
    const codes = [
      callCode(provider, base, bytes(5), bytes(6)),
      callCode(provider, base, bytes(6), bytes(5)),
      callCode(provider, base, bytes(5), bytes(7)),
      callCode(provider, bytes(7), bytes(5), bytes(6)),
    ];
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^[0-9]{6}$/);
  });
});

describe('a key for a frame worker', () => {
  const { hpke } = provider.suite(suiteIds.x25519Aes128);
  const key = { use: 'seal', keyId: 2n, key: bytes(5) } as const;

  it('opens for that worker and call only', async () => {
    const worker = await hpke.generateKeyPair();
    const sealed = (await sealFrameKey(provider, callId, worker.publicKey, key))!;
    expect(sealed.length).toBe(32 + 41 + 16);
    const label = new TextEncoder().encode('Sotto 1 call frame key');
    const open = (privateKey: Uint8Array, call: string) => {
      const info = new Uint8Array([...label, ...Uint8Array.fromHex(call)]);
      return hpke.open(privateKey, sealed.slice(0, 32), info, new Uint8Array(0), sealed.slice(32));
    };
    const plain = await open(worker.privateKey, callId);
    expect(plain?.toHex()).toBe(`000000000000000002${'05'.repeat(32)}`);
    expect(await open(worker.privateKey, otherCall)).toBeNull();
    expect(await open((await hpke.generateKeyPair()).privateKey, callId)).toBeNull();
  });

  it('is not sealed to what is no public key', async () => {
    for (const none of [bytes(0), bytes(1, 31), new Uint8Array(0)]) {
      expect(await sealFrameKey(provider, callId, none, key)).toBeNull();
    }
  });
});
