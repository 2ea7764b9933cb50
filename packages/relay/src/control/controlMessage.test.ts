import { limits } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRelayReply,
  decodeServerMessage,
  encodeRelayReply,
  encodeServerMessage,
  maxControlSizeBytes,
  type RelayReply,
  type ServerMessage,
} from './controlMessage.ts';

const joinId = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const roomId = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((b) => Buffer.from(b).toString('base64url'));
const seat = fc.record({ roomId, joinId });
const id = fc.nat();
const bytes = fc.uint8Array({ maxLength: 200 });

const serverMessages: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('seats' as const),
    rooms: fc.array(fc.tuple(roomId, fc.array(joinId))),
  }),
  seat.map((name) => ({ kind: 'openSeat' as const, ...name })),
  seat.map((name) => ({ kind: 'closeSeat' as const, ...name })),
  fc.record({ kind: fc.constant('closeRoom' as const), roomId }),
  fc.record({
    kind: fc.constant('ask' as const),
    id,
    nowMs: id,
    ticket: bytes,
    request: bytes,
    addresses: fc.array(fc.ipV4(), { maxLength: 16 }),
  }),
);
const relayReplies: fc.Arbitrary<RelayReply> = fc.oneof(
  fc.record({ kind: fc.constant('answer' as const), id, answer: bytes }),
  fc.tuple(seat, bytes).map(([name, event]) => ({ kind: 'seat' as const, ...name, event })),
  seat.map((name) => ({ kind: 'lost' as const, ...name })),
  fc.constant({ kind: 'ending' as const }),
  fc.record({
    kind: fc.constant('report' as const),
    cpuShare: fc.double({ min: 0, max: 8, noNaN: true }).map((share) => share + 0),
    counters: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), id, { maxKeys: 20, noNullPrototype: true }),
  }),
);

/** As plain values: bytes come back as another kind of view. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, field) => {
      if (field instanceof Uint8Array) return Buffer.from(field).toString('hex');
      return field?.type === 'Buffer' ? Buffer.from(field.data).toString('hex') : field;
    }),
  );
}

describe('control messages', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(serverMessages, (message) => {
        expect(plain(decodeServerMessage(encodeServerMessage(message)))).toEqual(plain(message));
      }),
    );
    fc.assert(
      fc.property(relayReplies, (reply) => {
        expect(plain(decodeRelayReply(encodeRelayReply(reply)))).toEqual(plain(reply));
      }),
    );
  });

  it('are of one direction', () => {
    fc.assert(
      fc.property(serverMessages, relayReplies, (message, reply) => {
        expect(decodeRelayReply(encodeServerMessage(message))).toBeNull();
        expect(decodeServerMessage(encodeRelayReply(reply))).toBeNull();
      }),
    );
  });

  it('are null, and nothing worse, where a byte was changed or some are missing', () => {
    fc.assert(
      fc.property(serverMessages, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, change) => {
        const encoded = Uint8Array.from(encodeServerMessage(message));
        encoded[at % encoded.length]! ^= change;
        decodeServerMessage(encoded);
        decodeRelayReply(encoded);
        decodeServerMessage(encoded.subarray(0, at % encoded.length));
      }),
    );
    fc.assert(fc.property(bytes, (noise) => decodeServerMessage(noise) === null));
  });

  it('are null where a name, a number or a size is out of bounds', () => {
    const lost = { kind: 'lost' as const, roomId: 'room', joinId: '00'.repeat(8) };
    expect(decodeRelayReply(encodeRelayReply(lost))).toEqual(lost);
    for (const wrong of [
      { joinId: '00' },
      { joinId: 'g'.repeat(16) },
      { roomId: '' },
      { roomId: 'x'.repeat(65) },
    ])
      expect(decodeRelayReply(encodeRelayReply({ ...lost, ...wrong }))).toBeNull();
    const ask = {
      kind: 'ask' as const,
      id: 1,
      nowMs: 1,
      ticket: Buffer.alloc(8),
      request: Buffer.alloc(8),
      addresses: [],
    };
    for (const wrong of [
      { id: -1 },
      { id: 1.5 },
      { nowMs: -1 },
      { request: Buffer.alloc(limits.seatRequestSizeBytes + 1) },
      { addresses: Array.from({ length: 17 }, () => '10.0.0.1') },
      { addresses: ['x'.repeat(65)] },
    ])
      expect(decodeServerMessage(encodeServerMessage({ ...ask, ...wrong }))).toBeNull();
    const report = { kind: 'report' as const, cpuShare: 0.5, counters: { seats: 1 } };
    for (const wrong of [{ cpuShare: -1 }, { cpuShare: Number.NaN }, { counters: { seats: Number.NaN } }])
      expect(decodeRelayReply(encodeRelayReply({ ...report, ...wrong }))).toBeNull();
    expect(decodeServerMessage(new Uint8Array(maxControlSizeBytes + 1))).toBeNull();
  });
});
