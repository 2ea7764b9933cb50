/** A server that leaves out, moves or makes up entries of logs is found out (spec/history.md §Integrity). */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type Entry,
  EntrySchema,
  LogKind,
  RequestSchema,
  ServerFrameSchema,
  SubscribeResponseSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConversationDetailsView } from '../api.ts';
import { forkLogs } from '../testing/forkLogs.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await anna.addDevice();
  b = await ben.addDevice();
  await a.online();
  await b.online();
});

async function converse(count: number): Promise<string[]> {
  const id = await a.meet(ben);
  const texts: string[] = [];
  for (let n = 1; n <= count; n++) {
    texts.push(`text ${n}`);
    await (n % 2 === 1 ? a : b).api.sendText(n % 2 === 1 ? id : conversationOf(b), `text ${n}`);
    await b.shows(texts);
    await a.shows(texts);
  }
  return texts;
}

const conversationOf = (device: TestDevice) => device.conversations[0]!.conversationId;

function detailsOf(device: TestDevice): ConversationDetailsView | null {
  let details: ConversationDetailsView | null = null;
  device.api.watch({ kind: 'conversation', conversationId: conversationOf(device) }, (view) => {
    details = view;
  })();
  return details;
}

const alarmsOf = (device: TestDevice) =>
  detailsOf(device)?.logAlarms.map(({ reason, account }) => [reason, account?.username ?? null]);

async function alarmed(device: TestDevice): Promise<void> {
  await world.until(() => device.conversations[0]?.logForked === true, 'the alarm is raised');
}

/** Texts are kept, receipts are not. */
const isTextFrom = (account: TestAccount, entry: Entry) =>
  entry.kind.case === 'message' &&
  entry.kind.value.kept !== undefined &&
  entry.senderAccount.toHex() === account.accountId;

describe('a log that is what it says', () => {
  it('raises no alarm on any device, also one that came later', async () => {
    const texts = await converse(8);
    const late = await anna.addDevice();
    await late.shows(texts);
    await late.api.sendText(conversationOf(late), 'from the new one');
    for (const device of [a, b, late]) await device.shows([...texts, 'from the new one']);
    await world.clock.pass(5_000);
    for (const device of [a, b, late]) expect(alarmsOf(device)).toEqual([]);
    const claims = late.disk.rows('SELECT * FROM log_claim');
    expect(claims).toEqual([]);
  });

  it('names in each message the newest entry that its sender had', async () => {
    await converse(3);
    const known = b.disk.rows('SELECT seq, hash FROM entry_hash ORDER BY seq');
    expect(known.length).toBeGreaterThan(3);
    for (const { seq, hash } of a.disk.rows('SELECT seq, hash FROM entry_hash')) {
      const same = known.find((row) => row.seq === seq);
      if (same !== undefined) expect(same.hash).toEqual(hash);
    }
  });
});

describe('a server that shows everybody the same, and not what was sent', () => {
  it('is found out by the sender when it takes away what history opens, so that later devices would miss it', async () => {
    const texts = await converse(2);
    for (const device of [a, b]) {
      forkLogs(device, LogKind.CONVERSATION, (entry) => {
        if (isTextFrom(anna, entry) && entry.kind.case === 'message') delete entry.kind.value.kept;
        return [entry];
      });
    }
    await a.api.sendText(conversationOf(a), 'not to be kept');
    await b.shows([...texts, 'not to be kept']);
    await alarmed(a);
    expect(alarmsOf(a)).toEqual([['broken', null]]);
    expect(alarmsOf(b)).toEqual([]);
  });

  it('is found out by the sender when nobody else can open the message', async () => {
    await converse(2);
    for (const device of [a, b]) {
      forkLogs(device, LogKind.CONVERSATION, (entry) => {
        if (isTextFrom(anna, entry) && entry.kind.case === 'message')
          entry.kind.value.body = new Uint8Array(9);
        return [entry];
      });
    }
    await a.api.sendText(conversationOf(a), 'for nobody');
    await alarmed(a);
    expect(alarmsOf(a)).toEqual([['broken', null]]);
  });
});

describe('a server that shows one device another log', () => {
  it('is found out when it leaves an entry out', async () => {
    const texts = await converse(2);
    let left = 0;
    forkLogs(b, LogKind.CONVERSATION, (entry) => {
      if (!isTextFrom(anna, entry) || left > 0) return [entry];
      left += 1;
      return [];
    });
    await a.api.sendText(conversationOf(a), 'never arrives');
    await world.clock.pass(2_000);
    expect(left).toBe(1);
    await a.api.sendText(conversationOf(a), 'arrives');
    await alarmed(b);
    await b.shows([...texts, 'arrives']);
    expect(alarmsOf(b)).toEqual([['forked', 'anna']]);
  });

  it('is found out by the others too, from what the device says it has seen', async () => {
    await converse(2);
    let left = 0;
    forkLogs(b, LogKind.CONVERSATION, (entry) => {
      if (!isTextFrom(anna, entry) || left > 0) return [entry];
      left += 1;
      return [];
    });
    await a.api.sendText(conversationOf(a), 'never arrives');
    await world.clock.pass(2_000);
    await a.api.sendText(conversationOf(a), 'arrives');
    await alarmed(b);
    await b.api.sendText(conversationOf(b), 'answer');
    await alarmed(a);
    expect(alarmsOf(a)).toEqual([['forked', 'ben']]);
  });

  it('is found out when it swaps two entries', async () => {
    const texts = await converse(2);
    let held: Entry | null = null;
    forkLogs(b, LogKind.CONVERSATION, (entry) => {
      if (!isTextFrom(anna, entry)) return [entry];
      if (held === null) {
        held = entry;
        return [];
      }
      const first = held;
      held = null;
      return [entry, first];
    });
    await a.api.sendText(conversationOf(a), 'first');
    await world.clock.pass(2_000);
    await a.api.sendText(conversationOf(a), 'second');
    await alarmed(b);
    // No key is kept of what a later message was opened before: it does not open where it was not sent.
    await b.shows([...texts, 'second']);
    expect((await b.messages()).map(({ body }) => body.kind)).toContain('unreadable');
  });

  it('is found out on a new device, which has only pages to go by', async () => {
    const texts = await converse(6);
    let left: string | null = null;
    const late = await anna.addDevice((device) =>
      forkLogs(device, LogKind.CONVERSATION, (entry) => {
        if (!isTextFrom(ben, entry)) return [entry];
        left ??= entry.transactionId.toHex();
        return entry.transactionId.toHex() === left ? [] : [entry];
      }),
    );
    await late.shows(texts.filter((text) => text !== 'text 2'));
    await alarmed(late);
    expect(alarmsOf(late)?.every(([reason]) => reason === 'forked')).toBe(true);
  });

  it('cannot link entries to what they do not follow', async () => {
    await converse(2);
    b.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      if (frame.kind.case === 'push' && frame.kind.value.kind.case === 'entries') {
        const push = frame.kind.value.kind.value;
        if (push.log?.kind !== LogKind.CONVERSATION) return [bytes];
        push.entries = push.entries.map((one) => {
          const entry = fromBinary(EntrySchema, one);
          entry.prevHash = new Uint8Array(32).fill(7);
          return toBinary(EntrySchema, entry);
        });
      }
      return [toBinary(ServerFrameSchema, frame)];
    };
    await a.api.sendText(conversationOf(a), 'hello');
    await alarmed(b);
    expect(alarmsOf(b)).toEqual([['broken', null]]);
  });
});

describe('a server that gives less than there was', () => {
  it('is found out when a log ends before what the device has', async () => {
    await converse(3);
    const methods = new Map<number, string>();
    a.toServer = (bytes) => {
      const { id, method } = fromBinary(RequestSchema, bytes);
      methods.set(id, method);
      return [bytes];
    };
    a.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      if (frame.kind.case === 'response' && frame.kind.value.result.case === 'payload') {
        const { id, result } = frame.kind.value;
        if (methods.get(id) !== 'Subscribe') return [bytes];
        const answer = fromBinary(SubscribeResponseSchema, result.value);
        for (const head of answer.heads) if (head.log?.kind === LogKind.CONVERSATION) head.seq = 2n;
        result.value = toBinary(SubscribeResponseSchema, answer);
      }
      return [toBinary(ServerFrameSchema, frame)];
    };
    a.breakConnection();
    await alarmed(a);
    expect(alarmsOf(a)).toEqual([['shortened', null]]);
  });
});

describe('a server that hides what is newest', () => {
  it('from a new device is found out by what the account has read on another', async () => {
    await converse(4);
    const shown = await world.result(a.messages());
    const newest = 'value' in shown ? shown.value.at(-1)!.order : 0;
    await a.api.markRead(conversationOf(a), newest);
    await world.clock.pass(5_000);
    const isNewer = (entry: Entry) => entry.seq > 4n;
    const late = await anna.addDevice((device) =>
      forkLogs(device, LogKind.CONVERSATION, (entry) => (isNewer(entry) ? [] : [entry])),
    );
    await alarmed(late);
    expect(alarmsOf(late)).toContainEqual(['shortened', null]);
  });

  it('is found out where it names a place for a message, and another one stands there', async () => {
    await converse(2);
    let taken: string | null = null;
    // What Anna sends next is accepted, and kept from everybody, herself included.
    for (const device of [a, b]) {
      forkLogs(device, LogKind.CONVERSATION, (entry) => {
        if (!isTextFrom(anna, entry)) return [entry];
        taken ??= entry.transactionId.toHex();
        return entry.transactionId.toHex() === taken ? [] : [entry];
      });
    }
    await a.api.sendText(conversationOf(a), 'kept from all');
    await world.clock.pass(2_000);
    await b.api.sendText(conversationOf(b), 'what?');
    await alarmed(a);
    expect(alarmsOf(a)).toContainEqual(['shortened', null]);
  });
});

describe('an alarm', () => {
  it('stays over a restart until the user has read it, and sending goes on', async () => {
    const texts = await converse(2);
    let left = 0;
    forkLogs(b, LogKind.CONVERSATION, (entry) => {
      if (!isTextFrom(anna, entry) || left > 0) return [entry];
      left += 1;
      return [];
    });
    await a.api.sendText(conversationOf(a), 'never arrives');
    await world.clock.pass(2_000);
    await a.api.sendText(conversationOf(a), 'arrives');
    await alarmed(b);
    await b.api.sendText(conversationOf(b), 'answer');
    await a.shows([...texts, 'never arrives', 'arrives', 'answer']);
    await b.restart();
    await alarmed(b);
    await b.api.acknowledgeLogAlarms(conversationOf(b));
    expect(b.conversations[0]!.logForked).toBe(false);
    expect(detailsOf(b)?.logAlarms.map(({ acknowledged }) => acknowledged)).toEqual([true]);
    await b.restart();
    expect(b.conversations[0]!.logForked).toBe(false);
  });
});
