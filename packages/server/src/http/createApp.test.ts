import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import type { ConversationId } from '@sotto/protocol';
import { closeCodes, ErrorSchema, limits } from '@sotto/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../config.ts';
import { createServer, type RunningServer } from '../createServer.ts';
import { silentLogger } from '../systemPorts.ts';
import { connectSocket, signInOver } from '../testing/socketClient.ts';
import { createTestAccount, messageAppend, randomId, register } from '../testing/testClient.ts';
import { createApp } from './createApp.ts';

let folder: string;
let server: RunningServer;

async function start(changes: Partial<Config> = {}): Promise<RunningServer> {
  const read = readConfig({});
  if (read.kind === 'invalid') throw new Error(read.sentence);
  const dataFolder = mkdtempSync(join(folder, 'data-'));
  const outcome = await createServer({
    config: { ...read.config, port: 0, callsPort: null, dataFolder, ...changes },
  });
  if (outcome.kind === 'refused') throw new Error(outcome.sentence);
  return outcome.server;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-http-'));
  const web = join(folder, 'web');
  mkdirSync(join(web, 'assets'), { recursive: true });
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>Sotto</title>');
  writeFileSync(join(web, 'assets', 'app-1234.js'), 'export {};');
  writeFileSync(join(web, 'assets', 'app-1234.js.br'), brotliCompressSync('export {};'));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  server = await start({ webFolder: web, metrics: { kind: 'token', token: 'a token of some length' } });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('HTTP', () => {
  it('serves the web app under strict headers', async () => {
    for (const path of ['/', '/conversation/1', '/?x=<script>']) {
      const page = await fetch(server.address + path);
      expect(await page.text()).toContain('<title>Sotto');
      expect(page.headers.get('cache-control')).toBe('no-cache');
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toContain('unsafe-inline');
      expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      expect(page.headers.get('x-frame-options')).toBeNull();
    }
  });

  it('serves compressed assets for ever, and nothing outside its folder', async () => {
    const headers = { 'accept-encoding': 'br' };
    const asset = await fetch(`${server.address}/assets/app-1234.js`, { headers });
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(await asset.text()).toBe('export {};');
    expect((await fetch(`${server.address}/assets/gone.js`)).status).toBe(404);
    expect((await fetch(`${server.address}/api/nothing`)).status).toBe(404);
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
    ]) {
      expect(await rawGet(path)).not.toContain('secret');
    }
  });

  it('says that it is well, and shows metrics to who may see them', async () => {
    expect(await (await fetch(`${server.address}/health`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${server.address}/metrics`)).status).toBe(401);
    const headers = { authorization: 'Bearer a token of some length' };
    expect(await (await fetch(`${server.address}/metrics`, { headers })).text()).toContain(
      'sotto_connections',
    );
  });

  it('refuses sign-in bodies that are too large, of another type or malformed', async () => {
    const post = async (body: Uint8Array<ArrayBuffer>, type = 'application/x-protobuf') => {
      const init = { method: 'POST', body, headers: { 'content-type': type } };
      const response = await fetch(`${server.address}/api/v1/StartLogin`, init);
      return {
        status: response.status,
        error: fromBinary(ErrorSchema, new Uint8Array(await response.arrayBuffer())),
      };
    };
    expect(await post(new Uint8Array(limits.signInRequestSizeBytes + 1))).toMatchObject({
      status: 413,
      error: { code: 'too_large', limit: BigInt(limits.signInRequestSizeBytes) },
    });
    expect(await post(new Uint8Array([255, 255]))).toMatchObject({
      status: 400,
      error: { code: 'malformed' },
    });
    expect(await post(new Uint8Array(2), 'application/json')).toMatchObject({
      status: 400,
      error: { code: 'malformed' },
    });
    const unknown = await fetch(`${server.address}/api/v1/DropTables`, { method: 'POST' });
    expect(unknown.status).toBe(404);
  });

  it('refuses pages of other origins', async () => {
    const headers = { origin: 'https://evil.example' };
    const response = await fetch(`${server.address}/api/v1/DescribeServer`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    await expect(connectSocket(server.address, headers)).rejects.toThrow('403');
    const own = await connectSocket(server.address, { origin: server.address });
    own.socket.terminate();
  });

  it('refuses a message of 20 MB by ending the connection with the size limit, and stays up', async () => {
    const account = createTestAccount('ann');
    expect(await register(signInOver(server.address), account)).toBeNull();
    const connection = await connectSocket(server.address);
    await connection.authenticate(account);
    const conversationId = randomId<ConversationId>();
    const smaller = messageAppend(conversationId, 1n, 'x'.repeat(1024 * 1024));
    expect(await connection.call('append', smaller)).toMatchObject({
      error: { code: 'too_large', limit: BigInt(limits.messageBodySizeBytes) },
    });
    connection.sendRaw(new Uint8Array(20 * 1024 * 1024));
    await connection.until(() => connection.closed !== null);
    expect(connection.closed?.code).toBe(closeCodes.tooLarge);
    const again = await connectSocket(server.address);
    expect(await again.authenticate(account)).toMatchObject({ kind: 'done' });
    again.sendRaw(Buffer.from([1, 2, 3]));
    again.socket.send('text');
    await again.until(() => again.errorsWithoutRequest.length === 2);
    again.socket.terminate();
  });

  it('says which port is taken', async () => {
    const port = Number(new URL(server.address).port);
    await expect(start({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use.`);
  });
});

/** A request whose path is sent as it is, which `fetch` would tidy up. */
function rawGet(path: string): Promise<string> {
  const { hostname, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

describe('strangers', () => {
  it('cannot have the server hold large frames before they have proven who they are', async () => {
    const { port } = new URL(server.address);
    const socket = connectTcp(Number(port), 'localhost');
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    socket.write(
      `GET /api/v1/connection HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    await new Promise((resolve) => socket.once('data', resolve));
    // A masked binary frame of 4 MiB that never ends.
    const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0]);
    socket.write(Buffer.concat([head, Buffer.alloc(512 * 1024)]));
    await closed;
    expect(received).toContain('101 Switching Protocols');
    // Not for having waited too long.
    expect(received).not.toContain('not authenticated in time');
  });

  it('have a time in which a request must arrive', async () => {
    const read = readConfig({});
    if (read.kind === 'invalid') throw new Error(read.sentence);
    const app = await createApp(server.service, { ...read.config, webFolder: null }, silentLogger);
    expect(app.server.headersTimeout).toBe(30_000);
    await app.close();
  });
});
