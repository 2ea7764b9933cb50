/** A frame in words, for traces: what kind it is, never what is in it. */
import { fromBinary } from '@bufbuild/protobuf';
import { EntrySchema, type Push, RequestSchema, ServerFrameSchema } from '@sotto/protocol';

export function describeRequest(frame: Uint8Array): string {
  try {
    const { id, method } = fromBinary(RequestSchema, frame);
    return `${method} (${id})`;
  } catch {
    return `${frame.length} bytes`;
  }
}

export function describeServerFrame(frame: Uint8Array): string {
  try {
    const { kind } = fromBinary(ServerFrameSchema, frame);
    switch (kind.case) {
      case 'response': {
        const { id, result } = kind.value;
        return `answer (${id})${result.case === 'error' ? ` ${result.value.code}` : ''}`;
      }
      case 'push':
        return describePush(kind.value);
      default:
        return kind.case ?? 'nothing';
    }
  } catch {
    return `${frame.length} bytes`;
  }
}

function describePush({ kind }: Push): string {
  if (kind.case !== 'entries') return kind.case ?? 'empty push';
  const entries = kind.value.entries.map((bytes) => {
    const entry = fromBinary(EntrySchema, bytes);
    return `${entry.seq} ${entry.kind.case}`;
  });
  return `entries ${kind.value.log?.id.toHex().slice(0, 8)}: ${entries.join(', ')}`;
}
