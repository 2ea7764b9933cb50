import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AppendRequestSchema,
  AppendResponseSchema,
  type ConversationId,
  EntrySchema,
  LogKind,
  RequestSchema,
  ServerFrameSchema,
} from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeMessageAppendFast,
  decodeRequestFast,
  encodeAppendResponseFast,
  encodeEntriesPushFast,
  encodeMessageEntryFast,
  encodeResponseFast,
} from './hotCodec.ts';

const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.nat({ max: 70_000 }).map((length) => new Uint8Array(length + 1).fill(length)),
);
const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
const kept = fc.option(fc.record({ nonce: bytes, sealed: bytes }), { nil: undefined });
const positive = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.maxSafeInteger().map((n) => Math.abs(n) + 1 - (n === 0 ? 0 : 1) || 1),
);

describe('hotCodec', () => {
  it('encodes as protobuf-es does', () => {
    fc.assert(
      fc.property(
        id,
        id,
        id,
        positive,
        positive,
        positive,
        bytes,
        bytes,
        kept,
        (a, b, c, seq, at, epoch, body, live, wrap) => {
          const ids = {
            transactionId: a,
            senderAccount: b,
            senderDevice: c,
            prevHash: new Uint8Array(32).fill(9),
          };
          const entry = encodeMessageEntryFast({
            ...ids,
            body,
            live,
            kept: wrap ?? null,
            seq,
            acceptedAtMs: at,
            epoch,
          });
          const numbers = { seq: BigInt(seq), acceptedAtMs: BigInt(at), epoch: BigInt(epoch) };
          const same = create(EntrySchema, {
            ...ids,
            ...numbers,
            kind: { case: 'message', value: { body, live, ...(wrap === undefined ? {} : { kept: wrap }) } },
          });
          expect(Buffer.from(entry)).toEqual(Buffer.from(toBinary(EntrySchema, same)));

          const response = create(AppendResponseSchema, { seq: BigInt(seq), acceptedAtMs: BigInt(at) });
          const payload = toBinary(AppendResponseSchema, response);
          expect(Buffer.from(encodeAppendResponseFast(seq, at))).toEqual(Buffer.from(payload));
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.oneof(bytes, fc.constant(new Uint8Array())),
        (requestId, payload) => {
          const result = { case: 'payload' as const, value: payload };
          const frame = create(ServerFrameSchema, {
            kind: { case: 'response', value: { id: requestId, result } },
          });
          expect(Buffer.from(encodeResponseFast(requestId, payload))).toEqual(
            Buffer.from(toBinary(ServerFrameSchema, frame)),
          );
        },
      ),
    );
    fc.assert(
      fc.property(id, fc.boolean(), fc.array(bytes, { maxLength: 5 }), (logId, isInbox, entries) => {
        const kind = isInbox ? LogKind.INBOX : LogKind.CONVERSATION;
        const value = { log: { kind, id: logId }, entries };
        const push = { case: 'push' as const, value: { kind: { case: 'entries' as const, value } } };
        const log = {
          kind: isInbox ? 'inbox' : 'conversation',
          id: logId.toHex() as ConversationId,
        } as const;
        const encoded = encodeEntriesPushFast(log as Parameters<typeof encodeEntriesPushFast>[0], entries);
        expect(Buffer.from(encoded)).toEqual(
          Buffer.from(toBinary(ServerFrameSchema, create(ServerFrameSchema, { kind: push }))),
        );
      }),
    );
  });

  it('decodes what protobuf-es encodes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 0xffff_ffff }),
        id,
        fc.bigInt({ min: 1n, max: 2n ** 49n - 1n }),
        bytes,
        bytes,
        kept,
        fc.boolean(),
        (requestId, conversationId, epoch, body, live, wrap, wakes) => {
          const value = { body, live, ...(wrap === undefined ? {} : { kept: wrap }) };
          const message = { case: 'message' as const, value };
          const append = create(AppendRequestSchema, {
            conversationId,
            transactionId: conversationId,
            epoch,
            kind: message,
            wakes,
          });
          const payload = toBinary(AppendRequestSchema, append);
          const frame = toBinary(
            RequestSchema,
            create(RequestSchema, { id: requestId, method: 'Append', payload }),
          );
          expect(decodeRequestFast(frame)).toEqual(fromBinary(RequestSchema, frame));
          expect(decodeMessageAppendFast(payload)).toEqual(fromBinary(AppendRequestSchema, payload));
        },
      ),
    );
  });

  it('leaves to protobuf-es what it does not know, and agrees with it on what it takes', () => {
    const payload = toBinary(
      AppendRequestSchema,
      create(AppendRequestSchema, {
        conversationId: new Uint8Array(16).fill(1),
        transactionId: new Uint8Array(16).fill(2),
        epoch: 300n,
        kind: {
          case: 'message',
          value: {
            body: new Uint8Array(9).fill(3),
            live: new Uint8Array(5).fill(4),
            kept: { nonce: new Uint8Array(3).fill(5), sealed: new Uint8Array(2).fill(6) },
          },
        },
      }),
    );
    const frame = toBinary(RequestSchema, create(RequestSchema, { id: 5, method: 'Append', payload }));
    let taken = 0;
    const agrees = (sample: Uint8Array) => {
      const request = decodeRequestFast(sample);
      const append = decodeMessageAppendFast(sample);
      if (request !== null)
        expect(request).toEqual(fromBinary(RequestSchema, sample, { readUnknownFields: false }));
      if (append !== null)
        expect(append).toEqual(fromBinary(AppendRequestSchema, sample, { readUnknownFields: false }));
      if (request !== null || append !== null) taken += 1;
    };
    for (const sound of [frame, payload]) {
      for (let at = 0; at < sound.length; at += 1) {
        agrees(sound.subarray(0, at));
        for (const byte of [0, 1, 0x7f, 0x80, 0xff, sound[at]! ^ 8]) agrees(sound.with(at, byte));
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), agrees));
    expect(taken).toBeGreaterThan(50);
  });
});
