/** The test vectors of spec/calls.md: see specVectors.ts. */
import { type Provider, suiteIds } from '@sotto/primitives';
import type { AccountId, CallId, DeviceId } from '@sotto/protocol';
import {
  callBase,
  callCode,
  callCommitment,
  callKeyId,
  callSenderKey,
  sealFrameKey,
} from '../call/callKeys.ts';

const callId = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecf' as CallId;
const sides = [
  {
    role: 'caller' as const,
    accountId: 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' as AccountId,
    deviceId: 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf' as DeviceId,
    joinId: fill(8, 0x11),
    joinNumber: 0,
    fingerprint: fill(32, 0xa1),
  },
  {
    role: 'answerer' as const,
    accountId: 'b0b1b2b3b4b5b6b7b8b9babbbcbdbebf' as AccountId,
    deviceId: 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff' as DeviceId,
    joinId: fill(8, 0x22),
    joinNumber: 2,
    fingerprint: fill(32, 0xb1),
  },
] as const;

export async function callVectors(provider: Provider) {
  const exported = fill(32, 0x33);
  const callerSecret = fill(32, 0x44);
  const answererSecret = fill(32, 0x55);
  const base = callBase(provider, { exported, callerSecret, answererSecret });
  const senders = sides.map(({ role, accountId, deviceId, joinId, joinNumber }) => ({
    role,
    accountId,
    deviceId,
    joinId: joinId.toHex(),
    joinNumber,
    keyId: Number(callKeyId(role, joinNumber)),
    key: callSenderKey(provider, base, { accountId, deviceId, joinId }).toHex(),
  }));
  const worker = await provider.suite(suiteIds.x25519Aes128).hpke.deriveKeyPair(fill(32, 0x66));
  const key = {
    use: 'open',
    keyId: BigInt(senders[1]!.keyId),
    key: Uint8Array.fromHex(senders[1]!.key),
  } as const;
  const sealed = await sealFrameKey(provider, callId, worker.publicKey, key);
  return {
    exporter: { label: 'sotto call', context: callId, length: 32, exported: exported.toHex() },
    callerSecret: callerSecret.toHex(),
    commitment: callCommitment(provider, callerSecret).toHex(),
    answererSecret: answererSecret.toHex(),
    base: base.toHex(),
    senders,
    code: {
      callerFingerprint: sides[0].fingerprint.toHex(),
      answererFingerprint: sides[1].fingerprint.toHex(),
      digits: callCode(provider, base, sides[0].fingerprint, sides[1].fingerprint),
    },
    frameKey: {
      callId,
      privateKey: worker.privateKey.toHex(),
      publicKey: worker.publicKey.toHex(),
      use: 1,
      keyId: senders[1]!.keyId,
      key: senders[1]!.key,
      sealed: sealed?.toHex() ?? '',
    },
  };
}

function fill(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}
