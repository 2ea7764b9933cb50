/** Protobuf messages of any schema with plausible contents: what mutations then start from. */
import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import type { Random } from './random.ts';

const maxDepth = 5;

/** Fills `schema` at random; byte fields come from `pool` (ids and structures that exist) where they can. */
export function sampleMessage(
  schema: DescMessage,
  random: Random,
  pool: readonly Uint8Array[],
  depth = 0,
): Message {
  const init: Record<string, unknown> = {};
  for (const member of schema.members) {
    if (random.below(12) === 0) continue;
    if (member.kind === 'oneof') {
      const field = random.pick(member.fields);
      init[member.localName] = { case: field.localName, value: sampleField(field, random, pool, depth) };
    } else {
      init[member.localName] = sampleField(member, random, pool, depth);
    }
  }
  return create(schema, init);
}

function sampleField(field: DescField, random: Random, pool: readonly Uint8Array[], depth: number): unknown {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarOf(field.scalar, random, pool);
    case 'enum':
      return random.below(4);
    case 'message':
      return depth < maxDepth ? sampleMessage(field.message, random, pool, depth + 1) : undefined;
    case 'list':
      return Array.from({ length: random.below(4) }, () => sampleItem(field, random, pool, depth));
    case 'map':
      return {};
  }
}

function sampleItem(
  field: DescField & { fieldKind: 'list' },
  random: Random,
  pool: readonly Uint8Array[],
  depth: number,
): unknown {
  switch (field.listKind) {
    case 'scalar':
      return scalarOf(field.scalar, random, pool);
    case 'enum':
      return random.below(4);
    case 'message':
      return sampleMessage(field.message, random, pool, depth + 1);
  }
}

function scalarOf(scalar: ScalarType, random: Random, pool: readonly Uint8Array[]): unknown {
  switch (scalar) {
    case ScalarType.BYTES:
      return random.below(4) === 0 ? random.bytes(random.pick([0, 16, 16, 32, 64])) : random.pick(pool);
    case ScalarType.STRING:
      return random.pick(['', 'ann', 'bob', 'AAAA', "x' OR 1=1", '\u0000', 'e\u0301'.repeat(20)]);
    case ScalarType.BOOL:
      return random.below(2) === 0;
    case ScalarType.UINT64:
    case ScalarType.INT64:
      return BigInt(random.pick([0, 1, 2, 2 ** 31, Number.MAX_SAFE_INTEGER]));
    default:
      return random.pick([0, 1, 2, 2 ** 31 - 1]);
  }
}
