/** What a server or a member makes of the keys that are deposited for an account, and of entries that come twice. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createDeposit, importDevice } from '@sotto/crypto';
import {
  ChainBodySchema,
  CreateConversationRequestSchema,
  type DeviceId,
  type Entry,
  EntrySchema,
  LogKind,
  RequestSchema,
  ServerFrameSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
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

const conversationOf = (device: TestDevice) => device.conversations[0]!.conversationId;

/** Ben begins the conversation, so that the first deposits are by him. */
async function converse(): Promise<string[]> {
  const id = await b.meet(anna);
  await b.api.sendText(id, 'hello');
  await a.shows(['hello']);
  await a.api.sendText(conversationOf(a), 'hello back');
  for (const device of [a, b]) await device.shows(['hello', 'hello back']);
  return ['hello', 'hello back'];
}

async function noticesOf(device: TestDevice): Promise<unknown[]> {
  const result = await world.result(device.api.readOwnAccount());
  if (!('value' in result) || result.value.kind !== 'ok') throw new Error('no answer');
  return result.value.value.notices.map(({ kind, account }) => [kind, account?.username ?? null]);
}

/** Long enough for deposits to be compared and put right. */
const settleMs = 30_000;
const isBy = (account: TestAccount, entry: Entry) => entry.senderAccount.toHex() === account.accountId;

describe('deposits', () => {
  it('that are right are noted as such once, and not made again', async () => {
    await converse();
    await world.clock.pass(settleMs);
    for (const device of [a, b]) {
      expect(device.disk.rows('SELECT * FROM deposit')).toEqual([]);
      expect(device.disk.rows('SELECT deposited FROM epoch_key WHERE derived = 1')).toEqual([
        { deposited: 1 },
      ]);
      expect(device.disk.rows('SELECT keyring_cursor FROM device')).toEqual([{ keyring_cursor: 1 }]);
      expect(await noticesOf(device)).toEqual([]);
    }
  });

  it('that a server leaves out are made again by a device of the account', async () => {
    const without = (device: TestDevice) =>
      forkLogs(device, LogKind.KEYRING, (entry) => (isBy(ben, entry) ? [] : [entry]));
    without(a);
    const texts = await converse();
    await world.clock.pass(settleMs);
    // What the first device put right is all that the new one has.
    const late = await anna.addDevice((device) => {
      forkLogs(device, LogKind.KEYRING, (entry) => (isBy(ben, entry) ? [] : [entry]), 1);
    });
    await late.shows(texts);
  });

  it('of another account, in the place of the own ones, open nothing and are put right', async () => {
    const ofBen: Entry[] = [];
    b.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      if (frame.kind.case === 'push' && frame.kind.value.kind.case === 'entries') {
        const push = frame.kind.value.kind.value;
        if (push.log?.kind === LogKind.KEYRING) {
          for (const entry of push.entries) ofBen.push(fromBinary(EntrySchema, entry));
        }
      }
      return [bytes];
    };
    const swap = (entry: Entry): Entry[] => {
      const other = ofBen.find(({ seq }) => seq === entry.seq);
      return isBy(ben, entry) && other !== undefined ? [create(EntrySchema, other)] : [entry];
    };
    const held: Uint8Array[] = [];
    a.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      const isKeyring =
        frame.kind.case === 'push' &&
        frame.kind.value.kind.case === 'entries' &&
        frame.kind.value.kind.value.log?.kind === LogKind.KEYRING;
      if (!isKeyring) return [bytes];
      held.push(bytes);
      return [];
    };
    const texts = await converse();
    expect(held).toHaveLength(1);
    expect(ofBen).toHaveLength(1);
    forkLogs(a, LogKind.KEYRING, swap);
    a.breakConnection();
    await world.clock.pass(settleMs);
    expect(await noticesOf(a)).toEqual([['falseDeposit', null]]);
    const late = await anna.addDevice((device) => forkLogs(device, LogKind.KEYRING, swap));
    await late.shows(texts);
  });

  it('that a member made false are named as theirs, and put right', async () => {
    await b.find(anna);
    const [row] = b.disk.rows('SELECT device_id, seed FROM device');
    const deviceId = row?.device_id as DeviceId;
    const keys = await importDevice(world.provider, deviceId, row?.seed as Uint8Array);
    const self = {
      accountId: ben.accountId,
      deviceId,
      signingKey: keys.signingKey,
      credential: new Uint8Array(0),
    };
    const { accountId } = anna;
    const [newest] = b.disk.rows(
      `SELECT body FROM chain_entry WHERE account_id = '${accountId}' ORDER BY seq DESC`,
    );
    const { historyPublicKey } = fromBinary(ChainBodySchema, newest?.body as Uint8Array);
    const made = { conversationId: null as string | null, isSent: false };
    // What he sends is held back until the false deposit is made.
    b.toServer = (bytes) => {
      const request = fromBinary(RequestSchema, bytes);
      if (request.method !== 'CreateConversation' || made.isSent) return [bytes];
      const payload = fromBinary(CreateConversationRequestSchema, request.payload);
      const [id] = [payload.conversationId];
      made.conversationId = id.toHex();
      const place = {
        conversationId: id.toHex() as never,
        epoch: 1n,
        historyKey: new Uint8Array(32).fill(3),
      };
      void createDeposit(world.provider, self, place, { accountId, historyPublicKey }).then((deposit) => {
        forged = deposit;
      });
      if (forged === null) return [];
      const mine = payload.commit?.deposits.find((one) => one.accountId.toHex() === accountId);
      Object.assign(mine?.deposit ?? {}, { ...forged, conversationId: id });
      made.isSent = true;
      request.payload = toBinary(CreateConversationRequestSchema, payload);
      return [toBinary(RequestSchema, request)];
    };
    let forged: Awaited<ReturnType<typeof createDeposit>> | null = null;
    const id = await b.open(anna);
    await b.api.sendText(id, 'hello');
    await world.until(() => forged !== null, 'it is forged');
    b.breakConnection();
    await a.shows(['hello']);
    await world.clock.pass(settleMs);
    expect(made.isSent).toBe(true);
    expect(await noticesOf(a)).toEqual([['falseDeposit', 'ben']]);
    const late = await anna.addDevice();
    await late.shows(['hello']);
  });
});

describe('a keyring', () => {
  it('that is an old one is noticed by a device that is new', async () => {
    await converse();
    await anna.addDevice();
    await world.clock.pass(settleMs);
    const known = a.disk.rows('SELECT keyring_cursor AS n FROM device')[0]?.n as number;
    expect(known).toBeGreaterThan(1);
    const late = await anna.addDevice((device) =>
      forkLogs(device, LogKind.KEYRING, (entry) => (entry.seq > 1n ? [] : [entry]), known - 1),
    );
    await late.online();
    await world.clock.pass(settleMs);
    expect(await noticesOf(late)).toContainEqual(['keyringShortened', null]);
  });

  it('that has been changed is noticed by a device that is new', async () => {
    await converse();
    await world.clock.pass(settleMs);
    const late = await anna.addDevice((device) =>
      forkLogs(device, LogKind.KEYRING, (entry) => {
        entry.acceptedAtMs += 1n;
        return [entry];
      }),
    );
    await late.online();
    await world.clock.pass(settleMs);
    expect(await noticesOf(late)).toContainEqual(['keyringForked', null]);
  });
});

const gapsOf = (device: TestDevice): number =>
  device.disk.rows("SELECT 1 FROM message WHERE detail = 'historyGap'").length;

describe('what does not open', () => {
  it('opens in its place once the deposit comes', async () => {
    const texts = await converse();
    // Receipts have no kept wrap: without a key they look as if history had been off.
    await world.clock.pass(2_000);
    let isHeld = true;
    const late = await anna.addDevice((device) => {
      forkLogs(device, LogKind.KEYRING, (entry) => (isHeld ? [] : [entry]), 1);
    });
    await world.until(() => late.conversations[0]?.state === 'ready', 'joined');
    const kinds = async () => {
      const page = await world.result(late.messages());
      return 'value' in page ? page.value.map(({ body }) => body.kind) : [];
    };
    expect(await kinds()).toContain('unreadable');
    expect(gapsOf(late)).toBeGreaterThan(0);
    isHeld = false;
    late.toServer = (bytes) => [bytes];
    late.toDevice = (bytes) => [bytes];
    late.breakConnection();
    await late.shows(texts);
    expect(await kinds()).not.toContain('unreadable');
    expect(late.disk.rows('SELECT * FROM unreadable WHERE conversation > 0')).toEqual([]);
    // Nor is it said any more that history was off.
    await world.until(() => gapsOf(late) === 0, 'no gap is told of');
    await world.until(() => late.disk.rows('SELECT * FROM log_span').length === 1, 'all of it is here');
    expect(gapsOf(late)).toBe(0);
  });
});

describe('an entry that comes twice', () => {
  const twice = () => {
    const first = new Map<string, Entry>();
    return (entry: Entry): Entry[] => {
      if (entry.kind.case !== 'message' || entry.kind.value.kept === undefined) return [entry];
      const [known] = first.values();
      first.set(entry.transactionId.toHex(), create(EntrySchema, entry));
      return known === undefined ? [entry] : [entry, create(EntrySchema, known)];
    };
  };

  it('is shown once, where it was first, on devices that were there', async () => {
    const texts = await converse();
    forkLogs(a, LogKind.CONVERSATION, twice());
    forkLogs(b, LogKind.CONVERSATION, twice());
    await b.api.sendText(conversationOf(b), 'once');
    await world.clock.pass(2_000);
    await a.api.sendText(conversationOf(a), 'again');
    for (const device of [a, b]) {
      await device.shows([...texts, 'once', 'again']);
      const page = await world.result(device.messages());
      const kinds = 'value' in page ? page.value.map(({ body }) => body.kind) : [];
      expect(kinds).not.toContain('unreadable');
    }
  });

  it('is shown once, where it was first, on a device that reads back', async () => {
    const texts = await converse();
    const late = await anna.addDevice((device) => {
      const rewrites = new Map<string, (entry: Entry) => Entry[]>();
      forkLogs(device, LogKind.CONVERSATION, (entry, shown) => {
        if (shown === 0) rewrites.set('log', twice());
        return rewrites.get('log')?.(entry) ?? [entry];
      });
    });
    await late.shows(texts);
  });
});
