import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributes, classes, methods } from '../stun/constants.ts';
import { encodeStun } from '../stun/encodeStun.ts';
import { StunMessage } from '../stun/stunMessage.ts';
import { TestPath, TestTurn } from '../testing/testTurn.ts';
import {
  channelData,
  channelNumber,
  errorCodeOf,
  lifetimeOf,
  peerAddress,
  readAddress,
  requestedUdp,
  sendIndication,
} from '../testing/turnMessages.ts';

const hello = Buffer.from('hello from the other side');

/** Two sides of one call, each with a relayed address. */
async function pair(turn: TestTurn) {
  const ann = turn.client({ owner: 'ann' });
  const bob = turn.client({ owner: 'bob' });
  return { ann, bob, annAt: await ann.allocate(), bobAt: await bob.allocate() };
}

function readData(bytes: Buffer | undefined) {
  const message = bytes === undefined ? null : StunMessage.decode(bytes);
  const peer = message?.find(attributes.xorPeerAddress);
  return {
    method: message?.method,
    data: message?.find(attributes.data)?.toString(),
    from: peer === null || peer === undefined ? null : readAddress(peer),
  };
}

describe('an allocation', () => {
  it('is given for credentials of the secret, at a random address of 198.18.0.0/15', async () => {
    const turn = new TestTurn();
    const { annAt, bobAt } = await pair(turn);
    for (const { address } of [annAt, bobAt]) expect(address).toMatch(/^198\.(18|19)\./);
    expect(annAt).not.toEqual(bobAt);
    expect(turn.server.counters).toMatchObject({ allocations: 2, allocated: 2 });
  });

  it('tells the client where it is seen, and for how long', async () => {
    const turn = new TestTurn();
    const ann = turn.client();
    const { answer } = await ann.request(methods.allocate, [requestedUdp, lifetimeOf(1800)]);
    const { address, port } = ann.path;
    expect(readAddress(answer.find(attributes.xorMappedAddress)!)).toEqual({ address, port });
    expect(answer.find(attributes.lifetime)?.readUInt32BE(0)).toBe(1800);
  });

  it('is the same for a request that is repeated, and a mismatch for another one', async () => {
    const turn = new TestTurn();
    const ann = turn.client();
    await ann.request(methods.refresh);
    const id = Buffer.alloc(12, 9);
    ann.transactionId = id;
    const first = await ann.ask(methods.allocate, [requestedUdp]);
    ann.transactionId = id;
    const again = await ann.ask(methods.allocate, [requestedUdp]);
    expect(again?.find(attributes.xorRelayedAddress)).toEqual(first?.find(attributes.xorRelayedAddress));
    expect((await ann.request(methods.allocate, [requestedUdp])).code).toBe(437);
    expect(turn.server.counters.allocations).toBe(1);
  });

  it('ends when it is not refreshed, when that is asked for, and when its transport ends', async () => {
    const turn = new TestTurn();
    const { ann, bob } = await pair(turn);
    turn.pass(500_000);
    expect((await ann.request(methods.refresh, [lifetimeOf(600)])).code).toBe(0);
    turn.pass(200_000);
    expect(turn.server.counters.allocations).toBe(1);
    expect(bob.path.allocation).toBeNull();
    expect((await bob.request(methods.refresh)).code).toBe(437);
    expect((await ann.request(methods.refresh, [lifetimeOf(0)])).code).toBe(0);
    expect((await ann.request(methods.refresh)).code).toBe(437);
    await ann.allocate();
    turn.server.disconnected(ann.path);
    expect(turn.server.counters.allocations).toBe(0);
  });

  it('lasts no longer than the credentials, which are then refused', async () => {
    const turn = new TestTurn();
    const ann = turn.client({ lifetimeMs: 100_000 });
    const { answer } = await ann.request(methods.allocate, [requestedUdp, lifetimeOf(3600)]);
    expect(answer.find(attributes.lifetime)?.readUInt32BE(0)).toBeLessThanOrEqual(100);
    turn.nowMs += 101_000;
    expect((await ann.request(methods.refresh)).code).toBe(401);
    turn.server.sweep();
    expect(turn.server.counters.allocations).toBe(0);
    expect((await ann.request(methods.allocate, [requestedUdp])).code).toBe(401);
  });

  it('is limited by owner, by call and in all', async () => {
    const turn = new TestTurn({ allocations: 5, allocationsPerOwner: 2, allocationsPerTag: 3 });
    const code = async (owner: string, tag: number) =>
      (await turn.client({ owner, tag }).request(methods.allocate, [requestedUdp])).code;
    expect(await code('ann', 1)).toBe(0);
    expect(await code('ann', 2)).toBe(0);
    expect(await code('ann', 3)).toBe(486);
    expect(await code('bob', 1)).toBe(0);
    expect(await code('cyd', 1)).toBe(0);
    expect(await code('dan', 1)).toBe(486);
    expect(await code('dan', 4)).toBe(0);
    expect(await code('eve', 5)).toBe(508);
    turn.pass(700_000);
    expect(await code('ann', 3)).toBe(0);
  });
});

describe('credentials', () => {
  it('are asked for with a nonce and the realm', async () => {
    const turn = new TestTurn();
    const answer = await turn.client().ask(methods.allocate, [requestedUdp]);
    expect(errorCodeOf(answer!)).toBe(401);
    expect(answer?.find(attributes.realm)?.toString()).toBe('sotto');
    expect(answer?.find(attributes.nonce)).toHaveLength(22);
    expect(answer?.hasIntegrity).toBe(false);
  });

  it('are refused where the secret is another, the username made up, or the time over', async () => {
    const turn = new TestTurn();
    const code = async (client: ReturnType<TestTurn['client']>) =>
      (await client.request(methods.allocate, [requestedUdp])).code;
    expect(await code(turn.client({ secret: 'another secret' }))).toBe(401);
    expect(await code(turn.client({ lifetimeMs: -1000 }))).toBe(401);
    const madeUp = turn.client();
    madeUp.credentials = { ...madeUp.credentials, username: 'ann' };
    expect(await code(madeUp)).toBe(401);
    const longer = turn.client();
    const { username, credential } = longer.credentials;
    longer.credentials = { username: username.replace(/^\d+/, '9999999999'), credential };
    expect(await code(longer)).toBe(401);
    expect(turn.server.counters.allocations).toBe(0);
  });

  it('are incomplete without nonce, realm or name', async () => {
    const turn = new TestTurn();
    const path = turn.path();
    const transactionId = Buffer.alloc(12, 3);
    const request = { method: methods.allocate, class: classes.request, transactionId };
    turn.server.receive(path, encodeStun({ ...request, attributes: [requestedUdp], key: Buffer.alloc(16) }));
    expect(errorCodeOf(StunMessage.decode(path.sent[0]!)!)).toBe(400);
  });

  it('need a nonce of this relay, this hour and this address', async () => {
    const turn = new TestTurn();
    const ann = turn.client();
    await ann.allocate();
    const { nonce } = ann;
    const elsewhere = turn.client();
    elsewhere.nonce = nonce;
    expect(errorCodeOf((await elsewhere.ask(methods.allocate, [requestedUdp]))!)).toBe(438);
    expect((await elsewhere.request(methods.allocate, [requestedUdp])).code).toBe(0);
    for (const wrong of [Buffer.alloc(22, 'A'), Buffer.alloc(22, '!'), Buffer.alloc(3)]) {
      ann.nonce = wrong;
      expect(errorCodeOf((await ann.ask(methods.refresh))!)).toBe(438);
    }
    ann.nonce = nonce;
    turn.nowMs += 3_599_000;
    ann.credentials = turn.credentials();
    turn.nowMs += 2000;
    expect(errorCodeOf((await ann.ask(methods.allocate, [requestedUdp]))!)).toBe(438);
  });

  it('of an allocation stay those that it was made with', async () => {
    const turn = new TestTurn();
    const ann = turn.client();
    await ann.allocate();
    ann.credentials = turn.credentials({ tag: 2 });
    for (const method of [methods.allocate, methods.refresh, methods.createPermission])
      expect((await ann.request(method, [requestedUdp])).code).toBe(441);
  });
});

describe('requests that ask for what there is not', () => {
  it.each([
    ['no transport', [], 400],
    ['a short transport', [[attributes.requestedTransport, Buffer.alloc(2)]], 400],
    ['TCP towards the peer', [[attributes.requestedTransport, Uint8Array.of(6, 0, 0, 0)]], 442],
    ['an IPv6 address', [requestedUdp, [attributes.requestedAddressFamily, Uint8Array.of(2, 0, 0, 0)]], 440],
    ['an even port', [requestedUdp, [0x0018, Uint8Array.of(0, 0, 0, 0)]], 420],
    ['a malformed lifetime', [requestedUdp, [attributes.lifetime, Buffer.alloc(2)]], 400],
  ] as const)('allocate with %s', async (_name, list, code) => {
    expect((await new TestTurn().client().request(methods.allocate, list)).code).toBe(code);
  });

  it('name attributes that are not known', async () => {
    const list = [requestedUdp, [0x001a, Buffer.alloc(0)]] as const;
    const { answer } = await new TestTurn().client().request(methods.allocate, list);
    expect(answer.find(attributes.unknownAttributes)?.toString('hex')).toBe('001a');
  });

  it('let in none but other allocations', async () => {
    const turn = new TestTurn();
    const ann = turn.client();
    const at = { address: '198.18.5.6', port: 4000 };
    expect(await ann.permit(at)).toBe(437);
    await ann.allocate();
    for (const address of ['127.0.0.1', '192.0.2.2', '10.0.0.1', '198.20.0.1', '198.17.255.255', '0.0.0.0']) {
      expect(await ann.permit(at, { address, port: 80 })).toBe(403);
      expect(await ann.bind(0x4000, { address, port: 80 })).toBe(403);
    }
    expect(await ann.permit({ address: '2001:db8::1', port: 80 })).toBe(443);
    expect(await ann.permit()).toBe(400);
    expect(await ann.permit(at)).toBe(0);
    const cut = [[attributes.xorPeerAddress, Buffer.alloc(5)]] as const;
    expect((await ann.request(methods.createPermission, cut)).code).toBe(400);
    expect((await ann.request(0x0bb)).code).toBe(400);
  });

  it('bind numbers that are no channels, twice, or too many', async () => {
    const turn = new TestTurn({ channelsPerAllocation: 2, permissionsPerAllocation: 3 });
    const ann = turn.client();
    await ann.allocate();
    const at = (host: number) => ({ address: `198.18.0.${host}`, port: 4000 });
    expect(await ann.bind(0x3fff, at(1))).toBe(400);
    expect(await ann.bind(0x5000, at(1))).toBe(400);
    expect((await ann.request(methods.channelBind, [channelNumber(0x4000)])).code).toBe(400);
    const short = (id: Buffer) => [
      [attributes.channelNumber, Buffer.alloc(2)] as const,
      peerAddress(at(1), id),
    ];
    expect((await ann.request(methods.channelBind, short)).code).toBe(400);
    expect(await ann.bind(0x4000, at(1))).toBe(0);
    expect(await ann.bind(0x4000, at(1))).toBe(0);
    expect(await ann.bind(0x4000, at(2))).toBe(400);
    expect(await ann.bind(0x4001, at(1))).toBe(400);
    expect(await ann.bind(0x4001, at(2))).toBe(0);
    expect(await ann.bind(0x4002, at(3))).toBe(508);
    expect(await ann.permit(at(3), at(4))).toBe(508);
    expect(await ann.permit(at(3))).toBe(0);
    // A channel whose time is over is free again.
    for (const ms of [300_000, 250_000, 100_000]) {
      turn.pass(ms);
      await ann.request(methods.refresh);
    }
    expect(await ann.bind(0x4000, at(5))).toBe(0);
  });
});

describe('what is sent', () => {
  it('comes as an indication from the other relayed address, once both have let each other in', async () => {
    const turn = new TestTurn();
    const { ann, bob, annAt, bobAt } = await pair(turn);
    ann.tell(sendIndication(bobAt, hello));
    expect(await ann.permit(bobAt)).toBe(0);
    ann.tell(sendIndication(bobAt, hello));
    expect(bob.path.sent).toEqual([]);
    expect(turn.server.counters.droppedUnreachable).toBe(2);
    await bob.permit(annAt);
    ann.tell(sendIndication(bobAt, hello));
    expect(readData(bob.path.sent[0])).toEqual({ method: methods.data, data: hello.toString(), from: annAt });
  });

  it('goes by channels, each side by the number that it chose', async () => {
    const turn = new TestTurn();
    const { ann, bob, annAt, bobAt } = await pair(turn);
    await ann.bind(0x4abc, bobAt);
    ann.tell(channelData(0x4abc, hello));
    expect(bob.path.sent).toEqual([]);
    await bob.permit(annAt);
    ann.tell(channelData(0x4abc, hello));
    expect(readData(bob.path.sent.pop()).data).toBe(hello.toString());
    await bob.bind(0x4123, annAt);
    ann.tell(channelData(0x4abc, hello));
    ann.tell(sendIndication(bobAt, hello));
    expect(bob.path.sent).toEqual([channelData(0x4123, hello), channelData(0x4123, hello)]);
    bob.tell(channelData(0x4123, Buffer.alloc(0)));
    expect(ann.path.sent).toEqual([channelData(0x4abc, Buffer.alloc(0))]);
    expect(turn.server.counters).toMatchObject({ forwardedPackets: 4, forwardedBytes: 3 * hello.length });
  });

  it('reaches nobody of another call, whatever is let in and bound', async () => {
    const turn = new TestTurn();
    const { ann, annAt } = await pair(turn);
    const eve = turn.client({ owner: 'eve', tag: 2 });
    const eveAt = await eve.allocate();
    expect(await eve.bind(0x4000, annAt)).toBe(0);
    expect(await ann.bind(0x4000, eveAt)).toBe(0);
    eve.tell(channelData(0x4000, hello));
    eve.tell(sendIndication(annAt, hello));
    ann.tell(channelData(0x4000, hello));
    expect([ann.path.sent, eve.path.sent]).toEqual([[], []]);
    expect(turn.server.counters).toMatchObject({ droppedUnreachable: 3, forwardedPackets: 0 });
  });

  it('reaches nobody whose allocation is over, and who has the address then only in the same call', async () => {
    const turn = new TestTurn();
    const { ann, bob, annAt, bobAt } = await pair(turn);
    await ann.bind(0x4000, bobAt);
    await bob.bind(0x4000, annAt);
    ann.tell(channelData(0x4000, hello));
    expect(bob.path.sent).toHaveLength(1);
    await bob.request(methods.refresh, [lifetimeOf(0)]);
    ann.tell(channelData(0x4000, hello));
    expect(bob.path.sent).toHaveLength(1);
    expect(turn.server.counters.droppedUnreachable).toBe(1);
  });

  it('stops when permission or channel run out, and goes on when they are renewed', async () => {
    const turn = new TestTurn();
    const { ann, bob, annAt, bobAt } = await pair(turn);
    await ann.bind(0x4000, bobAt);
    await bob.bind(0x4000, annAt);
    const arrives = () => {
      const before = bob.path.sent.length;
      ann.tell(channelData(0x4000, hello));
      return bob.path.sent.length > before;
    };
    turn.pass(299_000);
    expect(arrives()).toBe(true);
    turn.pass(2000);
    expect(arrives()).toBe(false);
    expect(await bob.permit(annAt)).toBe(0);
    expect(arrives()).toBe(true);
    for (const client of [ann, bob]) await client.request(methods.refresh);
    turn.pass(300_000);
    await bob.permit(annAt);
    expect(arrives()).toBe(false);
    await ann.bind(0x4001, bobAt);
    ann.tell(channelData(0x4001, hello));
    expect(readData(bob.path.sent.at(-1)).data).toBe(hello.toString());
  });

  it('is dropped beyond the bytes that one allocation may send in a second', async () => {
    const turn = new TestTurn({ bytesPerSecond: 10_000 });
    const { ann, bob, annAt, bobAt } = await pair(turn);
    await ann.bind(0x4000, bobAt);
    await bob.bind(0x4000, annAt);
    for (let i = 0; i < 30; i++) ann.tell(channelData(0x4000, Buffer.alloc(1000)));
    expect(bob.path.sent).toHaveLength(10);
    bob.tell(channelData(0x4000, hello));
    expect(ann.path.sent).toHaveLength(1);
    turn.nowMs += 500;
    for (let i = 0; i < 30; i++) ann.tell(channelData(0x4000, Buffer.alloc(1000)));
    expect(bob.path.sent).toHaveLength(15);
    expect(turn.server.counters.droppedRate).toBe(45);
    // Empty ones are not free.
    turn.nowMs += 10_000;
    bob.path.sent.length = 0;
    for (let i = 0; i < 300; i++) ann.tell(channelData(0x4000, Buffer.alloc(0)));
    expect(bob.path.sent).toHaveLength(156);
  });

  it('is dropped where the other transport takes no more', async () => {
    const turn = new TestTurn();
    const { ann, bob, annAt, bobAt } = await pair(turn);
    await ann.bind(0x4000, bobAt);
    await bob.bind(0x4000, annAt);
    bob.path.isFull = true;
    ann.tell(channelData(0x4000, hello));
    expect(turn.server.counters).toMatchObject({ droppedBacklog: 1, forwardedPackets: 0 });
  });
});

describe('strangers', () => {
  const binding = (transactionId = Buffer.alloc(12, 5)) =>
    encodeStun({ method: methods.binding, class: classes.request, transactionId, attributes: [] });

  it('are told the address that they are seen at, IPv6 too', () => {
    const turn = new TestTurn();
    const path = turn.path();
    turn.server.receive(path, binding());
    const answer = StunMessage.decode(path.sent[0]!)!;
    expect(readAddress(answer.find(attributes.xorMappedAddress)!)).toEqual({
      address: path.address,
      port: path.port,
    });
    const v6 = turn.path('2001:db8::7');
    turn.server.receive(v6, binding());
    expect(StunMessage.decode(v6.sent[0]!)?.find(attributes.xorMappedAddress)).toHaveLength(20);
    expect(turn.server.counters.answeredBindings).toBe(2);
  });

  it('get at most so many answers, each of a few bytes, however they spell their address', () => {
    const turn = new TestTurn({ requestsPerSource: { burst: 10, perSecond: 1 } });
    const allocate = encodeStun({
      method: methods.allocate,
      class: classes.request,
      transactionId: Buffer.alloc(12, 6),
      attributes: [requestedUdp],
    });
    const ask = (path: ReturnType<TestTurn['path']>) => {
      for (const request of [binding(), allocate]) turn.server.receive(path, request);
      return path.sent;
    };
    const answers = Array.from({ length: 50 }, () => ask(turn.path())).flat();
    expect(answers).toHaveLength(10);
    expect(Math.max(...answers.map(({ length }) => length))).toBeLessThanOrEqual(2.5 * allocate.length);
    expect(turn.server.counters.droppedFlood).toBe(90);
    // The same network of IPv6, and another one.
    const v6 = Array.from({ length: 50 }, (_, i) => ask(turn.path(`2001:db8::${i + 1}`))).flat();
    expect(v6).toHaveLength(10);
    expect(ask(turn.path('2001:db8:0:1::1'))).toHaveLength(2);
    turn.nowMs += 2000;
    expect(ask(turn.path())).toHaveLength(2);
  });

  it('get no answer at port 0, where sockets refuse to send to', () => {
    const turn = new TestTurn();
    const path = new TestPath('192.0.2.10', 0);
    turn.server.receive(path, binding());
    expect(path.sent).toEqual([]);
    expect(turn.server.counters).toMatchObject({ droppedMalformed: 1, answeredBindings: 0 });
  });

  it('get no answer to what is no request', () => {
    const turn = new TestTurn();
    const path = turn.path();
    const transactionId = Buffer.alloc(12);
    for (const messageClass of [classes.indication, classes.success, classes.error])
      for (const method of Object.values(methods))
        turn.server.receive(path, encodeStun({ method, class: messageClass, transactionId, attributes: [] }));
    turn.server.receive(path, channelData(0x4000, hello));
    turn.server.receive(path, Buffer.alloc(0));
    turn.server.receive(path, Buffer.alloc(5000));
    expect(path.sent).toEqual([]);
  });

  it('cannot make the relay throw, answer at length or forward, whatever they send', async () => {
    const turn = new TestTurn();
    const { ann, bob, annAt, bobAt } = await pair(turn);
    await ann.bind(0x4000, bobAt);
    await bob.bind(0x4000, annAt);
    const stranger = turn.path();
    const samples = [binding(), sendIndication(bobAt, hello), channelData(0x4000, hello)];
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(255), fc.nat(80))
        .map(([sample, at, value, cut]) => {
          const bytes = Buffer.from(sample);
          bytes[at % bytes.length] = value;
          return bytes.subarray(0, bytes.length - (cut > 40 ? cut - 40 : 0));
        }),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        turn.nowMs += 1000;
        stranger.sent.length = 0;
        turn.server.receive(stranger, Buffer.from(bytes));
        expect(stranger.sent.length).toBeLessThanOrEqual(1);
        expect(stranger.sent[0]?.length ?? 0).toBeLessThanOrEqual(80);
        expect(bob.path.sent).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('who have an allocation may ask only so often, too', async () => {
    const turn = new TestTurn({ requestsPerAllocation: { burst: 5, perSecond: 1 } });
    const { ann, bobAt } = await pair(turn);
    for (let i = 0; i < 5; i++) expect(await ann.permit(bobAt)).toBe(0);
    expect(await ann.ask(methods.refresh)).toBeNull();
    turn.nowMs += 1000;
    expect(await ann.permit(bobAt)).toBe(0);
  });
});
