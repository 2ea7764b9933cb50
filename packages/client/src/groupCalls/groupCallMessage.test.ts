import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type CallId,
  ContentSchema,
  type ConversationId,
  type DeviceId,
  type GroupCall,
  limits,
} from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContent } from '../messages/content.ts';
import { decodeGroupCall, encodeGroupCall, type GroupCallMessage } from './groupCallMessage.ts';

const callId = 'c1'.repeat(16) as CallId;
const accountId = 'a1'.repeat(16) as AccountId;
const deviceId = 'd1'.repeat(16) as DeviceId;
const joinId = 'f1'.repeat(8);
const media = { isMuted: true, hasCamera: false, isSharing: true, isHandRaised: false, isAudience: true };
const shareKey = '11'.repeat(32);
const member = {
  ordinal: 3,
  accountId,
  deviceId,
  joinId,
  shareKey,
  media,
  revision: 2,
  handSeq: 9,
  hasKeys: true,
  needlessKeys: 4,
  wantsRoster: false,
};
const keys = {
  kind: 'keys',
  callId,
  joinId,
  generation: 2,
  step: 5,
  check: '22'.repeat(16),
  shares: [{ ordinal: 4, shared: '33'.repeat(80) }],
  roster: {
    upToSeq: 40,
    start: { accountId, deviceId, seq: 30, atMs: 1_700, hasVideo: true, rings: false, timerSeconds: 0 },
    nextOrdinal: 5,
    members: [member],
    tookPart: [accountId],
    joinCounts: [3],
    removed: [],
    isLocked: true,
    keys: { generation: 2, step: 4 },
    needsRenewal: true,
  },
} as const satisfies GroupCallMessage;

const messages: readonly GroupCallMessage[] = [
  { kind: 'start', callId, hasVideo: true, rings: true },
  { kind: 'join', callId, joinId, shareKey, media, wantsRoster: true },
  keys,
  { ...keys, roster: null },
  { kind: 'state', callId, joinId, revision: 7, media },
  { kind: 'reaction', callId, joinId, emoji: '👏' },
  { kind: 'control', callId, control: { kind: 'askMute', joinId: null } },
  { kind: 'control', callId, control: { kind: 'askMute', joinId } },
  { kind: 'control', callId, control: { kind: 'lowerHand', joinId } },
  { kind: 'control', callId, control: { kind: 'remove', accountId } },
  { kind: 'control', callId, control: { kind: 'lock', on: false } },
  {
    kind: 'control',
    callId,
    control: { kind: 'move', conversationId: 'b1'.repeat(16) as ConversationId, toCallId: callId },
  },
  { kind: 'control', callId, control: { kind: 'endForAll' } },
  { kind: 'leave', callId, joinId },
  { kind: 'decline', callId },
  {
    kind: 'end',
    callId,
    startedBy: accountId,
    startSeq: 4,
    hasVideo: false,
    durationMs: 9_000,
    peopleCount: 3,
    rang: true,
  },
];

const encoded = (message: GroupCallMessage): GroupCall => {
  const { kind } = fromBinary(ContentSchema, encodeGroupCall(5, message));
  if (kind.case !== 'groupCall') throw new Error('It is none');
  return kind.value;
};

describe('messages of calls of groups', () => {
  it('come back as they were said', () => {
    for (const message of messages) {
      expect(decodeContent(encodeGroupCall(5, message))).toMatchObject({ kind: 'groupCall', message });
    }
  });

  it('beyond the limits, or malformed, are none', () => {
    const roster = (change: Partial<typeof keys.roster>) =>
      ({ ...keys, roster: { ...keys.roster, ...change } }) as GroupCallMessage;
    const bad: readonly GroupCallMessage[] = [
      { kind: 'join', callId, joinId: 'f1', shareKey, media, wantsRoster: false },
      { kind: 'join', callId, joinId, shareKey: '11', media, wantsRoster: false },
      // Points of low order.
      { kind: 'join', callId, joinId, shareKey: '00'.repeat(32), media, wantsRoster: false },
      { kind: 'join', callId, joinId, shareKey: `01${'00'.repeat(31)}`, media, wantsRoster: false },
      { ...keys, step: 4_096 },
      { ...keys, check: '22' },
      { ...keys, shares: [{ ordinal: 4_096, shared: '33'.repeat(80) }] },
      { ...keys, shares: [{ ordinal: 1, shared: '33' }] },
      { ...keys, shares: Array.from({ length: limits.joinsPerGroupCallAtOnce + 1 }, () => keys.shares[0]!) },
      { kind: 'state', callId, joinId, revision: 0, media },
      { kind: 'state', callId, joinId, revision: limits.updatesPerGroupCallJoin + 1, media },
      { kind: 'reaction', callId, joinId, emoji: 'no emoji' },
      { kind: 'leave', callId, joinId: '' },
    ];
    for (const message of bad) expect(decodeGroupCall(encoded(message))).toBeNull();
    // Its keys are for those who need no roster, too.
    const without = { ...keys, roster: null };
    for (const message of [
      roster({ nextOrdinal: 3 as 5 }),
      roster({ members: [member, member] as unknown as typeof keys.roster.members }),
      roster({
        members: [{ ...member, shareKey: '00'.repeat(32) }] as unknown as typeof keys.roster.members,
      }),
      roster({ joinCounts: [] as unknown as typeof keys.roster.joinCounts }),
      roster({
        joinCounts: [limits.joinsPerGroupCallAccount + 1] as unknown as typeof keys.roster.joinCounts,
      }),
      roster({ members: [{ ...member, joinId: '00' }] as unknown as typeof keys.roster.members }),
    ]) {
      expect(decodeGroupCall(encoded(message))).toEqual(without);
    }
    const needless = decodeGroupCall(
      encoded(
        roster({ members: [{ ...member, needlessKeys: 9_999 }] as unknown as typeof keys.roster.members }),
      ),
    );
    expect(needless).toMatchObject({
      roster: { members: [{ needlessKeys: limits.needlessKeysPerGroupCallJoin }] },
    });
    expect(decodeGroupCall({ ...encoded(messages[0]!), callId: new Uint8Array(3) })).toBeNull();
    const nothing = create(ContentSchema, { kind: { case: 'groupCall', value: {} } });
    expect(decodeContent(toBinary(ContentSchema, nothing))).toMatchObject({
      kind: 'groupCall',
      message: null,
    });
  });

  it('that were changed on their way decode cleanly, to something within the limits or to nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...messages),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (message, at, byte) => {
          const bytes = encodeGroupCall(5, message);
          bytes[at % bytes.length] = byte;
          const content = decodeContent(bytes);
          if (content.kind !== 'groupCall' || content.message?.kind !== 'keys') return;
          expect(content.message.shares.length).toBeLessThanOrEqual(limits.joinsPerGroupCallAtOnce);
          expect(content.message.step).toBeLessThan(4_096);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
