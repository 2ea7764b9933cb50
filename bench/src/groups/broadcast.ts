import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { startChild } from '../server/childServer.ts';
import { appendFrameSizeBytes } from '../server/sizes.ts';

/** The floor of a post to many: sockets at a server that hands what one sends to the others (`runBroadcast.ts`). */
export interface Broadcast {
  /** Milliseconds until the last has what was sent. */
  send(): Promise<number>;
  close(): Promise<void>;
}

export async function openBroadcast(receivers: number): Promise<Broadcast> {
  const server = await startChild('broadcast', '');
  const open = async () => {
    const socket = new WebSocket(server.address.replace(/^http/, 'ws'), { perMessageDeflate: false });
    await once(socket, 'open');
    return socket;
  };
  const sender = await open();
  const sockets: WebSocket[] = [];
  let left = 0;
  let received = () => {};
  for (let i = 0; i < receivers; i++) {
    const socket = await open();
    socket.on('message', () => {
      left -= 1;
      if (left === 0) received();
    });
    sockets.push(socket);
  }
  return {
    send() {
      return new Promise((resolve) => {
        const startMs = performance.now();
        left = receivers;
        received = () => resolve(performance.now() - startMs);
        sender.send(randomBytes(appendFrameSizeBytes));
      });
    },
    async close() {
      for (const socket of [sender, ...sockets]) socket.terminate();
      await server.stop();
    },
  };
}
