/** For tests: a TURN client on a real UDP socket. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Credentials } from '../turn/credentials.ts';
import { TestClient } from './testClient.ts';

export interface UdpClient {
  readonly turn: TestClient;
  readonly socket: Socket;
  send(bytes: Buffer): void;
  close(): void;
}

const answerWithinMs = 10_000;

/** `host`: an address of the relay. */
export async function openUdpClient(
  { host, port }: { host: string; port: number },
  credentials: Credentials,
): Promise<UdpClient> {
  const family = isIPv6(host) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    recvBufferSize: 4 << 20,
    lookup: (name, _options, callback) => callback(null, name, family),
  });
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const send = (bytes: Buffer) => socket.send(bytes, port, host);
  const exchange = (request: Buffer) =>
    new Promise<Buffer | null>((resolve) => {
      const take = (bytes: Buffer) => {
        if (bytes.compare(request, 8, 20, 8, 20) !== 0) return;
        clearTimeout(timer);
        socket.off('message', take);
        resolve(bytes);
      };
      const timer = setTimeout(() => {
        socket.off('message', take);
        resolve(null);
      }, answerWithinMs);
      socket.on('message', take);
      send(request);
    });
  return { turn: new TestClient(exchange, credentials), socket, send, close: () => socket.close() };
}
