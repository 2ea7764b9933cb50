import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { concatBytes, suiteIds } from '@sotto/primitives';
import { type AccountId, ChainEntrySchema, VaultSchema } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { verifyDeviceCredential } from '../account/deviceCredential.ts';
import { verifyChain } from '../account/identityChain.ts';
import { parseRecoveryCode } from '../account/recoveryCode.ts';
import { openFile } from '../account/sealedFile.ts';
import { openVault } from '../account/vault.ts';
import { createAttachmentCipher } from '../attachment/attachmentCipher.ts';
import { openBody } from '../envelope/body.ts';
import { openForInvite } from '../group/inviteSeal.ts';
import { checkJoinProof, decodeJoinProof } from '../group/joinProof.ts';
import { openNote } from '../group/note.ts';
import { noteFits } from '../group/noteChanges.ts';
import { decodePolicy } from '../group/policy.ts';
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
      if (name === 'calls') stored.frameKey.sealed = anyEncoding.vault.encoded;
      if (name === 'history') {
        for (const part of ['enc', 'sealed', 'signature']) stored.deposit[part] = anyEncoding.vault.encoded;
      }
      expect(contents).toEqual(stored);
    }
  });

  it('of calls have keys that open for the frame worker', async () => {
    const { frameKey } = read('calls');
    const { hpke } = provider.suite(suiteIds.x25519Aes128);
    const label = new TextEncoder().encode('Sotto 1 call frame key');
    const sealed = hex(frameKey.sealed);
    const plain = await hpke.open(
      hex(frameKey.privateKey),
      sealed.slice(0, 32),
      concatBytes(label, hex(frameKey.callId)),
      new Uint8Array(0),
      sealed.slice(32),
    );
    const keyId = frameKey.keyId.toString(16).padStart(16, '0');
    expect(plain?.toHex()).toBe(`01${keyId}${frameKey.key}`);
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

  it('of attachments open as well, as the page says and not as the code does', () => {
    const { small, large } = read('attachments');
    const label = new TextEncoder().encode('Sotto 1 attachment');
    for (const { key, fileKey, size } of [{ ...small, size: 7 }, large]) {
      const sizeBytes = new Uint8Array(8);
      new DataView(sizeBytes.buffer).setBigUint64(0, BigInt(size));
      expect(provider.hkdf.expand(hex(key), concatBytes(label, sizeBytes), 32).toHex()).toBe(fileKey);
    }
    // One chunk, which is the last: number 0, flag 1.
    const nonce = concatBytes(new Uint8Array(19), Uint8Array.of(0, 0, 0, 0, 1));
    const padded = provider.xchacha20Poly1305.open(
      hex(small.fileKey),
      nonce,
      new Uint8Array(0),
      hex(small.sealed),
    );
    expect(padded?.toHex()).toBe(small.contents.padEnd(512, '0'));
    expect(provider.sha256(hex(small.sealed)).toHex()).toBe(small.blobId);
    const cipher = createAttachmentCipher(provider, hex(small.key), 7);
    expect(cipher.open(0, hex(small.sealed))?.toHex()).toBe(small.contents);
  });

  it('of groups verify and open as well', async () => {
    const { invite, joinProof, note, groupPolicy, details } = read('groups');
    const policy = decodePolicy(hex(groupPolicy.encoded));
    if (policy?.kind !== 'group') throw new Error('not a group');
    const proof = decodeJoinProof(hex(joinProof.encoded))!;
    const at = { fromMs: joinProof.expiresAtMs, toMs: joinProof.expiresAtMs };
    expect(
      await checkJoinProof(provider, policy.invites[0]!, joinProof.conversationId, proof, at),
    ).toBeNull();
    const place = { kind: 'request', inviteId: invite.inviteId, accountId: joinProof.accountId } as const;
    const request = openForInvite(provider, hex(invite.memberKey), place, hex(invite.sealedRequest));
    expect(request?.toHex()).toBe(invite.request);
    const { accountId, deviceId } = note;
    const { publicKey } = await provider.ed25519.importKey(hex(note.deviceSeed));
    const opened = await openNote(
      provider,
      hex(note.historyKey),
      hex(note.sealed),
      { ...note, epoch: BigInt(note.epoch), sender: { accountId, deviceId } },
      { accountId, everListed: new Map([[deviceId, publicKey]]) },
    );
    expect(accepted(opened).details?.encoded.toHex()).toBe(details.encoded);
    expect(noteFits(provider, accepted(opened), { policy, events: null, detailsBefore: null })).toBe(true);
  });
});
