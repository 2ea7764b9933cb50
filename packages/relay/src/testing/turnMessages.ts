/** For tests: requests of a TURN client, and what it reads out of the answers. */
import { attributes, classes, methods } from '../stun/constants.ts';
import { encodeStun } from '../stun/encodeStun.ts';
import type { StunMessage } from '../stun/stunMessage.ts';
import { encodeXorAddress, type TransportAddress } from '../stun/xorAddress.ts';

export type TestAttributes = readonly (readonly [type: number, value: Uint8Array])[];

export const requestedUdp = [attributes.requestedTransport, Uint8Array.of(17, 0, 0, 0)] as const;

export function lifetimeOf(seconds: number): readonly [number, Uint8Array] {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(seconds);
  return [attributes.lifetime, value];
}

export function channelNumber(number: number): readonly [number, Uint8Array] {
  const value = Buffer.alloc(4);
  value.writeUInt16BE(number);
  return [attributes.channelNumber, value];
}

export function peerAddress(
  peer: TransportAddress,
  transactionId: Uint8Array,
): readonly [number, Uint8Array] {
  return [attributes.xorPeerAddress, encodeXorAddress(peer, transactionId)];
}

export function sendIndication(peer: TransportAddress, data: Uint8Array): Buffer {
  const transactionId = Buffer.alloc(12, 7);
  return encodeStun({
    method: methods.send,
    class: classes.indication,
    transactionId,
    attributes: [peerAddress(peer, transactionId), [attributes.data, data]],
  });
}

export function channelData(number: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(number, 0);
  header.writeUInt16BE(data.length, 2);
  return Buffer.concat([header, data]);
}

/** 0 where it is no error. */
export function errorCodeOf(message: StunMessage): number {
  const value = message.find(attributes.errorCode);
  return value === null ? 0 : value[2]! * 100 + value[3]!;
}

/** Of IPv4. */
export function readAddress(value: Buffer): TransportAddress {
  const octets = [...value.subarray(4, 8)].map((octet, i) => octet ^ [0x21, 0x12, 0xa4, 0x42][i]!);
  return { address: octets.join('.'), port: value.readUInt16BE(2) ^ 0x2112 };
}
