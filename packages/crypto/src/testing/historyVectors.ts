/** The test vectors of spec/history.md: see specVectors.ts. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { Provider } from '@sotto/primitives';
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  SignedContentSchema,
  type TransactionId,
} from '@sotto/protocol';
import { importDevice } from '../account/device.ts';
import { sealBody } from '../envelope/body.ts';
import { signedBytes } from '../envelope/message.ts';
import { defaultRights } from '../group/roles.ts';
import { accountItemSlot, sealAccountItem } from '../history/accountItem.ts';
import { createDeposit } from '../history/deposit.ts';
import { encodeDepositContents } from '../history/depositContents.ts';
import { sealKept } from '../history/keptWrap.ts';

const accountId = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' as AccountId;
const otherAccountId = '10111213141516171819101a1b1c1d1e' as AccountId;
const conversationId = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecf' as ConversationId;
const transactionId = 'e0e1e2e3e4e5e6e7e8e9eaebecedeeef' as TransactionId;
const deviceId = 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf' as DeviceId;

/** `counting`: the provider with random bytes that count up from zero. */
export async function historyVectors(provider: Provider, counting: Provider) {
  const device = await importDevice(provider, deviceId, fill(32, 0x33));
  const sender = { accountId, deviceId: deviceId };
  const k = fill(32, 0x99);
  const historyKey = fill(32, 0xaa);
  const epoch = 7n;
  const place = { conversationId, epoch, transactionId, sender };
  const content = new TextEncoder().encode('content');
  const signature = await device.signingKey.sign(
    signedBytes(conversationId, epoch, transactionId, sender, content),
  );
  const text = toBinary(SignedContentSchema, create(SignedContentSchema, { content, signature }));
  const body = sealBody(provider, k, text);
  const kept = sealKept(counting, historyKey, k, place, provider.sha256(body));
  const recipient = await provider.hpke.deriveKeyPair(fill(32, 0xbb));
  const deposit = await createDeposit(
    provider,
    { ...sender, signingKey: device.signingKey, credential: new Uint8Array(0) },
    { conversationId, epoch, historyKey },
    { accountId: otherAccountId, historyPublicKey: recipient.publicKey },
  );
  const roles = { ownerId: accountId, adminIds: [otherAccountId], rights: defaultRights, isLarge: true };
  const earlier = [
    { epoch: 6n, historyKey: fill(32, 0xab), roles },
    { epoch: 5n, historyKey: fill(32, 0xac), roles },
  ];
  const slot = accountItemSlot(provider, fill(32, 0xcc), conversationId);
  const item = sealAccountItem(counting, fill(32, 0xdd), { accountId, slot }, content);
  return {
    exporter: { label: 'sotto history', context: conversationId, length: 32 },
    kept: {
      conversationId,
      epoch: Number(epoch),
      transactionId,
      ...sender,
      signatureKey: device.signingKey.publicKey.toHex(),
      historyKey: historyKey.toHex(),
      k: k.toHex(),
      content: content.toHex(),
      body: body.toHex(),
      nonce: kept.nonce.toHex(),
      sealed: kept.sealed.toHex(),
    },
    accountItem: {
      accountId,
      conversationId,
      firstHistoryPrivateKey: fill(32, 0xcc).toHex(),
      newestHistoryPrivateKey: fill(32, 0xdd).toHex(),
      slot: slot.toHex(),
      item: content.toHex(),
      sealed: item.toHex(),
    },
    deposit: {
      conversationId,
      epoch: Number(epoch),
      depositor: sender,
      signatureKey: device.signingKey.publicKey.toHex(),
      recipient: otherAccountId,
      historyPrivateKey: recipient.privateKey.toHex(),
      historyKey: historyKey.toHex(),
      enc: deposit.enc.toHex(),
      sealed: deposit.sealed.toHex(),
      signature: deposit.signature.toHex(),
    },
    groupDeposit: {
      epoch: Number(epoch),
      historyKey: historyKey.toHex(),
      ...roles,
      earlier: earlier.map((one) => ({ epoch: Number(one.epoch), historyKey: one.historyKey.toHex() })),
      contents: encodeDepositContents({ historyKey, roles }).toHex(),
      contentsWithEarlier: encodeDepositContents({ historyKey, roles, earlier }).toHex(),
    },
  };
}

function fill(sizeBytes: number, value: number): Uint8Array {
  return new Uint8Array(sizeBytes).fill(value);
}
