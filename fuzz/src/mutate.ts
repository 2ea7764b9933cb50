/**
 * Inputs made of real samples: bits and bytes turned, lengths changed (as MLS and as protobuf write them), ranges
 * left out, doubled, moved in from another sample, ends cut off.
 */
import type { Random } from './random.ts';

const maxSizeBytes = 256 * 1024;
const maxMutations = 6;
/** Bytes that tend to sit at an edge of a format: MLS length prefixes, protobuf tags and varints, zero. */
const edges = [0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff, 0x0a, 0x12];

type Mutation = (bytes: Uint8Array, random: Random, samples: readonly Uint8Array[]) => Uint8Array;

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    return put(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8)));
  },
  function setEdge(bytes, random) {
    return put(bytes, random.below(bytes.length), () => random.pick(edges));
  },
  function step(bytes, random) {
    return put(bytes, random.below(bytes.length), (byte) => byte + (random.below(2) === 0 ? 1 : -1));
  },
  function setBytes(bytes, random) {
    const at = random.below(bytes.length);
    const written = bytes.slice();
    written.set(random.bytes(Math.min(1 + random.below(8), bytes.length - at)), at);
    return written;
  },
  /** A length in each of the forms of RFC 9420 §2.1.2, right or far too large. */
  function setLength(bytes, random) {
    const length = random.pick([0, 1, 63, 64, 255, 16_383, 16_384, 2 ** 20, 2 ** 30 - 1, bytes.length]);
    const forms = [
      [length & 0x3f],
      [0x40 | ((length >> 8) & 0x3f), length & 0xff],
      [0x80 | ((length >> 24) & 0x3f), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff],
      [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, (length >> 14) & 0x7f],
    ];
    const form = random.pick(forms);
    const at = random.below(bytes.length);
    return replace(bytes, at, at + form.length, Uint8Array.from(form));
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function dropStart(bytes, random) {
    return bytes.slice(random.below(Math.min(bytes.length, 64)));
  },
  function leaveOut(bytes, random) {
    const at = random.below(bytes.length);
    return replace(bytes, at, at + 1 + random.below(32), new Uint8Array(0));
  },
  function insert(bytes, random) {
    const at = random.below(bytes.length + 1);
    return replace(bytes, at, at, random.bytes(1 + random.below(16)));
  },
  function double(bytes, random) {
    const at = random.below(bytes.length);
    const part = bytes.subarray(at, at + 1 + random.below(256));
    return replace(bytes, at, at, part);
  },
  function append(bytes, random) {
    return replace(bytes, bytes.length, bytes.length, random.bytes(1 + random.below(8)));
  },
  function splice(bytes, random, samples) {
    const other = random.pick(samples);
    const from = random.below(other.length);
    const part = other.subarray(from, from + 1 + random.below(512));
    const at = random.below(bytes.length + 1);
    return replace(bytes, at, random.below(2) === 0 ? at : at + part.length, part);
  },
  function join(bytes, random, samples) {
    const other = random.pick(samples);
    return replace(
      bytes,
      random.below(bytes.length),
      bytes.length,
      other.subarray(random.below(other.length)),
    );
  },
];

/** A new input from one of `samples`; `pool` holds what may be spliced in. */
export function mutate(
  random: Random,
  samples: readonly Uint8Array[],
  pool: readonly Uint8Array[],
): Uint8Array {
  let bytes: Uint8Array = random.pick(samples).slice();
  for (let left = 1 + random.below(maxMutations); left > 0; left--) {
    bytes = random.pick(mutations)(bytes, random, pool);
    if (bytes.length === 0) break;
  }
  return bytes.length > maxSizeBytes ? bytes.slice(0, maxSizeBytes) : bytes;
}

function put(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const written = bytes.slice();
  if (at < written.length) written[at] = change(written[at]!);
  return written;
}

function replace(bytes: Uint8Array, from: number, to: number, part: Uint8Array): Uint8Array {
  const end = Math.min(to, bytes.length);
  const joined = new Uint8Array(from + part.length + bytes.length - end);
  joined.set(bytes.subarray(0, from));
  joined.set(part, from);
  joined.set(bytes.subarray(end), from + part.length);
  return joined;
}
