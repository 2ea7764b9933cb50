import { hash } from 'node:crypto';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { EntrySchema, MessageEntrySchema, withPassingMessage } from '@sotto/protocol';

/** One entry as it is stored and pushed: encoded here, once, and never again (spec/log.md §Entries). */
export function encodeEntry(entry: MessageInitShape<typeof EntrySchema>): Uint8Array {
  return toBinary(EntrySchema, create(EntrySchema, entry));
}

interface EntryPlace {
  readonly seq: bigint;
  readonly acceptedAtMs: bigint;
  readonly transactionId: Uint8Array;
  readonly senderAccount: Uint8Array;
  readonly senderDevice: Uint8Array;
  readonly epoch: bigint;
  readonly prevHash: Uint8Array;
}

/** An entry whose content can be taken away later: what stays has its hash (spec/log.md §Passing entries). */
export function encodePassingEntry(
  place: EntryPlace,
  content: { readonly body: Uint8Array; readonly live: Uint8Array },
): Uint8Array {
  const message = toBinary(MessageEntrySchema, create(MessageEntrySchema, content));
  const messageHash = hash('sha256', message, 'buffer');
  return withPassingMessage(
    encodeEntry({ ...place, kind: { case: 'passing', value: { messageHash } } }),
    message,
  );
}
