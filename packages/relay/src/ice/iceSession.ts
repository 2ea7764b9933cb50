/**
 * Checks of connectivity (RFC 8445 §7.3) as ICE-lite answers them: it looks for no paths, is never in control, and who knows its
 * password may say by which path it goes on. One thing it asks, beyond ICE-lite: that the peer is where its datagrams say.
 */
import { randomBytes } from 'node:crypto';
import { attributes, classes, errorCodes, methods } from '../stun/constants.ts';
import { encodeStun } from '../stun/encodeStun.ts';
import { encodeReply, failure, type Reply, success, uint16List } from '../stun/reply.ts';
import type { StunMessage } from '../stun/stunMessage.ts';
import { encodeXorAddress, type TransportAddress } from '../stun/xorAddress.ts';

/** Between two restarts. */
export interface IceSession {
  /** Counts restarts. */
  readonly generation: number;
  readonly ufrag: string;
  readonly pwd: string;
  readonly remoteUfrag: string;
  readonly remotePwd: string;
}

export type CheckOutcome =
  | { readonly kind: 'valid'; readonly reply: Buffer; readonly nominates: boolean; readonly priority: number }
  /** Of who knows the password, but not as it is to be. */
  | { readonly kind: 'refused'; readonly reply: Buffer }
  /** Of somebody else: not answered. */
  | { readonly kind: 'notAuthentic' };

const known: ReadonlySet<number> = new Set([
  attributes.username,
  attributes.messageIntegrity,
  attributes.priority,
  attributes.useCandidate,
]);

/** RFC 8445 §5.3 asks for 24 and 128 bits of randomness; these are 48 and 192. */
export function createIceSession(
  generation: number,
  remote: { readonly ufrag: string; readonly pwd: string },
): IceSession {
  return {
    generation,
    ufrag: randomBytes(6).toString('base64'),
    pwd: randomBytes(24).toString('base64'),
    remoteUfrag: remote.ufrag,
    remotePwd: remote.pwd,
  };
}

/** The part of USERNAME that names our session; null: there is none. */
export function localUfragOf(username: Buffer): string | null {
  const end = username.indexOf(':');
  return end <= 0 ? null : username.toString('latin1', 0, end);
}

export function answerCheck(
  request: StunMessage,
  { ufrag, pwd, remoteUfrag }: IceSession,
  from: TransportAddress,
): CheckOutcome {
  const key = Buffer.from(pwd);
  const username = request.find(attributes.username);
  if (username?.equals(Buffer.from(`${ufrag}:${remoteUfrag}`)) !== true || !request.isProtectedBy(key))
    return { kind: 'notAuthentic' };
  const reply = (answer: Reply) => encodeReply(request, answer, key);
  const unknown = request.unknownAttributes(known);
  if (unknown.length > 0) {
    const list = [attributes.unknownAttributes, uint16List(unknown)] as const;
    return { kind: 'refused', reply: reply(failure(errorCodes.unknownAttribute, list)) };
  }
  // Both would wait for the other: the peer takes control (RFC 8445 §7.3.1.1, our tie-breaker being the smallest).
  if (request.find(attributes.iceControlled) !== null)
    return { kind: 'refused', reply: reply(failure(errorCodes.roleConflict)) };
  const priority = request.find(attributes.priority);
  if (priority !== null && priority.length !== 4)
    return { kind: 'refused', reply: reply(failure(errorCodes.badRequest)) };
  const mapped = encodeXorAddress(from, request.transactionId);
  return {
    kind: 'valid',
    reply: reply(success([attributes.xorMappedAddress, mapped])),
    nominates: request.find(attributes.useCandidate) !== null,
    priority: priority?.readUInt32BE(0) ?? 0,
  };
}

/** Of a host's candidate, the best there is. */
const ownPriority = Buffer.of(0x7e, 0xff, 0xff, 0xff);

/** Asks the peer, by a path, for a sign that it gets what is sent there. `transactionId`: 12 random bytes. */
export function proofRequest(
  { ufrag, remoteUfrag, remotePwd }: IceSession,
  transactionId: Uint8Array,
): Buffer {
  return encodeStun({
    method: methods.binding,
    class: classes.request,
    transactionId,
    attributes: [
      [attributes.username, Buffer.from(`${remoteUfrag}:${ufrag}`)],
      [attributes.iceControlled, Buffer.alloc(8)],
      [attributes.priority, ownPriority],
    ],
    key: Buffer.from(remotePwd),
    hasFingerprint: true,
  });
}

/** Whether it is the peer's answer to that. */
export function isProof(answer: StunMessage, { remotePwd }: IceSession, transactionId: Uint8Array): boolean {
  return (
    answer.class === classes.success &&
    answer.method === methods.binding &&
    answer.transactionId.equals(transactionId) &&
    answer.isProtectedBy(Buffer.from(remotePwd))
  );
}
