/**
 * What rooms see of the network (spec/relay.md §Media): a seat's media as plain packets, whatever carries them. ICE,
 * DTLS and SRTP end below it; packets above it are whole RTP or RTCP packets without any seal of SRTP.
 */

/** What the other side of a seat said of itself in its request. */
export interface RemoteMedia {
  readonly ufrag: string;
  readonly pwd: string;
  /** SHA-256 over the certificate it will prove to have (32 bytes). */
  readonly fingerprint: Uint8Array;
}

/** What the other side needs to come here. */
export interface LocalMedia {
  readonly ufrag: string;
  readonly pwd: string;
  /** SHA-256 over the relay's certificate (32 bytes), the same for all seats of a process. */
  readonly fingerprint: Uint8Array;
  readonly candidates: readonly MediaCandidate[];
}

/** A host candidate; those of TCP are passive (RFC 6544). */
export interface MediaCandidate {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
  readonly isTcp: boolean;
}

export interface MediaPort {
  /** Lets one peer in. It has nothing on the network before it comes by itself, so `lastAliveMs` tells who never did. */
  open(options: { readonly remote: RemoteMedia; readonly handler: MediaHandler }): MediaTransport;
}

export interface MediaTransport {
  readonly local: LocalMedia;
  /** When it was opened, or the peer last proved to be there (a check of ICE, or an authentic packet); of the clock of `onRtp`. */
  readonly lastAliveMs: number;
  /** From `onConnected` until `onClosed` or `close`. */
  readonly isConnected: boolean;
  /** ICE restart: what is connected goes on where it goes until the peer nominates a path under the new credentials. */
  restart(remote: { readonly ufrag: string; readonly pwd: string }): LocalMedia;
  /**
   * Sends one RTP packet, which is copied: the caller may write to it as soon as this returns. False where it was not
   * sent: not connected, no consent, a slow TCP connection, not RTP, or a sequence number (of its SSRC) that was sent
   * before, which would use a nonce twice: what is sent again goes as RTX.
   */
  sendRtp(packet: Buffer): boolean;
  /** Sends one compound RTCP packet, which is copied; false as in `sendRtp`. */
  sendRtcp(packet: Buffer): boolean;
  /** Ends it and tells the peer. The handler is told nothing any more. */
  close(): void;
}

/** Why a transport is over that was not closed from here. */
export type MediaClosedReason =
  /** The peer ended it. */
  | 'closedByPeer'
  /** The peer's certificate is not the seat's, or it has not got its key. */
  | 'notThePeer'
  /** The handshake was not done in time, or cannot be: nothing in common, or malformed. */
  | 'handshakeFailed';

export interface MediaHandler {
  onConnected(): void;
  /** An authentic RTP packet, seen for the first time, of 12 bytes at least. The handler may write to it and keep it. */
  onRtp(packet: Buffer, nowMs: number): void;
  /** An authentic RTCP packet (compound, as it came), of 8 bytes at least. The handler may write to it and keep it. */
  onRtcp(packet: Buffer, nowMs: number): void;
  /** It is over; nothing else follows. */
  onClosed(reason: MediaClosedReason): void;
}
