import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Call, CallSchema, ContentSchema, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContent } from '../messages/content.ts';
import { descriptionOf } from '../testing/callHolder.ts';
import { type CallMessage, decodeCall, encodeCall } from './callMessage.ts';
import { fingerprintOf } from './fingerprint.ts';

const hex = (sizeBytes: number) =>
  fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes }).map((bytes) => bytes.toHex());
const callId = hex(16) as fc.Arbitrary<CallMessage['callId']>;
const sdp = fc.string({ maxLength: 200 }).map((text) => `${descriptionOf(text)}${text}`);
const flag = fc.boolean();
const media = fc.record({ isMuted: flag, hasCamera: flag, isSharing: flag, isLowData: flag });
const candidate = fc.record({
  candidate: fc.string({ maxLength: 100 }),
  sdpMid: fc.option(fc.string({ maxLength: 8 })),
  sdpMLineIndex: fc.option(fc.nat(20)),
});
const messages = fc.oneof(
  fc.record({
    kind: fc.constant('invite'),
    callId,
    joinId: hex(8),
    commitment: hex(32),
    offer: sdp,
    hasVideo: flag,
    relayTag: hex(16),
  }),
  fc.record({
    kind: fc.constant('answer'),
    callId,
    joinId: hex(8),
    secret: hex(32),
    answer: sdp,
    hasVideo: flag,
  }),
  fc.record({ kind: fc.constant('confirm'), callId, secret: hex(32), deviceId: hex(16), joinId: hex(8) }),
  fc.record(
    {
      kind: fc.constant('update'),
      callId,
      joinId: hex(8),
      toJoinId: fc.oneof(fc.constant(''), hex(8)),
      revision: fc.integer({ min: 1, max: limits.updatesPerCallJoin }),
      description: fc.option(fc.record({ type: fc.constantFrom('offer', 'answer'), sdp })),
      candidates: fc.array(candidate, { maxLength: limits.candidatesPerCallUpdate }),
      media: fc.option(media),
      video: fc.constantFrom(null, 'asked', 'accepted', 'declined'),
      movedTo: fc.record({ conversationId: hex(16), callId }),
    },
    {
      requiredKeys: [
        'kind',
        'callId',
        'joinId',
        'toJoinId',
        'revision',
        'description',
        'candidates',
        'media',
        'video',
      ],
    },
  ),
  fc.record({
    kind: fc.constant('end'),
    callId,
    outcome: fc.constantFrom('answered', 'unanswered', 'cancelled', 'declined', 'busy', 'failed'),
    hasVideo: flag,
    durationMs: fc.nat(),
    callerId: hex(16),
    inviteSeq: fc.nat(),
  }),
) as fc.Arbitrary<CallMessage>;

function callIn(message: CallMessage): Call {
  const { kind } = fromBinary(ContentSchema, encodeCall(0, message));
  if (kind.case !== 'call') throw new Error('not a call');
  return kind.value;
}

describe('messages of calls', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const well = JSON.parse(JSON.stringify(message).toWellFormed()) as CallMessage;
        expect(decodeCall(callIn(well))).toEqual(well);
        expect(decodeContent(encodeCall(7, well))).toMatchObject({
          kind: 'call',
          sentAtMs: 7,
          message: well,
        });
      }),
    );
  });

  it('of any bytes decode to one or to none, and never throw', () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.uint8Array({ maxLength: 8 }), (message, at, noise) => {
        const content = toBinary(
          ContentSchema,
          create(ContentSchema, { kind: { case: 'call', value: callIn(message) } }),
        );
        content.set(noise.slice(0, content.length), at % Math.max(1, content.length - noise.length + 1));
        decodeContent(content);
      }),
    );
  });

  it.each<[string, Partial<Record<string, unknown>>]>([
    ['an id of another size', { callId: new Uint8Array(15) }],
    ['nothing said', { kind: { case: undefined } }],
    ['a secret of another size', { kind: { case: 'confirm', value: { secret: new Uint8Array(31) } } }],
    ['an unknown outcome', { kind: { case: 'end', value: { outcome: 99, callerId: new Uint8Array(16) } } }],
    ['no revision', { kind: { case: 'update', value: { joinId: new Uint8Array(8) } } }],
    [
      'too many candidates',
      {
        kind: {
          case: 'update',
          value: {
            joinId: new Uint8Array(8),
            revision: 1,
            candidates: Array.from({ length: 17 }, () => ({ candidate: 'x' })),
          },
        },
      },
    ],
    [
      'a candidate that is too long',
      {
        kind: {
          case: 'update',
          value: { joinId: new Uint8Array(8), revision: 1, candidates: [{ candidate: 'x'.repeat(513) }] },
        },
      },
    ],
  ])('with %s are none', (_, init) => {
    expect(decodeCall(create(CallSchema, { callId: new Uint8Array(16), ...init } as never))).toBeNull();
  });
});

describe('the certificate of a description', () => {
  const one = descriptionOf('one');
  const lineOf = (sdp: string): string => sdp.split('\r\n')[1]!;

  it('is one, said once or in every section', () => {
    const fingerprint = fingerprintOf(one);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprintOf(`v=0\r\nm=audio 9\r\n${lineOf(one)}\r\nm=video 9\r\n${lineOf(one)}\r\n`)).toBe(
      fingerprint,
    );
    expect(fingerprintOf(one.toLowerCase())).toBe(fingerprint);
  });

  it.each([
    ['none', 'v=0\r\n'],
    ['two', `${one}${lineOf(descriptionOf('two'))}\r\n`],
    ['another hash', one.replace('sha-256', 'sha-1')],
    ['another hash beside it', `${one}a=fingerprint:sha-512 00\r\n`],
    ['cut short', one.replace(/:[0-9A-F]{2}\r\n$/, '\r\n')],
    ['none in its line', 'v=0\r\na=fingerprint:\r\n'],
  ])('%s is not taken', (_, sdp) => {
    expect(fingerprintOf(sdp)).toBeNull();
  });
});
