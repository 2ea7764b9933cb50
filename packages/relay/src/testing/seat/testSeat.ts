/**
 * For tests and measurements: the other end of a `MediaTransport` over real UDP or TCP. It does what a browser does to get
 * there: checks of ICE in control, a DTLS handshake as client, SRTP.
 */

import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import { createDtlsIdentity, type DtlsIdentity } from '../../dtls/identity.ts';
import type { LocalMedia, RemoteMedia } from '../../media/mediaTransport.ts';
import { FrameSplitter } from '../../net/frameSplitter.ts';
import { isRtcp } from '../../srtp/rtpPacket.ts';
import { createSrtpCipher } from '../../srtp/srtpCipher.ts';
import { deriveSessionKeys } from '../../srtp/srtpKeys.ts';
import type { SrtpProfile } from '../../srtp/srtpProfile.ts';
import { SrtpReceiver } from '../../srtp/srtpReceiver.ts';
import { frameHeaderSizeBytes, SrtpSender } from '../../srtp/srtpSender.ts';
import { attributes, classes, methods } from '../../stun/constants.ts';
import { encodeStun } from '../../stun/encodeStun.ts';
import { StunMessage } from '../../stun/stunMessage.ts';
import { DtlsClient } from './dtlsClient.ts';

/** What a seat says of itself, before it knows where to go. */
export interface TestSeatIdentity {
  readonly remote: RemoteMedia;
  readonly identity: DtlsIdentity;
}

export interface TestSeatOptions extends TestSeatIdentity {
  /** Which of the candidates; the first one of UDP. */
  readonly isTcp?: boolean;
  readonly address?: string;
  readonly onRtp?: (packet: Buffer) => void;
  readonly onRtcp?: (packet: Buffer) => void;
  readonly signingKey?: KeyObject;
  readonly profiles?: readonly SrtpProfile[];
  /** Datagrams that get lost on the way there. */
  readonly loses?: (bytes: Buffer) => boolean;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

export interface TestSeat {
  readonly profile: SrtpProfile;
  sendRtp(packet: Buffer): void;
  sendRtcp(packet: Buffer): void;
  /** As it is, sealed or not. */
  sendRaw(bytes: Buffer): void;
  /** Sealed as `sendRtp` would. */
  seal(packet: Buffer): Buffer;
  /** After `MediaTransport.restart`: goes on under these, by the same socket. */
  restart(remote: RemoteMedia, local: LocalMedia): void;
  /** Over TCP: reads nothing for a while. */
  pause(isPaused: boolean): void;
  /** Whether the relay ended it. */
  readonly hasEnded: boolean;
  /** Says goodbye, where `isSudden` is not set. */
  close(options?: { readonly isSudden?: boolean }): void;
}

const checkEveryMs = 50;
const consentEveryMs = 2000;
const tickEveryMs = 50;
const connectWithinMs = 30_000;
const firstRtpByte = 128;
const firstDtlsByte = 20;

/** For `MediaPort.open`, then `connectTestSeat`. Many may share one identity: a key costs time. */
export function createTestSeatIdentity(identity = createDtlsIdentity(Date.now())): TestSeatIdentity {
  const text = (sizeBytes: number) => randomBytes(sizeBytes).toString('base64');
  return { identity, remote: { ufrag: text(6), pwd: text(18), fingerprint: identity.fingerprint } };
}

/** Connects to where `local` says; rejects where that does not happen. */
export async function connectTestSeat(local: LocalMedia, options: TestSeatOptions): Promise<TestSeat> {
  const { isTcp = false, address, loses = () => false, signingKey, profiles, identity } = options;
  const to = local.candidates.find((c) => c.isTcp === isTcp && (address ?? c.address) === c.address);
  if (to === undefined) throw new Error('No such candidate');
  const wire = isTcp ? await openTcp(to) : await openUdp(to);
  const send = (bytes: Buffer) => {
    if (!loses(bytes)) wire.send(bytes);
  };
  const { promise, resolve, reject } = Promise.withResolvers<SrtpProfile>();
  const session = { local, ufrag: options.remote.ufrag };
  let keys: { sender: SrtpSender; receiver: SrtpReceiver } | null = null;
  let isChecked = false;
  let hasEnded = false;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  const dtls = new DtlsClient({
    identity,
    signingKey,
    profiles,
    serverFingerprint: local.fingerprint,
    send,
    connected: (profile, { client, server }) => {
      keys = {
        sender: new SrtpSender(createSrtpCipher(profile, deriveSessionKeys(profile, client))),
        receiver: new SrtpReceiver(createSrtpCipher(profile, deriveSessionKeys(profile, server))),
      };
      resolve(profile);
    },
    ended: () => {
      hasEnded = true;
      reject(new Error('The relay ended it'));
    },
  });
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - checkedAtMs > (isChecked ? consentEveryMs : checkEveryMs)) {
      checkedAtMs = nowMs;
      send(check(session));
    }
    if (isChecked) dtls.tick(nowMs);
  }, tickEveryMs);
  send(check(session));
  wire.received((bytes) => {
    const nowMs = performance.now();
    if (bytes[0]! >= firstRtpByte) {
      const opened = isRtcp(bytes) ? keys?.receiver.unprotectRtcp(bytes) : keys?.receiver.unprotectRtp(bytes);
      if (opened === undefined || typeof opened === 'string') return;
      if (isRtcp(opened)) options.onRtcp?.(opened);
      else options.onRtp?.(opened);
    } else if (bytes[0]! >= firstDtlsByte) dtls.receive(bytes, nowMs);
    else if (isSuccess(bytes, session.local) && !isChecked) {
      isChecked = true;
      dtls.start(nowMs);
    }
  });
  const close = ({ isSudden = false } = {}) => {
    clearInterval(timer);
    if (!isSudden) dtls.close();
    wire.close();
  };
  options.signal?.addEventListener('abort', () => reject(new Error('Given up')));
  const lateness = setTimeout(() => reject(new Error('Not connected in time')), connectWithinMs);
  const profile = await promise
    .catch((error: unknown) => {
      close({ isSudden: true });
      throw error;
    })
    .finally(() => clearTimeout(lateness));
  const sealed = (bytes: Buffer | null | undefined): Buffer => {
    if (bytes === null || bytes === undefined) throw new Error('Not sealed');
    return bytes.subarray(frameHeaderSizeBytes);
  };
  return {
    profile,
    sendRtp: (packet) => send(sealed(keys?.sender.protectRtp(packet))),
    sendRtcp: (packet) => send(sealed(keys?.sender.protectRtcp(packet))),
    sendRaw: send,
    seal: (packet) => sealed(keys?.sender.protectRtp(packet)),
    restart: (remote, next) => {
      session.local = next;
      session.ufrag = remote.ufrag;
      send(check(session));
    },
    pause: (isPaused) => wire.pause(isPaused),
    get hasEnded() {
      return hasEnded;
    },
    close,
  };
}

interface Wire {
  send(bytes: Buffer): void;
  received(handler: (bytes: Buffer) => void): void;
  pause(isPaused: boolean): void;
  close(): void;
}

interface Destination {
  readonly address: string;
  readonly port: number;
}

async function openUdp({ address, port }: Destination): Promise<Wire> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    recvBufferSize: 4 << 20,
    lookup: (name, _options, callback) => callback(null, name, family),
  });
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  let isOpen = true;
  return {
    send: (bytes) => {
      if (isOpen) socket.send(bytes, port, address);
    },
    received: (handler) => socket.on('message', handler),
    pause: () => {},
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      // What is on its way out still goes.
      setImmediate(() => socket.close());
    },
  };
}

async function openTcp({ address, port }: Destination): Promise<Wire> {
  const socket = connect({ host: address, port, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  const splitter = new FrameSplitter();
  return {
    send: (bytes) => {
      const header = Buffer.alloc(2);
      header.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([header, bytes]));
    },
    received: (handler) => socket.on('data', (chunk: Buffer) => splitter.push(chunk, handler)),
    pause: (isPaused) => (isPaused ? socket.pause() : socket.resume()),
    close: () => socket.destroySoon(),
  };
}

/** A check that nominates. */
function check({ local, ufrag }: { readonly local: LocalMedia; readonly ufrag: string }): Buffer {
  return encodeStun({
    method: methods.binding,
    class: classes.request,
    transactionId: randomBytes(12),
    attributes: [
      [attributes.username, Buffer.from(`${local.ufrag}:${ufrag}`)],
      [attributes.iceControlling, randomBytes(8)],
      [attributes.priority, Buffer.of(0x6e, 0x7f, 0x1e, 0xff)],
      [attributes.useCandidate, Buffer.alloc(0)],
    ],
    key: Buffer.from(local.pwd),
    hasFingerprint: true,
  });
}

function isSuccess(bytes: Buffer, { pwd }: LocalMedia): boolean {
  const message = StunMessage.decode(bytes);
  return message?.class === classes.success && message.isProtectedBy(Buffer.from(pwd));
}
