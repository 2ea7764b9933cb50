/**
 * The account's items over the real delivery service, and over one that lies (spec/history.md, "Account items"). Over 400
 * lines, because all of it is said of the same two devices.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  PutAccountItemsRequestSchema,
  PutAccountItemsResponseSchema,
  ReadAccountItemsResponseSchema,
  RequestSchema,
  ServerFrameSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { alwaysMuted, type ConversationView } from '../api.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

type ReadAnswer = ReturnType<typeof create<typeof ReadAccountItemsResponseSchema>>;

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

const only = (device: TestDevice): ConversationView => {
  const [view] = device.conversations;
  if (view === undefined) throw new Error('There is no conversation');
  return view;
};
const idOn = (device: TestDevice) => only(device).conversationId;

/** Ben has written these to Anna, and her devices show them. */
async function written(texts: readonly string[], devices: readonly TestDevice[] = [a]): Promise<void> {
  await b.meet(anna);
  for (const text of texts) {
    await b.api.sendText(idOn(b), text);
    await world.until(() => only(b).lastMessage?.state === 'sent', 'sent');
  }
  for (const device of devices) await device.shows(texts);
}

async function readAll(device: TestDevice): Promise<void> {
  await device.api.markRead(idOn(device), (await device.messages()).at(-1)?.order ?? 0);
}

/** The server has everything that the device has to say. */
function put(device: TestDevice): Promise<void> {
  return world.until(
    () => device.disk.rows('SELECT 1 FROM own_item WHERE due_at_ms IS NOT NULL').length === 0,
    'nothing is due',
  );
}

function ownStateOf({ archived, mutedUntilMs, pinnedAtMs, unreadCount, ownReadOrder }: ConversationView) {
  return { archived, mutedUntilMs, pinnedAtMs, unreadCount, ownReadOrder };
}

/** Changes what the server answers to `method` on its way to the device. */
function answers(device: TestDevice, method: string, change: (payload: Uint8Array) => Uint8Array): void {
  const asked = new Set<number>();
  device.toServer = (bytes) => {
    const request = fromBinary(RequestSchema, bytes);
    if (request.method === method) asked.add(request.id);
    return [bytes];
  };
  device.toDevice = (bytes) => {
    const frame = fromBinary(ServerFrameSchema, bytes);
    if (frame.kind.case !== 'response' || !asked.has(frame.kind.value.id)) return [bytes];
    const { result } = frame.kind.value;
    if (result.case === 'payload') result.value = change(result.value);
    return [toBinary(ServerFrameSchema, frame)];
  };
}

function readsItems(device: TestDevice, change: (answer: ReadAnswer) => void): void {
  answers(device, 'ReadAccountItems', (payload) => {
    const answer = fromBinary(ReadAccountItemsResponseSchema, payload);
    change(answer);
    return toBinary(ReadAccountItemsResponseSchema, answer);
  });
}

describe('own state', () => {
  it('is the same on all devices: read, archived, muted, pinned', async () => {
    const a2 = await anna.addDevice();
    await a2.online();
    await written(['one', 'two'], [a, a2]);
    expect([only(a).unreadCount, only(a2).unreadCount]).toEqual([2, 2]);

    await readAll(a);
    await world.until(() => only(a2).unreadCount === 0, 'read');
    await a2.api.pinConversation(idOn(a2), true);
    await a2.api.muteConversation(idOn(a2), alwaysMuted);
    await world.until(() => only(a).pinnedAtMs !== null && only(a).mutedUntilMs === alwaysMuted, 'changed');
    expect(only(a).pinnedAtMs).toBe(only(a2).pinnedAtMs);
    await a.api.archiveConversation(idOn(a), true);
    await world.until(() => only(a2).archived, 'archived');
    expect(only(a2).pinnedAtMs).toBeNull();
    expect(ownStateOf(only(a2))).toEqual(ownStateOf(only(a)));
  });

  it('is there on a device that comes later, while no other is', async () => {
    await written(['one', 'two', 'three']);
    await readAll(a);
    await a.api.muteConversation(idOn(a), alwaysMuted);
    await a.api.pinConversation(idOn(a), true);
    await put(a);
    a.goOffline();
    await b.api.sendText(idOn(b), 'four');
    await b.api.sendText(idOn(b), 'five');
    await b.shows(['one', 'two', 'three', 'four', 'five']);
    await world.until(() => only(b).lastMessage?.state === 'sent', 'sent');

    const unread: number[] = [];
    const late = await anna.addDevice();
    late.api.watch({ kind: 'conversations' }, ([first]) => {
      if (first?.lastMessage !== null && first !== undefined) unread.push(first.unreadCount);
    });
    await late.shows(['one', 'two', 'three', 'four', 'five']);
    await world.until(() => only(late).unreadCount === 2, 'what came since is unread');
    // At no moment did it show anything else.
    expect(new Set(unread)).toEqual(new Set([2]));
    expect(only(late)).toMatchObject({ mutedUntilMs: alwaysMuted, pinnedAtMs: only(a).pinnedAtMs });
    // What it read by itself is told to the other side, by it and nobody else.
    const { order } = (await b.messages()).find(({ body }) => body.kind === 'text' && body.text === 'five')!;
    await world.until(() => only(b).deliveredOrder >= order, 'delivered');
    await readAll(late);
    await world.until(() => only(b).readOrder >= order, 'read');
    a.goOnline();
    await world.until(() => only(a).unreadCount === 0 && only(a).lastMessage !== null, 'read on the first');
  });

  it('counts on a later device what is unread far back', async () => {
    const texts = Array.from({ length: 40 }, (_, n) => `text ${n + 1}`);
    await written(texts.slice(0, 5));
    await readAll(a);
    await put(a);
    a.goOffline();
    for (const text of texts.slice(5)) await b.api.sendText(idOn(b), text);
    await world.until(() => only(b).lastMessage?.state === 'sent', 'sent');
    const late = await anna.addDevice();
    await world.until(() => late.conversations[0]?.unreadCount === 35, 'all of it is counted');
  });

  it('shows a later device what others had received and read', async () => {
    await a.meet(ben);
    await a.api.sendText(idOn(a), 'hello');
    await b.shows(['hello']);
    await readAll(b);
    await world.until(() => only(a).readOrder >= only(a).lastMessage!.order, 'read by ben');
    await put(a);
    a.goOffline();
    b.goOffline();
    const late = await anna.addDevice();
    await late.shows(['hello']);
    await world.until(() => only(late).readOrder >= only(late).lastMessage!.order, 'read by ben');
  });

  it('takes the later of two changes made apart, and loses neither device’s other ones', async () => {
    const a2 = await anna.addDevice();
    await a2.online();
    await written(['one'], [a, a2]);
    a.goOffline();
    a2.goOffline();
    await a.api.muteConversation(idOn(a), alwaysMuted);
    await readAll(a);
    await a2.api.pinConversation(idOn(a2), true);
    await world.clock.pass(10);
    await a2.api.muteConversation(idOn(a2), null);
    a2.goOnline();
    await a2.online();
    await put(a2);
    // The second is gone for good before the first comes: what it put is not put away by the first.
    await a2.crash();
    a.goOnline();
    await world.until(() => only(a).pinnedAtMs !== null, 'pinned on the first');
    expect(only(a)).toMatchObject({ mutedUntilMs: null, unreadCount: 0 });
    await put(a);
    const late = await anna.addDevice();
    await world.until(() => late.conversations[0]?.pinnedAtMs === only(a).pinnedAtMs, 'pinned on the third');
    expect(only(late)).toMatchObject({ mutedUntilMs: null });
    await world.until(() => only(late).lastMessage !== null, 'its newest message is there');
    expect(only(late).unreadCount).toBe(0);
  });

  it('takes a change made later for later, whatever the clocks say', async () => {
    const a2 = await anna.addDevice();
    await a2.online();
    await written(['one'], [a, a2]);
    const ahead = world.clock.now() + 86_400_000;
    a.disk.exec(`INSERT INTO own_item (place, pinned_changed) VALUES ('${'f'.repeat(32)}', ${ahead})`);
    await a.api.pinConversation(idOn(a), true);
    await world.until(() => only(a2).pinnedAtMs === ahead + 1, 'pinned by a clock that is ahead');
    await a2.api.pinConversation(idOn(a2), false);
    await world.until(() => only(a).pinnedAtMs === null, 'not pinned any more');
  });

  it('brings back what is archived when somebody writes, unless it is muted', async () => {
    await written(['one']);
    await a.api.archiveConversation(idOn(a), true);
    expect(only(a).archived).toBe(true);
    await b.api.sendText(idOn(b), 'two');
    await world.until(() => !only(a).archived, 'back');
    await readAll(a);
    expect(only(a).archived).toBe(false);

    await a.api.muteConversation(idOn(a), world.clock.now() + 60_000);
    await a.api.archiveConversation(idOn(a), true);
    await b.api.sendText(idOn(b), 'three');
    await a.shows(['one', 'two', 'three']);
    expect(only(a)).toMatchObject({ archived: true, unreadCount: 1 });
    // What came while it was muted does not bring it back when that is taken away by hand.
    await a.api.muteConversation(idOn(a), null);
    expect(only(a)).toMatchObject({ archived: true, mutedUntilMs: null });
    await b.api.sendText(idOn(b), 'four');
    await world.until(() => !only(a).archived, 'back again');
    await a.api.archiveConversation(idOn(a), true);
    await a.api.pinConversation(idOn(a), true);
    expect(only(a).archived).toBe(false);
  });

  it('is not muted any more when the time is over', async () => {
    await written(['one']);
    const untilMs = world.clock.now() + 5_000_000;
    await a.api.muteConversation(idOn(a), untilMs);
    expect(only(a).mutedUntilMs).toBe(untilMs);
    await world.until(() => only(a).mutedUntilMs === null, 'not muted', 5_100_000);
    expect(world.clock.now()).toBeGreaterThanOrEqual(untilMs);
  });

  it('is kept for a conversation that is not at the server yet', async () => {
    await a.find(ben);
    a.goOffline();
    await a.open(ben);
    await a.api.pinConversation(idOn(a), true);
    a.goOnline();
    await world.until(() => only(a).state === 'ready', 'created');
    expect(only(a).pinnedAtMs).not.toBeNull();
    await put(a);
    const late = await anna.addDevice();
    await world.until(() => late.conversations[0]?.pinnedAtMs === only(a).pinnedAtMs, 'pinned there');
  });

  it('is put although the clock was set back since it was to be', async () => {
    const a2 = await anna.addDevice();
    await a2.online();
    await written(['one'], [a, a2]);
    a.goOffline();
    await world.clock.pass(100);
    await a.api.pinConversation(idOn(a), true);
    await a.crash();
    a.disk.exec('UPDATE own_item SET due_at_ms = due_at_ms + 86400000 WHERE due_at_ms IS NOT NULL');
    await a.start();
    a.goOnline();
    await world.until(() => only(a2).pinnedAtMs !== null, 'pinned on the other');
  });

  it('is put again after a crash, and after an answer that got lost', async () => {
    await written(['one']);
    const a2 = await anna.addDevice();
    await a2.online();
    await a2.shows(['one']);
    await a.api.pinConversation(idOn(a), true);
    await a.crash();
    expect(only(a2).pinnedAtMs).toBeNull();
    let lost = 0;
    a.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      const isPut = frame.kind.case === 'response' && puts.has(frame.kind.value.id);
      if (!isPut || lost > 0) return [bytes];
      lost += 1;
      return [];
    };
    const puts = new Set<number>();
    a.toServer = (bytes) => {
      const { id, method } = fromBinary(RequestSchema, bytes);
      if (method === 'PutAccountItems') puts.add(id);
      return [bytes];
    };
    await a.restart();
    await world.until(() => only(a2).pinnedAtMs !== null, 'pinned there');
    expect(lost).toBe(1);
    await put(a);
  });
});

describe('items', () => {
  it('are sealed anew under the newest key, and those under an earlier one are taken from nobody then', async () => {
    await written(['one']);
    await a.api.pinConversation(idOn(a), true);
    await put(a);
    const keep: ReadAnswer['items'] = [];
    const spy = await anna.addDevice();
    readsItems(spy, (answer) => keep.push(...answer.items));
    await spy.restart();
    await spy.online();
    await world.until(() => keep.length > 0, 'the item under the first key is known');
    await spy.crash();

    // A device was removed, and the account has a second key.
    await a.crash();
    a.disk.exec(`INSERT INTO history_key (private_key) VALUES (x'${'22'.repeat(32)}')`);
    await a.restart();
    await a.online();
    await world.until(
      () => a.disk.rows('SELECT key_number FROM own_item')[0]?.key_number === 2,
      'sealed anew',
    );
    await a.api.pinConversation(idOn(a), false);
    await put(a);
    const version = a.disk.rows('SELECT items_version FROM device')[0]?.items_version as number;
    // Whoever had the first key gives the server an item that claims more.
    readsItems(a, (answer) => {
      answer.items = keep.map((item, at) => ({ ...item, version: BigInt(version + 1 + at) }));
      answer.version = BigInt(version + keep.length);
    });
    await a.restart();
    await world.until(
      () => a.disk.rows('SELECT items_version FROM device')[0]?.items_version === version + keep.length,
      'taken',
    );
    expect(only(a).pinnedAtMs).toBeNull();
    expect(a.disk.rows('SELECT DISTINCT key_number FROM own_item')).toEqual([{ key_number: 2 }]);
  });

  it('stay in step when a device is removed, and are sealed anew without what it has', async () => {
    const [a2, lost] = [await anna.addDevice(), await anna.addDevice()];
    await a2.online();
    await lost.online();
    await written(['one'], [a, a2, lost]);
    await a.api.pinConversation(idOn(a), true);
    await world.until(() => only(a2).pinnedAtMs !== null && only(lost).pinnedAtMs !== null, 'pinned');
    if (lost.session.kind !== 'signedIn') throw new Error('It is not signed in');
    await anna.removeDevice(lost.session.deviceId);
    const isSealedAnew = (device: TestDevice) =>
      device.disk.rows('SELECT 1 FROM own_item WHERE key_number = 2 AND due_at_ms IS NULL').length === 1;
    await world.until(() => isSealedAnew(a) && isSealedAnew(a2), 'sealed anew');
    await a2.api.muteConversation(idOn(a2), alwaysMuted);
    await world.until(() => only(a).mutedUntilMs === alwaysMuted, 'muted');
    await put(a2);
    a.goOffline();
    a2.goOffline();
    const late = await anna.addDevice();
    await world.until(() => late.conversations[0]?.mutedUntilMs === alwaysMuted, 'muted there');
    expect(only(late).pinnedAtMs).toBe(only(a).pinnedAtMs);
  });

  it('of an earlier time take nothing back, and are put right', async () => {
    await written(['one', 'two']);
    await a.api.pinConversation(idOn(a), true);
    await put(a);
    const early: ReadAnswer['items'] = [];
    const spy = await anna.addDevice();
    readsItems(spy, (answer) => early.push(...answer.items));
    await spy.restart();
    await world.until(() => early.length > 0, 'the early item is known');
    await spy.crash();
    await readAll(a);
    await a.api.pinConversation(idOn(a), false);
    await put(a);
    const before = ownStateOf(only(a));

    let isLying = true;
    readsItems(a, (answer) => {
      if (!isLying) return;
      answer.items = early.map((item, at) => ({ ...item, version: answer.version + 1n + BigInt(at) }));
      answer.version += BigInt(early.length);
    });
    await a.restart();
    await world.until(
      () => a.disk.rows('SELECT 1 FROM own_item WHERE due_at_ms IS NOT NULL').length > 0,
      'the difference is seen',
    );
    expect(ownStateOf(only(a))).toEqual(before);
    isLying = false;
    await a.restart();
    await put(a);
    const late = await anna.addDevice();
    await world.until(() => late.conversations[0]?.ownReadOrder === before.ownReadOrder, 'as it was');
    expect(only(late).pinnedAtMs).toBeNull();
  });

  it('are compared anew with a server that has gone back to an earlier state', async () => {
    await written(['one']);
    await readAll(a);
    await a.api.pinConversation(idOn(a), true);
    await put(a);
    const puts: number[] = [];
    a.toServer = (bytes) => {
      const { method, payload } = fromBinary(RequestSchema, bytes);
      if (method === 'PutAccountItems')
        puts.push(fromBinary(PutAccountItemsRequestSchema, payload).items.length);
      return [bytes];
    };
    a.disk.exec('UPDATE device SET items_version = items_version + 100');
    await a.restart();
    await a.online();
    await world.until(
      () => (a.disk.rows('SELECT items_version FROM device')[0]?.items_version as number) < 100,
      'compared',
    );
    await put(a);
    expect(only(a)).toMatchObject({ unreadCount: 0 });
    expect(only(a).pinnedAtMs).not.toBeNull();
  });

  it('of others, garbage and too large ones change nothing, and are replaced', async () => {
    await written(['one']);
    await readAll(a);
    await a.api.pinConversation(idOn(a), true);
    await put(a);
    const before = ownStateOf(only(a));
    const bytes = (size: number) => world.provider.randomBytes(size);
    readsItems(a, (answer) => {
      const [own] = answer.items;
      const version = answer.version;
      const garbage = Array.from({ length: 2_000 }, () => ({ slot: bytes(16), sealed: bytes(300) }));
      const items = [
        ...garbage,
        { slot: bytes(16), sealed: own?.sealed ?? bytes(300) },
        { slot: own?.slot ?? bytes(16), sealed: bytes(5_000) },
        { slot: bytes(3), sealed: bytes(300) },
        { slot: own?.slot ?? bytes(16), sealed: bytes(300) },
      ];
      answer.items = items.map((item, at) => ({
        $typeName: 'sotto.v1.AccountItem',
        ...item,
        version: version + 1n + BigInt(at),
      }));
      answer.version = version + BigInt(items.length);
    });
    a.disk.exec('UPDATE device SET items_version = 0');
    await a.restart();
    await world.until(() => a.disk.rows('SELECT 1 FROM unopened_item').length > 2_000, 'taken', 60_000);
    expect(ownStateOf(only(a))).toEqual(before);
    // The item that stood in the place of its own is put again.
    expect(a.disk.rows('SELECT 1 FROM own_item WHERE due_at_ms IS NOT NULL')).toHaveLength(1);
    a.toDevice = (frame) => [frame];
    await a.restart();
    await a.api.pinConversation(idOn(a), false);
    const late = await anna.addDevice();
    await world.until(
      () => late.conversations[0]?.ownReadOrder === before.ownReadOrder,
      'as it was',
      200_000,
    );
  });

  it('by the thousand are taken in pages', async () => {
    await written(['one']);
    const place = (n: number) => n.toString(16).padStart(32, '0');
    const rows = Array.from({ length: 1_500 }, (_, n) => `('${place(n + 1)}', ${n + 1}, 0)`);
    a.disk.exec(`INSERT INTO own_item (place, read_seq, due_at_ms) VALUES ${rows.join(', ')}`);
    await a.restart();
    await put(a);
    const late = await anna.addDevice();
    await world.until(
      () => late.disk.rows('SELECT 1 FROM own_item WHERE read_seq > 0').length === 1_500,
      'taken',
      60_000,
    );
    expect(late.disk.rows('SELECT sum(read_seq) AS n FROM own_item')).toEqual([{ n: (1_500 * 1_501) / 2 }]);
  });

  it('of the end of time are not taken from a removed device, since nobody could change them any more', async () => {
    await written(['one']);
    const endOfTime = 'muted_changed = 8640000000000000, muted_until = 8640000000000000';
    a.disk.exec(`UPDATE own_item SET ${endOfTime}, due_at_ms = 0`);
    await a.restart();
    await put(a);
    a.goOffline();
    // The account has another key since.
    const late = await anna.addDevice((device) =>
      device.disk.exec(`INSERT INTO history_key (private_key) VALUES (x'${'22'.repeat(32)}')`),
    );
    await late.shows(['one']);
    expect(only(late).mutedUntilMs).toBeNull();
    await late.api.muteConversation(idOn(late), alwaysMuted);
    await late.api.muteConversation(idOn(late), null);
    await world.until(() => only(late).mutedUntilMs === null, 'it is not muted');
  });

  it('that a server gives a version that cannot be are put again, and stay readable', async () => {
    await written(['one']);
    let isLying = true;
    answers(a, 'PutAccountItems', (payload) =>
      isLying
        ? toBinary(
            PutAccountItemsResponseSchema,
            create(PutAccountItemsResponseSchema, { version: 2n ** 60n }),
          )
        : payload,
    );
    await a.api.pinConversation(idOn(a), true);
    await world.clock.pass(5_000);
    expect(only(a).pinnedAtMs).not.toBeNull();
    isLying = false;
    a.breakConnection();
    await put(a);
    await a.restart();
    await a.online();
    expect(only(a).pinnedAtMs).not.toBeNull();
  });

  it('that a server says are always too late are not put without end', async () => {
    await written(['one']);
    let puts = 0;
    a.toServer = (bytes) => {
      const request = fromBinary(RequestSchema, bytes);
      if (request.method !== 'PutAccountItems') return [bytes];
      puts += 1;
      const { items } = fromBinary(PutAccountItemsRequestSchema, request.payload);
      const stale = items.map((item) => ({ ...item, version: item.version + 1n }));
      request.payload = toBinary(
        PutAccountItemsRequestSchema,
        create(PutAccountItemsRequestSchema, { items: stale }),
      );
      return [toBinary(RequestSchema, request)];
    };
    await a.api.pinConversation(idOn(a), true);
    await world.until(() => puts > 3, 'tried');
    await world.clock.pass(30_000);
    expect(puts).toBeLessThan(10);
    expect(only(a).pinnedAtMs).not.toBeNull();
  });
});
