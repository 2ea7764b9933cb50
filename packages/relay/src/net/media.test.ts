import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createDtlsIdentity } from '../dtls/identity.ts';
import type { MediaHandler, MediaTransport } from '../media/mediaTransport.ts';
import { srtpProfiles } from '../srtp/srtpProfile.ts';
import {
  connectTestSeat,
  createTestSeatIdentity,
  type TestSeat,
  type TestSeatOptions,
} from '../testing/seat/testSeat.ts';
import { type Relay, type RelayOptions, startRelay } from './relay.ts';

const waiting = { timeout: 30_000 };
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function start(options: Partial<RelayOptions> = {}): Promise<Relay> {
  const outcome = await startRelay({
    secret: 'secret',
    nonceKey: randomBytes(32),
    addresses: ['127.0.0.1'],
    port: 0,
    ...options,
  });
  if (outcome.kind === 'refused') throw new Error(outcome.code);
  ending.push(() => outcome.relay.stop());
  return outcome.relay;
}

/** Sends all back that comes. */
class Echo implements MediaHandler {
  readonly happened: string[] = [];
  readonly got: Buffer[] = [];
  transport: MediaTransport | null = null;

  onConnected(): void {
    this.happened.push('connected');
  }

  onRtp(packet: Buffer): void {
    this.got.push(packet);
    this.transport?.sendRtp(packet);
  }

  onRtcp(packet: Buffer): void {
    this.got.push(packet);
    this.transport?.sendRtcp(packet);
  }

  onClosed(reason: string): void {
    this.happened.push(reason);
  }
}

async function openSeat(relay: Relay, options: Partial<TestSeatOptions> = {}) {
  const who = createTestSeatIdentity();
  const echo = new Echo();
  const transport = relay.media.open({ remote: who.remote, handler: echo });
  echo.transport = transport;
  const back: Buffer[] = [];
  const abort = new AbortController();
  ending.push(() => abort.abort());
  const connecting = connectTestSeat(transport.local, {
    ...who,
    signal: abort.signal,
    onRtp: (packet) => back.push(packet),
    onRtcp: (packet) => back.push(packet),
    ...options,
  });
  connecting.then(
    (seat) => ending.push(() => seat.close()),
    () => {},
  );
  return { who, echo, transport, back, connecting };
}

let sequence = 0;
function rtp(payload: Uint8Array = randomBytes(500)): Buffer {
  const header = Buffer.from('806f00000000000000001234', 'hex');
  sequence = (sequence + 1) % 0x10000;
  header.writeUInt16BE(sequence, 2);
  return Buffer.concat([header, payload]);
}

const report = () => Buffer.concat([Buffer.from('80c90001', 'hex'), randomBytes(4)]);

/** Until it came back: datagrams may get lost. */
async function untilEchoed(seat: TestSeat, back: readonly Buffer[]): Promise<void> {
  const before = back.length;
  await expect
    .poll(() => {
      seat.sendRtp(rtp());
      return back.length;
    }, waiting)
    .toBeGreaterThan(before);
}

describe('media over the network', () => {
  it.each([
    ['UDP', '127.0.0.1', false],
    ['TCP', '127.0.0.1', true],
    ['UDP over IPv6', '::1', false],
    ['TCP over IPv6', '::1', true],
  ])('goes both ways by %s', async (_name, address, isTcp) => {
    if (address === '::1' && !hasIpv6) return console.warn('No IPv6 here: left out');
    const relay = await start({ addresses: [address] });
    const { echo, transport, back, connecting } = await openSeat(relay, { isTcp });
    expect(transport.isConnected).toBe(false);
    expect(transport.sendRtp(rtp())).toBe(false);
    const seat = await connecting;
    await expect.poll(() => transport.isConnected, waiting).toBe(true);
    expect(seat.profile.kind).toBe('aeadAes128Gcm');
    const packets = [rtp(), rtp(Buffer.alloc(1)), report(), rtp(randomBytes(1200))];
    for (const packet of packets)
      if (packet[1] === 0xc9) seat.sendRtcp(packet);
      else seat.sendRtp(packet);
    await expect.poll(() => back.length, waiting).toBe(packets.length);
    expect(echo.got).toEqual(packets);
    expect(back).toEqual(packets);
    expect(relay.mediaCounters).toMatchObject({
      seats: 1,
      connectedSeats: 1,
      handshakes: 1,
      receivedPackets: 4,
      sentPackets: 4,
      droppedMalformed: 0,
    });
    seat.close();
    await expect.poll(() => echo.happened, waiting).toEqual(['connected', 'closedByPeer']);
    expect(relay.mediaCounters).toMatchObject({ seats: 0, connectedSeats: 0 });
    expect(transport.sendRtp(rtp())).toBe(false);
  });

  it('connects where every third packet gets lost, and by the other profile', async () => {
    const relay = await start();
    let count = 0;
    const profiles = srtpProfiles.filter(({ kind }) => kind === 'aes128CmSha1');
    const { back, connecting } = await openSeat(relay, { profiles, loses: () => count++ % 3 === 0 });
    const seat = await connecting;
    expect(seat.profile.kind).toBe('aes128CmSha1');
    await untilEchoed(seat, back);
  });

  it('refuses who has another certificate, or the right one without its key', async () => {
    const relay = await start();
    const other = createDtlsIdentity(Date.now());
    const stranger = await openSeat(relay, { identity: other });
    await expect.poll(() => stranger.echo.happened, waiting).toEqual(['notThePeer']);
    const thief = await openSeat(relay, { signingKey: other.privateKey });
    await expect.poll(() => thief.echo.happened, waiting).toEqual(['notThePeer']);
    expect(relay.mediaCounters).toMatchObject({ handshakes: 0, failedHandshakes: 2, seats: 0 });
  });

  it('goes on in a restart, by the new credentials alone in the end', async () => {
    const relay = await start();
    const { transport, back, connecting } = await openSeat(relay);
    const seat = await connecting;
    await untilEchoed(seat, back);
    const before = transport.local;
    const next = createTestSeatIdentity().remote;
    const local = transport.restart(next);
    expect(local.ufrag).not.toBe(before.ufrag);
    expect(local.fingerprint).toEqual(before.fingerprint);
    await untilEchoed(seat, back);
    const answered = relay.mediaCounters.answeredChecks;
    seat.restart(next, local);
    await expect.poll(() => relay.mediaCounters.answeredChecks, waiting).toBeGreaterThan(answered);
    await untilEchoed(seat, back);
    // The old ones are nobody's any more.
    const dropped = relay.mediaCounters.droppedNotAuthentic;
    seat.restart(next, before);
    await expect.poll(() => relay.mediaCounters.droppedNotAuthentic, waiting).toBeGreaterThan(dropped);
  });

  it('drops what is replayed, changed, of a stranger, or nothing at all, and counts it', async () => {
    const relay = await start();
    const { echo, connecting } = await openSeat(relay);
    const seat = await connecting;
    const counters = relay.mediaCounters;
    const sealed = seat.seal(rtp());
    seat.sendRaw(sealed);
    seat.sendRaw(sealed);
    await expect.poll(() => counters.droppedReplayed, waiting).toBe(1);
    const changed = seat.seal(rtp());
    changed[20]! ^= 1;
    seat.sendRaw(changed);
    await expect.poll(() => counters.droppedNotAuthentic, waiting).toBe(1);
    seat.sendRaw(Buffer.alloc(20, 0x9f));
    seat.sendRaw(Buffer.alloc(20, 22));
    await expect.poll(() => counters.droppedMalformed, waiting).toBe(2);
    const stranger = await openSeat(relay);
    (await stranger.connecting).sendRaw(sealed);
    await expect.poll(() => counters.droppedNotAuthentic, waiting).toBe(2);
    expect(echo.got).toHaveLength(1);
    expect(stranger.echo.got).toHaveLength(0);
  });

  it('tells the peer when a seat is closed, and forgets it', async () => {
    const relay = await start();
    const { echo, transport, connecting } = await openSeat(relay);
    const seat = await connecting;
    transport.close();
    await expect.poll(() => seat.hasEnded, waiting).toBe(true);
    const dropped = relay.mediaCounters.droppedNotAuthentic;
    await expect
      .poll(() => {
        seat.sendRtp(rtp());
        return relay.mediaCounters.droppedNotAuthentic;
      }, waiting)
      .toBeGreaterThan(dropped);
    expect(echo.happened).toEqual(['connected']);
    expect(echo.got).toHaveLength(0);
  });

  it('tells its peers when it stops', async () => {
    const relay = await start();
    const seats = [await openSeat(relay), await openSeat(relay, { isTcp: true })];
    const connected = await Promise.all(seats.map(({ connecting }) => connecting));
    await relay.stop();
    ending.splice(0, 1);
    await expect.poll(() => connected.every(({ hasEnded }) => hasEnded), waiting).toBe(true);
  });

  it('ends streams that begin with neither TURN nor media', async () => {
    const relay = await start();
    for (const first of ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(200, 1)]) {
      const socket = connect(relay.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {});
      socket.write(first);
      await closed;
    }
    expect(relay.counters.droppedMalformed).toBe(2);
  });

  it('drops what a TCP connection does not take, and lets the others go on', async () => {
    const relay = await start();
    const { transport, connecting } = await openSeat(relay, { isTcp: true });
    const seat = await connecting;
    await expect.poll(() => transport.isConnected, waiting).toBe(true);
    seat.pause(true);
    await expect
      .poll(() => {
        for (let i = 0; i < 200; i++) transport.sendRtp(rtp(randomBytes(1200)));
        return relay.mediaCounters.droppedBacklog;
      }, waiting)
      .toBeGreaterThan(0);
    const other = await openSeat(relay);
    await untilEchoed(await other.connecting, other.back);
    seat.pause(false);
  });
});
