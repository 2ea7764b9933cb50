/** The decoders of each package, one target each. */
import { toBinary } from '@bufbuild/protobuf';
import { decodeMessage, decodeServerFrame } from '@sotto/client/decoders';
import { createDecoders } from '@sotto/crypto';
import { provider } from '@sotto/crypto/testing';
import { DecodeError, decoders as mlsDecoders } from '@sotto/mls';
import {
  ContentSchema,
  EntrySchema,
  RequestSchema,
  ServerFrameSchema,
  SignalContentSchema,
} from '@sotto/protocol';
import type { Random } from '../random.ts';
import { sampleMessage } from '../sampleMessage.ts';
import type { Target } from '../target.ts';

const sampleCount = 40;

/** Decoders of the MLS engine: they return, or throw DecodeError. */
export function mlsDecoderTargets(pool: readonly Uint8Array[]): Target[] {
  return Object.entries(mlsDecoders).map(([name, decode]) => ({
    name: `mls.${name}`,
    samples: fitting(pool, (bytes) => {
      decode(bytes);
      return true;
    }),
    run: (bytes) => {
      try {
        return decode(bytes);
      } catch (error) {
        if (error instanceof DecodeError) return null;
        throw error;
      }
    },
  }));
}

/** Decoders of the crypto package: they return. */
export function cryptoDecoderTargets(pool: readonly Uint8Array[]): Target[] {
  return Object.entries(createDecoders(provider)).map(([name, decode]) => ({
    name: `crypto.${name}`,
    samples: fitting(pool, (bytes) => decode(bytes) !== null),
    run: decode,
  }));
}

/** What arrives at a client: frames, and inside them entries and contents. */
export function clientDecoderTargets(pool: readonly Uint8Array[], random: Random): Target[] {
  const frames = Array.from({ length: sampleCount }, () =>
    toBinary(ServerFrameSchema, sampleMessage(ServerFrameSchema, random, pool) as never),
  );
  const framed: Target = { name: 'client.serverFrame', samples: frames, run: decodeServerFrame };
  const schemas = [EntrySchema, ContentSchema, SignalContentSchema, RequestSchema] as const;
  return [
    framed,
    ...schemas.map(
      (schema): Target => ({
        name: `wire.${schema.name}`,
        samples: Array.from({ length: sampleCount }, () =>
          toBinary(schema, sampleMessage(schema, random, pool) as never),
        ),
        run: (bytes) => decodeMessage(schema, bytes),
      }),
    ),
  ];
}

/** Those of `pool` that the decoder takes; all of them where it takes none. */
function fitting(pool: readonly Uint8Array[], takes: (bytes: Uint8Array) => boolean): readonly Uint8Array[] {
  const taken = pool.filter((bytes) => {
    try {
      return takes(bytes);
    } catch {
      return false;
    }
  });
  return taken.length > 0 ? taken : pool;
}
