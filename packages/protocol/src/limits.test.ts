import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChainBodySchema, ChainEntrySchema, FindAccountResponseSchema, limits } from './index.ts';

describe('limits', () => {
  it('let the longest chain of the largest entries fit one frame of the server', () => {
    const body = new Uint8Array(limits.chainEntrySizeBytes);
    const entry = create(ChainEntrySchema, { body, signature: new Uint8Array(64) });
    const chain = Array.from({ length: limits.chainEntries }, () => entry);
    const answer = toBinary(FindAccountResponseSchema, create(FindAccountResponseSchema, { chain }));
    expect(answer.length).toBeLessThan(limits.serverFrameSizeBytes - 1024);
  });

  it('let an entry list as many devices as an account may have', () => {
    const body = create(ChainBodySchema, {
      accountId: new Uint8Array(16),
      seq: BigInt(limits.chainEntries),
      prevHash: new Uint8Array(32),
      operation: 2,
      identityKey: new Uint8Array(32),
      historyPublicKey: new Uint8Array(1216),
      createdAtMs: BigInt(Number.MAX_SAFE_INTEGER),
      devices: Array.from({ length: limits.devicesPerAccount }, () => ({
        deviceId: new Uint8Array(16),
        signatureKey: new Uint8Array(32),
        notAfterMs: BigInt(Number.MAX_SAFE_INTEGER),
      })),
    });
    expect(toBinary(ChainBodySchema, body).length + 64).toBeLessThan(limits.chainEntrySizeBytes);
  });
});
