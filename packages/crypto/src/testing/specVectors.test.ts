import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { concatBytes } from '@sotto/primitives';
import { type AccountId, ChainEntrySchema, VaultSchema } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { verifyDeviceCredential } from '../account/deviceCredential.ts';
import { verifyChain } from '../account/identityChain.ts';
import { parseRecoveryCode } from '../account/recoveryCode.ts';
import { openFile } from '../account/sealedFile.ts';
import { openVault } from '../account/vault.ts';
import { openBody } from '../envelope/body.ts';
import { openDeposit } from '../history/deposit.ts';
import { openKeptMessage } from '../history/keptMessage.ts';
import { nowMs, provider } from './account.ts';
import { accepted } from './conversation.ts';
import { makeVectors } from './specVectors.ts';

const hex = Uint8Array.fromHex;

function read(name: string) {
  const file = new URL(`../../../../spec/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe('the vectors in spec/', () => {
  it('are what the code makes', async () => {
    const anyEncoding = { vault: { encoded: expect.stringMatching(/^[0-9a-f]+$/) } };
    for (const { name, contents } of await makeVectors(provider)) {
      const stored = read(name);
      if (name === 'accounts') Object.assign(stored.vault, anyEncoding.vault);
      if (name === 'history') {
        for (const part of ['enc', 'sealed', 'signature']) stored.deposit[part] = anyEncoding.vault.encoded;
      }
      expect(contents).toEqual(stored);
    }
  });

  it('open and verify', async () => {
    const accounts = read('accounts');
    const accountId: AccountId = accounts.accountId;
    const entries = accounts.chain.entries.map(({ encoded }: { encoded: string }) =>
      fromBinary(ChainEntrySchema, hex(encoded)),
    );
    const chain = accepted(await verifyChain(provider, entries, { accountId }));
    expect(chain.hash.toHex()).toBe(accounts.chain.hashes[1]);
    const { signatureKey } = accounts.devices[1];
    const credential = hex(accounts.deviceCredential.encoded);
    accepted(await verifyDeviceCredential({ provider, nowMs }, credential, hex(signatureKey), chain));
    const vault = fromBinary(VaultSchema, hex(accounts.vault.encoded));
    const recoverySecret = parseRecoveryCode(provider, accounts.recoveryCode)!;
    for (const key of [
      { kind: 'password', exportKey: hex(accounts.vault.exportKey) },
      { kind: 'recovery', recoverySecret },
    ] as const) {
      const opened = accepted(await openVault(provider, accountId, vault, key));
      expect(opened.secrets.lockRoot.toHex()).toBe(accounts.vault.lockRoot);
      expect(opened.secrets.identitySeed.toHex()).toBe(accounts.identitySeed);
    }
    const { lockKey, sealed, contents } = accounts.sealedFile;
    const parts = await Array.fromAsync(openFile(provider, hex(lockKey), [hex(sealed)]));
    expect(parts.at(-1)).toEqual({ kind: 'complete' });
    const chunks = parts.flatMap((part) => (part.kind === 'chunk' ? [part.bytes] : []));
    expect(concatBytes(...chunks).toHex()).toBe(contents);
    const { body } = read('envelope');
    expect(openBody(provider, hex(body.k), hex(body.body))).toEqual({ kind: 'opened', text: hex(body.text) });
  });

  it('of history open as well', async () => {
    const { kept, deposit } = read('history');
    const place = { conversationId: kept.conversationId, epoch: BigInt(kept.epoch) };
    const sender = { accountId: kept.accountId, deviceId: kept.deviceId };
    const chain = {
      accountId: kept.accountId,
      everListed: new Map([[kept.deviceId, hex(kept.signatureKey)]]),
    };
    const message = {
      ...place,
      transactionId: kept.transactionId,
      sender,
      body: hex(kept.body),
      kept: { nonce: hex(kept.nonce), sealed: hex(kept.sealed) },
    };
    const opened = accepted(await openKeptMessage(provider, hex(kept.historyKey), message, chain));
    expect(opened.content.toHex()).toBe(kept.content);
    const key = await openDeposit(
      provider,
      { accountId: deposit.recipient, historyPrivateKeys: [hex(deposit.historyPrivateKey)] },
      { ...place, enc: hex(deposit.enc), sealed: hex(deposit.sealed), signature: hex(deposit.signature) },
      deposit.depositor,
      chain,
    );
    expect(accepted(key).historyKey.toHex()).toBe(deposit.historyKey);
  });
});
