/** Group calls through a whole server: real sockets, relays in processes of their own, media from test pages. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { type ConversationId, idToBytes, SeatAnswerSchema } from '@sotto/protocol';
import { connectTestSeat, createTestSeatIdentity, type TestSeat } from '@sotto/relay/testing';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../config.ts';
import { createServer } from '../createServer.ts';
import { connectSocket, type SocketConnection, signInOver } from '../testing/socketClient.ts';
import { commitAdding, conversationCursor, createTestAccount, register } from '../testing/testClient.ts';
import { converse } from '../testing/testServer.ts';
import { encodeConnect, encodeWatch } from './callEngineConformance.ts';

const waiting = { timeout: 45_000 };
const folder = mkdtempSync(join(tmpdir(), 'sotto-rooms-'));
const opus = 111;
const annSsrc = 1234;
const relaySecret = 'what relay and server share: 32 characters';
const standalone = fileURLToPath(new URL('../../../relay/src/process/standaloneMain.ts', import.meta.url));

/** A server, and two accounts in one conversation. */
async function start(name: string, settings: Record<string, string>) {
  const data = { SOTTO_PORT: '0', SOTTO_DATA: join(folder, name), SOTTO_METRICS: 'on' };
  const read = readConfig({ ...data, ...settings });
  if (read.kind === 'invalid') throw new Error(read.sentence);
  const outcome = await createServer({ config: read.config });
  if (outcome.kind === 'refused') throw new Error(outcome.sentence);
  const { server } = outcome;
  onTestFinished(() => server.stop());
  const ann = await Page.open(server.address, 'ann');
  const ben = await Page.open(server.address, 'ben');
  const conversationId = await converse(ann.connection, ann.account, ben.account);
  for (const page of [ann, ben]) {
    page.conversationId = conversationId;
    await page.connection.call('subscribe', { logs: [conversationCursor(conversationId)] });
  }
  return { server, ann, ben, conversationId };
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A device and what its page does with a seat. */
class Page {
  readonly account;
  readonly connection: SocketConnection;
  readonly joinId = randomBytes(8);
  /** Payloads of RTP that arrived. */
  readonly heard: string[] = [];
  seat: TestSeat | null = null;
  conversationId: ConversationId | null = null;
  #revision = 0;

  private constructor(account: ReturnType<typeof createTestAccount>, connection: SocketConnection) {
    this.account = account;
    this.connection = connection;
  }

  static async open(address: string, name: string): Promise<Page> {
    const account = createTestAccount(name);
    expect(await register(signInOver(address), account)).toBeNull();
    const connection = await connectSocket(address);
    await connection.authenticate(account);
    const page = new Page(account, connection);
    onTestFinished(() => page.end());
    return page;
  }

  /** Takes its seat, or takes it again, connects, and listens to `speaker`. */
  async connect(callId: Uint8Array, speaker?: Page): Promise<void> {
    const names = { conversationId: idToBytes(this.conversationId!), callId };
    const opened = await this.connection.call('openCallSeat', { ...names, joinId: this.joinId });
    if (opened.kind === 'refused') throw new Error(opened.error.code);
    const { ticket, revision } = opened.value;
    this.#revision = Number(revision);
    const identity = createTestSeatIdentity();
    const ask = async (request: Uint8Array) => {
      const asked = await this.connection.call('askCallSeat', { ...names, ticket, request });
      if (asked.kind === 'refused') throw new Error(asked.error.code);
      return fromBinary(SeatAnswerSchema, asked.value.answer).kind;
    };
    const answer = await ask(encodeConnect(identity.remote));
    if (answer.case !== 'connected') throw new Error(answer.case);
    const { iceUfrag: ufrag, icePwd: pwd, fingerprint, candidates } = answer.value;
    this.seat = await connectTestSeat(
      { ufrag, pwd, fingerprint, candidates },
      { ...identity, onRtp: (packet) => this.heard.push(packet.subarray(-8).toString('latin1')) },
    );
    if (speaker !== undefined) expect((await ask(encodeWatch(1, speaker.joinId))).case).toBe('watched');
  }

  /** Of the room, as it was told last. */
  get isMoved(): boolean {
    const told = this.connection.pushes.flatMap(({ kind }) =>
      kind.case === 'callRooms' ? kind.value.rooms : [],
    );
    return Number(told.at(-1)?.revision ?? 0) > this.#revision;
  }

  end(): void {
    this.seat?.close();
    this.connection.socket.terminate();
  }
}

/** Speaks until the other side has heard it. */
async function expectHeard(ann: Page, ben: Page): Promise<void> {
  const word = randomBytes(4).toString('hex');
  const packet = Buffer.alloc(20);
  packet.writeUInt16BE(0x8000 | opus, 0);
  packet.writeUInt32BE(annSsrc, 8);
  packet.write(word, 12, 'latin1');
  let sequence = Math.floor(Math.random() * 30_000);
  const speaking = setInterval(() => {
    sequence += 1;
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(sequence * 960, 4);
    ann.seat?.sendRtp(packet);
  }, 20);
  onTestFinished(() => clearInterval(speaking));
  await expect.poll(() => ben.heard, waiting).toContain(word);
  clearInterval(speaking);
}

describe('a group call through the server', () => {
  it('is heard, goes on by another relay when its own is killed or hangs, and is over for who is taken out, or when the server stops', async () => {
    const { server, ann, ben, conversationId } = await start('own', {
      SOTTO_CALLS_PORT: '0',
      SOTTO_CALLS_PROCESSES: '2',
    });
    const callId = randomBytes(16);
    await ann.connect(callId);
    await ben.connect(callId, ann);
    await expectHeard(ann, ben);

    const busy = server.relays.find(({ link }) => link.load.seats === 2)!;
    const other = server.relays.find((relay) => relay !== busy)!;
    process.kill(busy.pid!, 'SIGKILL');
    await expect.poll(() => ann.isMoved && ben.isMoved, waiting).toBe(true);
    expect(other.link.load).toMatchObject({ rooms: 1, seats: 2 });
    await ann.connect(callId);
    await ben.connect(callId, ann);
    await expectHeard(ann, ben);

    await expect.poll(() => busy.link.isAvailable, waiting).toBe(true);
    process.kill(other.pid!, 'SIGSTOP');
    await expect.poll(() => ann.isMoved && ben.isMoved, waiting).toBe(true);
    expect(busy.link.load).toMatchObject({ rooms: 1, seats: 2 });
    await ann.connect(callId);
    await ben.connect(callId, ann);
    await expectHeard(ann, ben);
    await expect.poll(() => other.link.isAvailable, waiting).toBe(true);

    const metrics = await (await fetch(`${server.address}/metrics`)).text();
    expect(metrics).toMatch(/^sotto_rooms 1$/m);
    expect(metrics).toMatch(/^sotto_room_seats 2$/m);
    expect(metrics).toContain(`sotto_room_relay_seats{relay="${busy.listening!.port}"} 2`);
    expect(metrics).toContain('sotto_relay_restarts_total ');

    const removed = [
      { accountId: idToBytes(ben.account.accountId), deviceId: idToBytes(ben.account.devices[0]!.deviceId) },
    ];
    const commit = { ...commitAdding([]), entry: { commit: randomBytes(64), removed } };
    const names = { conversationId: idToBytes(conversationId), transactionId: randomBytes(16) };
    const appended = await ann.connection.call('append', {
      ...names,
      epoch: 1n,
      kind: { case: 'commit', value: commit },
    });
    expect(appended.kind).toBe('done');
    await expect.poll(() => ben.seat!.hasEnded, waiting).toBe(true);
    expect(ann.seat!.hasEnded).toBe(false);
    await server.stop();
    await expect.poll(() => ann.seat!.hasEnded, waiting).toBe(true);
  }, 240_000);

  it('is heard by a relay that runs on its own', async () => {
    const env = {
      SOTTO_RELAY_SECRET: relaySecret,
      SOTTO_RELAY_LISTEN: '127.0.0.1:0',
      SOTTO_HOST: '127.0.0.1',
      SOTTO_CALLS_PORT: '0',
    };
    const relay = spawn(process.execPath, [standalone], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void relay.kill('SIGKILL'));
    const [said] = (await once(relay.stdout!, 'data')) as [Buffer];
    const [, port] = /servers on 127\.0\.0\.1:(\d+)/.exec(said.toString()) ?? [];
    const { server, ann, ben } = await start('remote', {
      SOTTO_CALLS_PORT: 'off',
      SOTTO_RELAYS: `ws://127.0.0.1:${port}`,
      SOTTO_RELAY_SECRET: relaySecret,
    });
    const metrics = async () => await (await fetch(`${server.address}/metrics`)).text();
    await expect.poll(metrics, waiting).toContain(`sotto_room_relay_up{relay="127.0.0.1:${port}"} 1`);
    const callId = randomBytes(16);
    await ann.connect(callId);
    await ben.connect(callId, ann);
    await expectHeard(ann, ben);
  });
});
