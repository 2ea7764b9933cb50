/** How messages are named in what people say about them (spec/messages.md, "References"). */
import { create } from '@bufbuild/protobuf';
import {
  type AccountId,
  type MessageRef as EncodedRef,
  idFromBytes,
  idToBytes,
  MessageRefSchema,
  type TransactionId,
} from '@sotto/protocol';

/** A message by who wrote it and the id that they chose: another account may have chosen the same. */
export interface MessageRef {
  readonly accountId: AccountId;
  readonly transactionId: TransactionId;
}

export function encodeRef({ accountId, transactionId }: MessageRef): EncodedRef {
  return create(MessageRefSchema, {
    accountId: idToBytes(accountId),
    transactionId: idToBytes(transactionId),
  });
}

/** Null where there is none, or none that can be. */
export function decodeRef(ref: EncodedRef | undefined): MessageRef | null {
  if (ref === undefined) return null;
  const accountId = idFromBytes<AccountId>(ref.accountId);
  const transactionId = idFromBytes<TransactionId>(ref.transactionId);
  return accountId === null || transactionId === null ? null : { accountId, transactionId };
}

export function isSameRef(one: MessageRef, other: MessageRef): boolean {
  return one.accountId === other.accountId && one.transactionId === other.transactionId;
}

/** As a key of maps. */
export function refKey({ accountId, transactionId }: MessageRef): string {
  return `${accountId}${transactionId}`;
}
