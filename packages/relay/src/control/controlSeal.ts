/**
 * Who is at the other end of a control link, and what it carries (spec/callSeats.md §Between server and relay). Both prove
 * that they have the secret, over random numbers of both; from then on every frame is sealed under keys of this link
 * alone, in its place: what is forged, replayed, left out or sent back to who sent it does not open.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

export const nonceSizeBytes = 32;
const ownerSizeBytes = 16;
const macSizeBytes = 32;
const keySizeBytes = 32;
const tagSizeBytes = 16;
const algorithm = 'aes-256-gcm';

/** What both know once both have said who they are. */
export interface Handshake {
  readonly relayNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  /** 16 random bytes of the server's run: by them it gets its rooms back. */
  readonly owner: Uint8Array;
}

/** Seals what goes one way, and opens what comes the other. */
export interface ControlSeal {
  seal(frame: Uint8Array): Uint8Array;
  /** Null where it is not the next frame of the other side. */
  open(sealed: Uint8Array): Uint8Array | null;
}

/** The server's answer to the relay's number: server nonce(32) ‖ owner(16) ‖ MAC(32). */
export function encodeServerProof(secret: string, handshake: Handshake): Uint8Array {
  const { serverNonce, owner } = handshake;
  return Buffer.concat([serverNonce, owner, macOf(secret, 'server', handshake)]);
}

/** What the server said; null where it has not got the secret, or answers another number. */
export function readServerProof(secret: string, relayNonce: Uint8Array, proof: Uint8Array): Handshake | null {
  if (proof.length !== nonceSizeBytes + ownerSizeBytes + macSizeBytes) return null;
  const serverNonce = proof.slice(0, nonceSizeBytes);
  const owner = proof.slice(nonceSizeBytes, nonceSizeBytes + ownerSizeBytes);
  const handshake = { relayNonce, serverNonce, owner };
  const mac = proof.subarray(nonceSizeBytes + ownerSizeBytes);
  return timingSafeEqual(mac, macOf(secret, 'server', handshake)) ? handshake : null;
}

export function encodeRelayProof(secret: string, handshake: Handshake): Uint8Array {
  return macOf(secret, 'relay', handshake);
}

export function isRelayProof(secret: string, handshake: Handshake, proof: Uint8Array): boolean {
  return proof.length === macSizeBytes && timingSafeEqual(proof, macOf(secret, 'relay', handshake));
}

/** A run of a server, as relays know it. */
export function createOwner(): Uint8Array {
  return randomBytes(ownerSizeBytes);
}

export function createSeal(secret: string, handshake: Handshake, side: 'server' | 'relay'): ControlSeal {
  const salt = Buffer.concat([handshake.relayNonce, handshake.serverNonce]);
  const info = Buffer.concat([Buffer.from('sotto relay control keys'), handshake.owner]);
  const keys = Buffer.from(hkdfSync('sha256', secret, salt, info, 2 * keySizeBytes));
  const [ofServer, ofRelay] = [keys.subarray(0, keySizeBytes), keys.subarray(keySizeBytes)];
  const [sealing, opening] = side === 'server' ? [ofServer, ofRelay] : [ofRelay, ofServer];
  let sealed = 0;
  let opened = 0;
  return {
    seal(frame) {
      const cipher = createCipheriv(algorithm, sealing, nonceOf(sealed));
      sealed += 1;
      return Buffer.concat([cipher.update(frame), cipher.final(), cipher.getAuthTag()]);
    },
    open(bytes) {
      if (bytes.length < tagSizeBytes) return null;
      const decipher = createDecipheriv(algorithm, opening, nonceOf(opened));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagSizeBytes));
      try {
        const frame = Buffer.concat([
          decipher.update(bytes.subarray(0, bytes.length - tagSizeBytes)),
          decipher.final(),
        ]);
        opened += 1;
        return frame;
      } catch {
        return null;
      }
    },
  };
}

/** The frame's number. */
function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 4);
  return nonce;
}

function macOf(
  secret: string,
  side: 'server' | 'relay',
  { relayNonce, serverNonce, owner }: Handshake,
): Buffer {
  const mac = createHmac('sha256', secret).update(`sotto relay control ${side}`);
  return mac.update(relayNonce).update(serverNonce).update(owner).digest();
}
