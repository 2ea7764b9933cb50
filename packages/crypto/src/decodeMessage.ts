import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';

/** The protobuf message that `bytes` encode, or null. Its byte fields are views of `bytes`. */
export function decodeMessage<Schema extends DescMessage>(
  schema: Schema,
  bytes: Uint8Array,
): MessageShape<Schema> | null {
  try {
    return fromBinary(schema, bytes);
  } catch {
    return null;
  }
}
