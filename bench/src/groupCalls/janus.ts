/**
 * Janus (Debian's package `janus`) with its plugin for video rooms, as a peer to compare the relay with: a process of its own
 * with a configuration made for one run, driven over its WebSocket, and descriptions written by hand.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PeerFacts, PeerRemote } from '@sotto/relay/testing';
import WebSocket from 'ws';

const program = '/usr/bin/janus';
const libraries = ['/usr/lib/x86_64-linux-gnu/janus', '/usr/lib/aarch64-linux-gnu/janus'].find(existsSync);
const host = '127.0.0.1';
const room = 1234;
const startWithinMs = 20_000;
const keepAliveEveryMs = 15_000;

/** Whether it is installed here. */
export const hasJanus = existsSync(program) && libraries !== undefined;

/** What somebody sends in a room. */
interface JanusStream {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  readonly payloadType: number;
}

export interface Janus {
  readonly pid: number;
  /** Lets somebody send; gives their number in the room, and where to connect. */
  publish(
    local: PeerFacts,
    streams: readonly JanusStream[],
  ): Promise<{ readonly id: number; readonly remote: PeerRemote }>;
  /** Lets somebody receive all that these send, on a connection of its own: such is its way. */
  subscribe(local: PeerFacts, publishers: readonly number[]): Promise<PeerRemote>;
  stop(): Promise<void>;
}

interface JanusMessage {
  readonly janus: string;
  readonly transaction?: string;
  readonly data?: { readonly id: number };
  readonly plugindata?: { readonly data: { readonly id?: number; readonly error?: string } };
  readonly jsep?: { readonly sdp: string };
  readonly error?: { readonly reason: string };
}

export async function startJanus(): Promise<Janus> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-janus-'));
  const port = await freePort();
  await writeConfiguration(folder, port);
  const child = spawn(program, ['--configs-folder', folder, '--disable-colors'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const link = await openLink(port, child);
  const attach = async () => (await link.ask({ janus: 'attach', plugin: 'janus.plugin.videoroom' })).data!.id;
  const say = (handle: number, body: object, jsep?: object) =>
    link.ask({ janus: 'message', handle_id: handle, body, ...(jsep === undefined ? {} : { jsep }) });
  await say(await attach(), {
    request: 'create',
    room,
    publishers: 300,
    bitrate: 0,
    videocodec: 'vp8',
    audiocodec: 'opus',
    notify_joining: false,
  });
  return {
    pid: child.pid!,
    publish: async (local, streams) => {
      const handle = await attach();
      const joined = await say(handle, { request: 'join', ptype: 'publisher', room });
      const lines = streams.map((stream, at) => line(String(at), 'sendonly', local, stream));
      const answer = await say(handle, { request: 'publish' }, { type: 'offer', sdp: describeLines(lines) });
      return { id: joined.plugindata!.data.id!, remote: readRemote(answer.jsep!.sdp) };
    },
    subscribe: async (local, publishers) => {
      const handle = await attach();
      const streams = publishers.map((feed) => ({ feed }));
      const offer = await say(handle, { request: 'join', ptype: 'subscriber', room, streams });
      const offered = offer.jsep!.sdp;
      const lines = readLines(offered).map(({ mid, kind, payloadType }) =>
        line(mid, 'recvonly', local, { kind, payloadType, ssrc: 0 }),
      );
      await say(handle, { request: 'start' }, { type: 'answer', sdp: describeLines(lines) });
      return readRemote(offered);
    },
    stop: async () => {
      link.close();
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, host, resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** Only on this machine, ICE-lite as the relay, no plugins but the one. */
async function writeConfiguration(folder: string, port: number): Promise<void> {
  await writeFile(
    join(folder, 'janus.jcfg'),
    `general: { configs_folder = "${folder}"
plugins_folder = "${libraries}/plugins"
transports_folder = "${libraries}/transports"
debug_level = 2 }
media: { ipv6 = false
min_nack_queue = 500 }
nat: { ice_lite = true }
plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so" }
transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }
`,
  );
  await writeFile(
    join(folder, 'janus.transport.websockets.jcfg'),
    `general: { json = "compact"
ws = true
ws_port = ${port}
ws_ip = "${host}" }
`,
  );
}

interface Link {
  ask(request: object): Promise<JanusMessage>;
  close(): void;
}

async function openLink(port: number, child: ChildProcess): Promise<Link> {
  const socket = await connect(port, child);
  const waiting = new Map<string, (message: JanusMessage) => void>();
  let asked = 0;
  let session: number | undefined;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(String(data)) as JanusMessage;
    // What a plugin does takes its time; the answer comes as an event.
    if (message.janus === 'ack' || message.transaction === undefined) return;
    waiting.get(message.transaction)?.(message);
    waiting.delete(message.transaction);
  });
  const ask = async (request: object) => {
    asked += 1;
    const transaction = String(asked);
    const answered = new Promise<JanusMessage>((resolve) => waiting.set(transaction, resolve));
    const ofSession = session === undefined ? {} : { session_id: session };
    socket.send(JSON.stringify({ ...request, ...ofSession, transaction }));
    const answer = await answered;
    const problem = answer.error?.reason ?? answer.plugindata?.data.error;
    if (problem !== undefined) throw new Error(`Janus: ${problem}`);
    return answer;
  };
  session = (await ask({ janus: 'create' })).data!.id;
  const keeping = setInterval(() => void ask({ janus: 'keepalive' }).catch(() => {}), keepAliveEveryMs);
  return {
    ask,
    close: () => {
      clearInterval(keeping);
      socket.close();
    },
  };
}

async function connect(port: number, child: ChildProcess): Promise<WebSocket> {
  const untilMs = performance.now() + startWithinMs;
  for (;;) {
    const socket = new WebSocket(`ws://${host}:${port}`, 'janus-protocol');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return socket;
    if (child.exitCode !== null || performance.now() > untilMs) throw new Error('Janus does not start');
    await wait(100);
  }
}

/** DTLS as client in both ways, as the synthetic participants can. */
function line(
  mid: string,
  direction: 'sendonly' | 'recvonly',
  { ufrag, pwd, fingerprint }: PeerFacts,
  { kind, ssrc, payloadType }: JanusStream,
): string {
  const hex = fingerprint.toUpperCase().match(/../g)!.join(':');
  const codec = kind === 'audio' ? 'opus/48000/2' : 'VP8/90000';
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${direction}`,
    'a=rtcp-mux',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${hex}`,
    'a=setup:active',
    `a=rtpmap:${payloadType} ${codec}`,
    ...(kind === 'video' ? [`a=rtcp-fb:${payloadType} nack`, `a=rtcp-fb:${payloadType} nack pli`] : []),
    ...(ssrc === 0 ? [] : [`a=ssrc:${ssrc} cname:load`]),
  ].join('\r\n');
}

function describeLines(lines: readonly string[]): string {
  const mids = lines.map((text) => /a=mid:(\S+)/.exec(text)![1]).join(' ');
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mids}`];
  return [...head, ...lines, ''].join('\r\n');
}

function readLines(
  sdp: string,
): { readonly mid: string; readonly kind: 'audio' | 'video'; readonly payloadType: number }[] {
  return sdp
    .split(/^m=/m)
    .slice(1)
    .map((text) => ({
      mid: /a=mid:(\S+)/.exec(text)![1]!,
      kind: text.startsWith('audio') ? 'audio' : 'video',
      payloadType: Number(/^\S+ \S+ \S+ (\d+)/.exec(text)![1]),
    }));
}

function readRemote(sdp: string): PeerRemote {
  const find = (pattern: RegExp): string => {
    const found = pattern.exec(sdp)?.[1];
    if (found === undefined) throw new Error('Janus described itself otherwise than thought');
    return found;
  };
  return {
    ufrag: find(/a=ice-ufrag:(\S+)/),
    pwd: find(/a=ice-pwd:(\S+)/),
    fingerprint: find(/a=fingerprint:sha-256 (\S+)/)
      .replaceAll(':', '')
      .toLowerCase(),
    // Janus never offers the loopback address.
    host: find(/a=candidate:\S+ 1 udp \d+ (\d+\.\S+) \d+/i),
    port: Number(find(/a=candidate:\S+ 1 udp \d+ \d+\.\S+ (\d+)/i)),
  };
}
