/** What keeps a device going that nobody touches: spec/client.md §Connection, spec/sync.md §Removed devices. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  ConversationCreatedPushSchema,
  RequestSchema,
  ServerFrameSchema,
  SubscribeRequestSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
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
  for (const device of [a, b]) await device.online();
});

/** The methods that a device asks for from now on. */
function record(device: TestDevice): string[] {
  const methods: string[] = [];
  device.toServer = (bytes) => {
    methods.push(fromBinary(RequestSchema, bytes).method);
    return [bytes];
  };
  return methods;
}

/** Frames go nowhere from now on, and nobody says so. */
function halfOpen(device: TestDevice): void {
  device.toServer = () => [];
  device.toDevice = () => [];
}

function whole(device: TestDevice): void {
  device.toServer = (bytes) => [bytes];
  device.toDevice = (bytes) => [bytes];
}

const kinds = (device: TestDevice): string[] => {
  const seen: string[] = [];
  device.api.watch({ kind: 'connection' }, ({ kind }) => seen.push(kind));
  return seen;
};

describe('a connection that nothing comes through', () => {
  it('is noticed within 45 seconds of idleness, and opened anew', async () => {
    const seen = kinds(a);
    halfOpen(a);
    await world.clock.pass(45_000);
    expect(seen).toContain('offline');
    whole(a);
    await a.online();
  });

  it('is noticed within 15 seconds when somebody comes back to it', async () => {
    const seen = kinds(a);
    halfOpen(a);
    a.goOnline();
    await world.clock.pass(15_000);
    expect(seen).toContain('offline');
  });

  it('is not mistaken for one that is only quiet, which costs a small request now and then', async () => {
    const seen = kinds(a);
    await world.clock.pass(10_000);
    const methods = record(a);
    await world.clock.pass(600_000);
    expect(seen).toEqual(['online']);
    expect(new Set(methods)).toEqual(new Set(['Acknowledge']));
    expect(methods.length).toBeLessThanOrEqual(20);
  });

  it('is not mistaken for one whose answer is late, while something else comes through', async () => {
    await a.find(ben);
    const id = await a.open(ben);
    const seen = kinds(a);
    a.toServer = (bytes) => (fromBinary(RequestSchema, bytes).method === 'Acknowledge' ? [] : [bytes]);
    await world.clock.pass(40_000);
    await a.api.sendText(id, 'here');
    await b.shows(['here']);
    await world.clock.pass(4_000);
    expect(seen).not.toContain('offline');
  });
});

describe('a conversation that is opened while the inbox is read again', () => {
  it('is created once that is done', async () => {
    await a.find(ben);
    let wasOpened = false;
    a.toServer = (bytes) => {
      const { method, payload } = fromBinary(RequestSchema, bytes);
      if (method === 'Subscribe' && !wasOpened) {
        wasOpened = true;
        expect(fromBinary(SubscribeRequestSchema, payload).logs).toHaveLength(1);
        void a.open(ben).then((id) => a.api.sendText(id, 'hello'));
      }
      return [bytes];
    };
    const push = create(ServerFrameSchema, {
      kind: {
        case: 'push',
        value: {
          kind: {
            case: 'conversationCreated',
            value: create(ConversationCreatedPushSchema, { conversationId: new Uint8Array(16).fill(7) }),
          },
        },
      },
    });
    a.toDevice = (bytes) => {
      a.toDevice = (same) => [same];
      return [bytes, toBinary(ServerFrameSchema, push)];
    };
    // Something comes from the server, and the word of a conversation with it.
    await a.find(ben);
    await world.until(() => wasOpened, 'the inbox is read again');
    await b.shows(['hello']);
  });
});

describe('a device that its chain dropped while the others were away', () => {
  const memberCount = (device: TestDevice) => device.disk.rows('SELECT epoch FROM group_state')[0]?.epoch;

  async function converse(): Promise<void> {
    const b2 = await ben.addDevice();
    await b2.online();
    const id = await a.meet(ben);
    await a.api.sendText(id, 'before');
    for (const device of [b, b2]) await device.shows(['before']);
    if (b2.session.kind !== 'signedIn') throw new Error('not signed in');
    await a.crash();
    await b.crash();
    await ben.removeDevice(b2.session.deviceId);
    await world.until(() => b2.session.kind === 'stopped', 'removed');
    expect(b2.connection.kind).toBe('offline');
    expect(memberCount(a)).toBe(1);
  }

  it('is taken out of the group by a contact who comes back', async () => {
    await converse();
    await a.restart();
    await world.until(() => memberCount(a) === 2, 'the group went on without it');
  });

  it('is taken out of one that is not in use only before something is sealed for it', async () => {
    await converse();
    a.disk.exec('UPDATE conversation SET last_activity_ms = 0');
    await a.start();
    await a.online();
    await world.clock.pass(5_000);
    expect(memberCount(a)).toBe(1);
    const methods = record(a);
    await a.api.sendText(a.conversations[0]!.conversationId, 'after');
    await world.until(() => methods.filter((method) => method === 'Append').length === 2, 'sent');
    expect(memberCount(a)).toBe(2);
    await b.start();
    await b.shows(['before', 'after']);
  });

  it('costs no request for a chain that was asked for on this connection', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'one');
    await b.shows(['one']);
    await world.clock.pass(5_000);
    const methods = record(a);
    await a.api.sendText(id, 'two');
    await b.shows(['one', 'two']);
    expect(methods).not.toContain('GetChain');
  });
});
