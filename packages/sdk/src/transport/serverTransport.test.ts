import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import type { ConnectionEvents } from '@sotto/client';
import { ErrorSchema, limits } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { openNodeSocket } from '../node/nodeSocket.ts';
import { systemClock } from '../systemClock.ts';
import { createServerTransport } from './serverTransport.ts';

let server: Server;
let sockets: WebSocketServer;
let origin: string;
let answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    answer(request, Buffer.concat(chunks), response);
  });
  sockets = new WebSocketServer({ server, path: '/api/v1/connection' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const protobuf = { 'content-type': 'application/x-protobuf' };
const open = () => createServerTransport(origin, openNodeSocket, systemClock);

/** Events of a connection as they come, to be waited for. */
function record(): { events: ConnectionEvents; next: () => Promise<unknown[]> } {
  const seen: unknown[][] = [];
  const waiting: ((event: unknown[]) => void)[] = [];
  const add = (...event: unknown[]): void => {
    const wanted = waiting.shift();
    if (wanted === undefined) seen.push(event);
    else wanted(event);
  };
  return {
    events: {
      open: () => add('open'),
      frame: (bytes) => add('frame', bytes),
      closed: (code) => add('closed', code),
    },
    next: () => {
      const event = seen.shift();
      return event !== undefined ? Promise.resolve(event) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

describe('signing in over HTTP', () => {
  it('posts the payload to the method and gives back the answer', async () => {
    answer = (request, body, response) => {
      expect(request.method).toBe('POST');
      expect(request.url).toBe('/api/v1/StartLogin');
      expect(request.headers['content-type']).toBe('application/x-protobuf');
      response.writeHead(200, protobuf).end(Buffer.from(body).reverse());
    };
    const got = await open().signIn('StartLogin', Uint8Array.of(1, 2, 3));
    expect(got).toEqual({ kind: 'answer', payload: Uint8Array.of(3, 2, 1) });
  });

  it('gives back a declared error', async () => {
    answer = (_request, _body, response) => {
      const error = create(ErrorSchema, { code: 'rate_limited', retryAfterMs: 1500 });
      response.writeHead(429, protobuf).end(toBinary(ErrorSchema, error));
    };
    const got = await open().signIn('StartLogin', new Uint8Array(0));
    expect(got).toMatchObject({ kind: 'error', error: { code: 'rate_limited', retryAfterMs: 1500 } });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    [
      'a proxy speaks',
      (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502</h1>'),
    ],
    ['it redirects', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['the error does not decode', (response) => response.writeHead(400, protobuf).end(Buffer.of(255, 255))],
    [
      'the body is cut off',
      (response) => {
        response.writeHead(200, { ...protobuf, 'content-length': 10 }).write('abc', () => response.destroy());
      },
    ],
    [
      'the body is larger than any answer',
      (response) => response.writeHead(200, protobuf).end(Buffer.alloc(limits.serverFrameSizeBytes + 1)),
    ],
  ])('calls the server unreachable where %s', async (_name, respond) => {
    answer = (_request, _body, response) => respond(response);
    expect(await open().signIn('FinishLogin', new Uint8Array(0))).toEqual({ kind: 'unreachable' });
  });

  it('calls a server unreachable that is not there', async () => {
    const transport = createServerTransport('http://127.0.0.1:1', openNodeSocket, systemClock);
    expect(await transport.signIn('DescribeServer', new Uint8Array(0))).toEqual({ kind: 'unreachable' });
  });
});

describe('the connection', () => {
  it('carries binary frames both ways and tells how it ended', async () => {
    sockets.on('connection', (socket) => {
      socket.on('message', (data) => {
        socket.send(data as Buffer);
        socket.close(4001);
      });
    });
    const { events, next } = record();
    const connection = open().connect(events);
    expect(await next()).toEqual(['open']);
    connection.send(Uint8Array.of(7, 8));
    expect(await next()).toEqual(['frame', Uint8Array.of(7, 8)]);
    expect(await next()).toEqual(['closed', 4001]);
    connection.send(Uint8Array.of(1));
    connection.close();
  });

  it('ends over text frames and frames beyond the limit', async () => {
    for (const frame of ['text', Buffer.alloc(limits.serverFrameSizeBytes + 1)]) {
      sockets.once('connection', (socket) => {
        socket.on('error', () => {});
        socket.send(frame);
      });
      const { events, next } = record();
      open().connect(events);
      expect(await next()).toEqual(['open']);
      expect((await next())[0]).toBe('closed');
    }
  });

  it('says nothing more once it is closed by its owner', async () => {
    const gone = new Promise<void>((resolve) => {
      sockets.on('connection', (socket) => socket.on('close', () => resolve()));
    });
    const { events, next } = record();
    const connection = open().connect(events);
    await next();
    const heard: unknown[] = [];
    events.closed = (code) => heard.push(code);
    connection.close();
    await gone;
    expect(heard).toEqual([]);
  });

  it('closes when nobody is there, and when opening takes too long', async () => {
    const { events, next } = record();
    createServerTransport('http://127.0.0.1:1', openNodeSocket, systemClock).connect(events);
    expect(await next()).toEqual(['closed', null]);

    const slow = record();
    let timeOut = (): void => {};
    const clock = {
      schedule: (_delayMs: number, run: () => void) => {
        timeOut = run;
        return () => {};
      },
    };
    server.removeAllListeners('upgrade');
    createServerTransport(origin, openNodeSocket, clock).connect(slow.events);
    timeOut();
    expect(await slow.next()).toEqual(['closed', null]);
  });
});
