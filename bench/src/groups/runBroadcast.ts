/** The floor of a post to many: what one socket sends, every other gets as it is, by `ws` and nothing else. */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { report } from '../server/childServer.ts';

const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('message', (data) => {
    for (const client of sockets.clients) if (client !== socket) client.send(data, { binary: true });
  });
});
sockets.on('listening', () => report(`http://127.0.0.1:${(sockets.address() as AddressInfo).port}`));
