import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createRoomCounters } from '../rooms/roomCounters.ts';
import type { RoomHost, SeatName } from '../rooms/roomHost.ts';
import { type ControlListener, listenForServers } from './controlListener.ts';
import { createSeal, encodeServerProof, isRelayProof, readServerProof } from './controlSeal.ts';
import { RelayControls } from './relayControls.ts';
import type { LinkEvent } from './relayLink.ts';
import { keepRemoteRelay, type RemoteRelayEvent } from './remoteRelay.ts';

const secret = 'what relay and server share: 32 characters';
const waiting = { timeout: 45_000 };
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const ann = { roomId: 'room-1', joinId: '01'.repeat(8) };

/** A relay's control on a real socket, its rooms without media. */
async function startControl({ instance = 'one', port = 0, controls = createControls() } = {}) {
  const listener = await listenForServers({
    secret,
    instance,
    host: '127.0.0.1',
    port,
    controls: controls.controls,
  });
  ending.push(() => listener.stop());
  return { ...controls, listener };
}

function createControls() {
  const open = new Set<string>();
  const host: RoomHost = {
    counters: createRoomCounters(),
    openSeat: ({ joinId }: SeatName) => open.add(joinId).has(joinId),
    ask: (_ticket, request) => Buffer.from(`answer to ${Buffer.from(request)}`),
    closeSeat: ({ joinId }: SeatName) => void open.delete(joinId),
    closeRoom() {},
    sweep() {},
    close() {},
  };
  const controls = new RelayControls({ nowMs: () => performance.now() });
  controls.serve(host);
  return { controls, open };
}

/** A wire to the relay that can be cut; who comes after goes through. */
async function openWire({ port }: ControlListener) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  ending.push(() => {
    cut();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, cut };
}

function keep(listener: { readonly port: number }, said = secret) {
  const told: LinkEvent[] = [];
  const states: RemoteRelayEvent['kind'][] = [];
  const url = `ws://127.0.0.1:${listener.port}`;
  const relay = keepRemoteRelay({ url, secret: said, told: ({ kind }) => states.push(kind) });
  relay.link.listen((event) => told.push(event));
  ending.push(() => relay.stop());
  return { link: relay.link, told, states };
}

describe('a relay on another machine', () => {
  it('is asked and tells, over a socket', async () => {
    const { listener, controls, open } = await startControl();
    const { link, told } = keep(listener);
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    link.createRoom(ann.roomId);
    const { ticket } = link.openSeat(ann)!;
    const answer = await link.ask(ticket, Buffer.from('that'), []);
    expect(Buffer.from(answer!).toString()).toBe('answer to that');
    expect([...open]).toEqual([ann.joinId]);
    controls.told({ kind: 'seat', ...ann, event: Buffer.from('event') });
    await expect.poll(() => told.at(-1), waiting).toMatchObject({ kind: 'seat', ...ann });
  });

  it('keeps its rooms when the link breaks, and goes on with them when it is back', async () => {
    const { listener, open } = await startControl();
    const wire = await openWire(listener);
    const { link, told, states } = keep(wire);
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    link.createRoom(ann.roomId);
    link.openSeat(ann);
    await expect.poll(() => open.size, waiting).toBe(1);
    wire.cut();
    await expect.poll(() => states.filter((kind) => kind === 'connected').length, waiting).toBe(2);
    expect(link.load).toMatchObject({ rooms: 1, seats: 1 });
    expect([...open]).toEqual([ann.joinId]);
    expect(told.map(({ kind }) => kind)).not.toContain('roomLost');
  });

  it('that comes back as another run has lost its rooms', async () => {
    const first = await startControl();
    const { link, told } = keep(first.listener);
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    link.createRoom(ann.roomId);
    const { port } = first.listener;
    await first.listener.stop();
    await startControl({ port, instance: 'two' });
    await expect.poll(() => told.map(({ kind }) => kind), waiting).toContain('roomLost');
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    expect(told.filter(({ kind }) => kind === 'roomLost')).toHaveLength(1);
  });

  it('and a server without its secret refuse each other', async () => {
    const { listener } = await startControl();
    const wrong = keep(listener, 'another secret, of 32 characters too');
    await expect.poll(() => wrong.states, waiting).toContain('refused');
    expect(wrong.link.isAvailable).toBe(false);
    const server = new WebSocket(`ws://127.0.0.1:${listener.port}`);
    server.on('error', () => {});
    ending.push(() => server.terminate());
    await once(server, 'message');
    server.send(randomBytes(80));
    const [code] = await once(server, 'close');
    expect(code).toBe(4001);
  });

  it('takes no proof that was made for another link, and no frame that was changed, replayed or sent back', () => {
    const relayNonce = randomBytes(32);
    const handshake = { relayNonce, serverNonce: randomBytes(32), owner: randomBytes(16) };
    const proof = encodeServerProof(secret, handshake);
    expect(readServerProof(secret, relayNonce, proof)).toMatchObject({ owner: handshake.owner });
    expect(readServerProof(secret, randomBytes(32), proof)).toBeNull();
    expect(isRelayProof(secret, handshake, proof.subarray(48))).toBe(false);
    for (let i = 0; i < proof.length; i++) {
      const forged = Uint8Array.from(proof);
      forged[i]! ^= 1;
      expect(readServerProof(secret, relayNonce, forged)).toBeNull();
    }
    const server = createSeal(secret, handshake, 'server');
    const relay = createSeal(secret, handshake, 'relay');
    const [first, second] = [server.seal(Buffer.from('first')), server.seal(Buffer.from('second'))];
    expect(server.open(first)).toBeNull();
    expect(relay.open(second)).toBeNull();
    expect(Buffer.from(relay.open(first)!).toString()).toBe('first');
    expect(relay.open(first)).toBeNull();
    const changed = Uint8Array.from(second);
    changed[0]! ^= 1;
    expect(relay.open(changed)).toBeNull();
    expect(relay.open(second.subarray(0, 8))).toBeNull();
    expect(Buffer.from(relay.open(second)!).toString()).toBe('second');
    const elsewhere = createSeal(secret, { ...handshake, relayNonce: randomBytes(32) }, 'relay');
    expect(elsewhere.open(first)).toBeNull();
  });

  it('lets nobody in who says nothing sound, however many come', async () => {
    const { listener } = await startControl();
    const sockets = Array.from({ length: 30 }, () => new WebSocket(`ws://127.0.0.1:${listener.port}`));
    let closed = 0;
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.on('close', () => {
        closed += 1;
      });
      ending.push(() => socket.terminate());
    }
    await expect.poll(() => closed, waiting).toBe(10);
    // As many as may come are there, and say nothing: a server is let in all the same.
    const beside = keep(listener);
    await expect.poll(() => beside.link.isAvailable, waiting).toBe(true);
    for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send('nonsense');
    await expect.poll(() => closed, waiting).toBe(30);
    expect(beside.link.isAvailable).toBe(true);
  });
});
