import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { limits, type ServerFrame, ServerFrameSchema } from '@sotto/protocol';

/** What a peer's bytes decode to, or null: protobuf-es throws on malformed input, at the edge that ends here. */
export function decodeMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): MessageShape<Desc> | null {
  try {
    return fromBinary(schema, bytes);
  } catch {
    return null;
  }
}

/** A frame of the server within the limits of the wire, or null. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame | null {
  if (bytes.length > limits.serverFrameSizeBytes) return null;
  const frame = decodeMessage(ServerFrameSchema, bytes);
  if (frame === null || frame.kind.case === undefined) return null;
  if (frame.kind.case === 'push' && frame.kind.value.kind.case === 'entries') {
    if (frame.kind.value.kind.value.entries.length > limits.entriesPerPush) return null;
  }
  return frame;
}
