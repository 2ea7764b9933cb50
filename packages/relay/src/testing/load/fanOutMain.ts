/**
 * The least that a relay of a call can do: a process that sends each packet on to everybody else, as it is, or opened once and
 * sealed for each as SRTP is (AEAD_AES_128_GCM). It knows nobody, rewrites nothing and keeps nothing.
 */
import { createSocket } from 'node:dgram';
import { LoadSrtp } from './loadSrtp.ts';

const [keyText] = process.argv.slice(2);
const key = keyText === undefined || keyText === '' ? null : Buffer.from(keyText, 'hex');
const srtpOf = () =>
  key === null ? null : new LoadSrtp({ key: key.subarray(0, 16), salt: key.subarray(16) });

interface Place {
  readonly port: number;
  readonly address: string;
  readonly srtp: LoadSrtp | null;
}

const places = new Map<number, Place>();
const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 << 20,
  sendBufferSize: 4 << 20,
  lookup: (host, _options, callback) => callback(null, host, 4),
});
socket.on('message', (bytes, { address, port }) => {
  let from = places.get(port);
  if (from === undefined) {
    from = { port, address, srtp: srtpOf() };
    places.set(port, from);
  }
  const type = bytes[1] ?? 200;
  if (bytes.length < 12 || (type >= 192 && type <= 223)) return;
  const packet = from.srtp === null ? bytes : from.srtp.openRtp(bytes);
  if (packet === null) return;
  for (const to of places.values())
    if (to !== from) socket.send(to.srtp === null ? packet : to.srtp.sealRtp(packet), to.port, to.address);
});
socket.bind(0, '127.0.0.1', () => process.send?.({ port: socket.address().port }));
process.once('disconnect', () => process.exit(0));
