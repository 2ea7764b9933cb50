/** What servers and relays tell each other about rooms: messages at both ends, and the link between machines. */
import {
  ControlEnds,
  controlProof,
  decodeRelayReply,
  decodeServerMessage,
  encodeRelayReply,
  encodeServerMessage,
} from '@sotto/relay/testing';
import type { Target } from '../target.ts';

const roomId = 'room-of-the-fuzzer';
const joinId = '0123456789abcdef';

export function controlTargets(): Target[] {
  const seat = { roomId, joinId };
  const bytes = Buffer.alloc(40, 7);
  const samples = [
    encodeServerMessage({ kind: 'seats', rooms: [[roomId, [joinId]]] }),
    encodeServerMessage({ kind: 'openSeat', ...seat }),
    encodeServerMessage({ kind: 'closeSeat', ...seat }),
    encodeServerMessage({ kind: 'closeRoom', roomId }),
    encodeServerMessage({
      kind: 'ask',
      id: 1,
      nowMs: 1_900_000_000_000,
      ticket: bytes,
      request: bytes,
      addresses: ['10.0.0.1'],
    }),
    encodeRelayReply({ kind: 'answer', id: 1, answer: bytes }),
    encodeRelayReply({ kind: 'seat', ...seat, event: bytes }),
    encodeRelayReply({ kind: 'lost', ...seat }),
    encodeRelayReply({ kind: 'report', cpuShare: 0.5, counters: { seats: 1 } }),
  ];
  const ends = new ControlEnds();
  const { proof, isTaken } = controlProof();
  return [
    {
      name: 'relay.control',
      samples,
      run(input) {
        const message = decodeServerMessage(input);
        if (message !== null)
          decodeServerMessage(encodeServerMessage(message)) ?? fail('a message of the server');
        const reply = decodeRelayReply(input);
        if (reply !== null) decodeRelayReply(encodeRelayReply(reply)) ?? fail('a reply of the relay');
        if (ends.toRelay(input) !== (message !== null)) fail('what the relay took');
        if (ends.toServer(input) !== (reply !== null)) fail('what the server took');
      },
    },
    {
      name: 'relay.controlLink',
      samples: [proof, ends.sealed, ...samples],
      run(input) {
        if (isTaken(input) && !Buffer.from(input).equals(proof)) fail('a forged proof');
        if (ends.opens(input) && !Buffer.from(input).equals(ends.sealed)) fail('a forged frame');
      },
    },
  ];
}

function fail(what: string): never {
  throw new Error(`${what} means something else, or too much`);
}
