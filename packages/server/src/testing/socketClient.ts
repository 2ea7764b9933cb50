/** For tests: the wire over real HTTP and WebSockets. */
import { fromBinary } from '@bufbuild/protobuf';
import { ErrorSchema } from '@sotto/protocol';
import { WebSocket } from 'ws';
import { type SignInCall, TestConnection } from './testClient.ts';

/** Sign-in over HTTP at `address`. */
export function signInOver(address: string): SignInCall {
  return async (method, payload) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    const response = await fetch(`${address}/api/v1/${method}`, {
      method: 'POST',
      headers,
      body: Buffer.from(payload),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return { kind: 'answer', payload: bytes };
    return { kind: 'error', error: { code: fromBinary(ErrorSchema, bytes).code } };
  };
}

export interface SocketConnection extends TestConnection {
  readonly socket: WebSocket;
}

/** A connection to `address`; open, or refused with an error. */
export function connectSocket(
  address: string,
  headers: Record<string, string> = {},
): Promise<SocketConnection> {
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/api/v1/connection`, { headers });
  const connection = new TestConnection((frame) => socket.send(frame));
  socket.on('message', (data: Buffer) => connection.receive(data));
  socket.on('close', (code) => connection.ended(code));
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(Object.assign(connection, { socket })));
    socket.on('error', reject);
  });
}
