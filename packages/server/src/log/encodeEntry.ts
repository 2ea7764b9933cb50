import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { EntrySchema } from '@sotto/protocol';

/** One entry as it is stored and pushed: encoded here, once, and never again (spec/log.md §Entries). */
export function encodeEntry(entry: MessageInitShape<typeof EntrySchema>): Uint8Array {
  return toBinary(EntrySchema, create(EntrySchema, entry));
}
