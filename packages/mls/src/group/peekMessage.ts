import { Reader } from '../codec/reader.ts';
import { limits } from '../limits.ts';
import { asRefusal, ensure, type Refused, refuse } from '../refusal.ts';
import { type ContentKind, contentKindOf, readFramedContent } from '../structs/framedContent.ts';
import { protocolVersion, wireFormats } from '../structs/registry.ts';

/** What a message says of itself. Unverified: good for routing and nothing else. */
export type Peeked =
  | {
      readonly kind: 'group';
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
      readonly content: ContentKind;
      readonly wireFormat: 'private' | 'public';
    }
  | { readonly kind: 'welcome' | 'groupInfo' | 'keyPackage' };

export function peekMessage(bytes: Uint8Array): Peeked | Refused {
  try {
    ensure(bytes.length <= limits.maxMessageBytes, 'MLS-P-05');
    const reader = new Reader(bytes);
    ensure(reader.u16() === protocolVersion, 'MLS-6-01');
    switch (reader.u16()) {
      case wireFormats.privateMessage: {
        const groupId = reader.opaque(limits.maxIdBytes);
        const epoch = reader.u64();
        return { kind: 'group', groupId, epoch, content: contentKindOf(reader.u8()), wireFormat: 'private' };
      }
      case wireFormats.publicMessage: {
        const { groupId, epoch, content } = readFramedContent(reader);
        return { kind: 'group', groupId, epoch, content: content.kind, wireFormat: 'public' };
      }
      case wireFormats.welcome:
        return { kind: 'welcome' };
      case wireFormats.groupInfo:
        return { kind: 'groupInfo' };
      case wireFormats.keyPackage:
        return { kind: 'keyPackage' };
      default:
        return refuse('MLS-6-03');
    }
  } catch (error) {
    return asRefusal(error);
  }
}
