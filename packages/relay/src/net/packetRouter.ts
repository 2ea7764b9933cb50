/** What came by the one port, to who it is for, by its first bytes (RFC 7983). */
import type { MediaServer } from '../media/mediaServer.ts';
import { maxMessageSizeBytes, type TurnServer } from '../turn/turnServer.ts';
import type { NetworkPath, PacketReceiver } from './packetReceiver.ts';

const firstDtlsByte = 20;
const lastDtlsByte = 63;
const firstRtpByte = 128;
const lastRtpByte = 191;

export class PacketRouter implements PacketReceiver {
  readonly #turn: TurnServer;
  readonly #media: MediaServer;

  constructor(turn: TurnServer, media: MediaServer) {
    this.#turn = turn;
    this.#media = media;
  }

  receive(path: NetworkPath, bytes: Buffer): void {
    const first = bytes[0] ?? 0;
    const isDtls = first >= firstDtlsByte && first <= lastDtlsByte;
    const isMedia = isDtls || (first >= firstRtpByte && first <= lastRtpByte);
    // Nobody can be answered at port 0 (RFC 768); TURN counts it.
    const isSound = path.port !== 0 && bytes.length <= maxMessageSizeBytes;
    if (isMedia && isSound) this.#media.receive(path, bytes);
    else if (!isSound || !this.#isCheck(path, bytes)) this.#turn.receive(path, bytes);
  }

  /** Of ICE, or the answer to one. */
  #isCheck(path: NetworkPath, bytes: Buffer): boolean {
    if (bytes[1] !== 1) return false;
    if (bytes[0] === 0) return this.#media.receiveCheck(path, bytes);
    return bytes[0] === 1 && this.#media.receiveAnswer(path, bytes);
  }

  disconnected(path: NetworkPath): void {
    this.#media.disconnected(path);
    this.#turn.disconnected(path);
  }
}
