/** For fuzzing: both ends of the control of a relay, and the seal of a link, without sockets. */
import { createSeal, encodeServerProof, readServerProof } from '../control/controlSeal.ts';
import { RelayControls } from '../control/relayControls.ts';
import { RelayLink } from '../control/relayLink.ts';
import { createRoomHost } from '../rooms/createRoomHost.ts';
import { systemRelayClock } from '../turn/clock.ts';

const secret = 'a secret of tests, of 32 characters';
const handshake = {
  relayNonce: Buffer.alloc(32, 1),
  serverNonce: Buffer.alloc(32, 2),
  owner: Buffer.alloc(16, 3),
};

export class ControlEnds {
  /** The frame that the relay awaits. */
  readonly sealed = createSeal(secret, handshake, 'server').seal(Buffer.from('first'));
  readonly #link = new RelayLink(secret);
  readonly #end;

  constructor() {
    const { nowMs } = systemRelayClock;
    const controls = new RelayControls({ nowMs });
    const told = (event: Parameters<typeof controls.told>[0]) => controls.told(event);
    const media = { open: () => fail() };
    controls.serve(createRoomHost({ secret, instance: 'one', nowMs, told }, media));
    this.#end = controls.attach('server', () => {});
    this.#link.up('one', () => {});
  }

  /** Whether the relay takes it for a message. */
  toRelay(frame: Uint8Array): boolean {
    return this.#end.receive(frame);
  }

  /** Whether the server takes it for a reply. */
  toServer(frame: Uint8Array): boolean {
    return this.#link.receive(frame);
  }

  /** Whether a relay at the beginning of a link takes it for the next frame. */
  opens(sealed: Uint8Array): boolean {
    return createSeal(secret, handshake, 'relay').open(sealed) !== null;
  }
}

/** A server's proof, and whether a relay takes one. */
export function controlProof() {
  return {
    proof: encodeServerProof(secret, handshake),
    isTaken: (proof: Uint8Array) => readServerProof(secret, handshake.relayNonce, proof) !== null,
  };
}

function fail(): never {
  throw new Error('nobody has a ticket');
}
