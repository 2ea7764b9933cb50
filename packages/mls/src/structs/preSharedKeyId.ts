import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { DecodeError } from '../refusal.ts';

export type ResumptionUsage = 'application' | 'reinit' | 'branch';

const usageCodes = { application: 1, reinit: 2, branch: 3 } as const;

/** What a pre-shared key is called, without its nonce. */
export type PreSharedKeyName =
  | { readonly kind: 'external'; readonly pskId: Uint8Array }
  | {
      readonly kind: 'resumption';
      readonly usage: ResumptionUsage;
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
    };

/** PreSharedKeyID (RFC 9420 §8.4). */
export type PreSharedKeyId = PreSharedKeyName & { readonly nonce: Uint8Array };

export function writePreSharedKeyId(writer: Writer, id: PreSharedKeyId): void {
  switch (id.kind) {
    case 'external':
      writer.u8(1).opaque(id.pskId);
      break;
    case 'resumption':
      writer.u8(2).u8(usageCodes[id.usage]).opaque(id.groupId).u64(id.epoch);
      break;
  }
  writer.opaque(id.nonce);
}

function readUsage(reader: Reader): ResumptionUsage {
  switch (reader.u8()) {
    case usageCodes.application:
      return 'application';
    case usageCodes.reinit:
      return 'reinit';
    case usageCodes.branch:
      return 'branch';
    default:
      throw new DecodeError('MLS-8.4-04');
  }
}

export function readPreSharedKeyId(reader: Reader): PreSharedKeyId {
  switch (reader.u8()) {
    case 1:
      return { kind: 'external', pskId: reader.opaque(limits.maxIdBytes), nonce: reader.opaque() };
    case 2:
      return {
        kind: 'resumption',
        usage: readUsage(reader),
        groupId: reader.opaque(limits.maxIdBytes),
        epoch: reader.u64(),
        nonce: reader.opaque(),
      };
    default:
      throw new DecodeError('MLS-8.4-03');
  }
}
