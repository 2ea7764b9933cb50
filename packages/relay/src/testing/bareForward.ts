/** The least that a relay can do: a process that sends each datagram on to one address, and says what that took. */
import { createSocket } from 'node:dgram';

const [target] = process.argv.slice(2);
let forwarded = 0;
const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 << 20,
  sendBufferSize: 4 << 20,
  lookup: (host, _options, callback) => callback(null, host, 4),
});
socket.on('message', (bytes) => {
  forwarded += 1;
  socket.send(bytes, Number(target), '127.0.0.1');
});
socket.bind(0, '127.0.0.1', () => process.send?.({ kind: 'listening', port: socket.address().port }));
process.once('disconnect', () => process.exit(0));
setInterval(() => {
  const { user, system } = process.cpuUsage();
  process.send?.({ kind: 'counters', forwarded, cpuMs: (user + system) / 1000 });
}, 1000);
