/**
 * The floor: what `ws` and `node:sqlite` take for the same bytes and nothing else. What arrives while input is
 * handled is inserted in one transaction; then each sender gets an acknowledgement per message and each receiver of
 * its group one frame with all of them.
 */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type WebSocket, WebSocketServer } from 'ws';
import { report } from './childServer.ts';
import { acknowledgementSizeBytes } from './sizes.ts';

const database = new DatabaseSync(join(process.argv[2]!, 'floor.db'));
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE');
database.exec('CREATE TABLE entry (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
const insert = database.prepare('INSERT INTO entry (bytes) VALUES (?)');
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');

interface Queued {
  readonly sender: WebSocket;
  readonly group: string;
  readonly entry: Buffer;
}
let queue: Queued[] = [];
const receivers = new Map<string, Set<WebSocket>>();
const acknowledgement = Buffer.alloc(acknowledgementSizeBytes);

const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const group = searchParams.get('group') ?? '';
  if (searchParams.get('role') === 'receiver') {
    const present = receivers.get(group) ?? new Set();
    receivers.set(group, present.add(socket));
  }
  socket.on('message', (data: Buffer) => {
    queue.push({ sender: socket, group, entry: data });
    if (queue.length === 1) setImmediate(flush);
  });
});

function flush(): void {
  const batch = queue;
  queue = [];
  begin.run();
  for (const { entry } of batch) insert.run(entry);
  commit.run();
  const byGroup = new Map<string, Buffer[]>();
  for (const { sender, group, entry } of batch) {
    sender.send(acknowledgement);
    const entries = byGroup.get(group);
    if (entries === undefined) byGroup.set(group, [entry]);
    else entries.push(entry);
  }
  for (const [group, entries] of byGroup) {
    const frame = Buffer.concat(entries);
    for (const receiver of receivers.get(group) ?? []) receiver.send(frame);
  }
}

sockets.on('listening', () => report(`http://127.0.0.1:${(sockets.address() as AddressInfo).port}`));
