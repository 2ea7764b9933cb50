import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributes, classes, methods, type StunClass } from './constants.ts';
import { encodeStun } from './encodeStun.ts';
import { StunMessage } from './stunMessage.ts';
import { addressOctets, decodeXorAddress, encodeXorAddress } from './xorAddress.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** RFC 5769 §2.1 to §2.4. */
const vectors = {
  request: hex(`000100582112a442b7e7a701bc34d686fa87dfae 802200105354554e207465737420636c69656e74
    002400046e0001ff 80290008932ff9b151263b36 000600096576746a3a68367659202020
    000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf`),
  ipv4: hex(`0101003c2112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220
    002000080001a147e112a643 000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96`),
  ipv6: hex(`010100482112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220
    002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9
    00080014a382954e4be67bf11784c97c8292c275bfe3ed41 80280004c8fb0b4c`),
  longTerm: hex(`000100602112a44278ad3433c6ad72c029da412e
    00060012e3839ee38388e383aae38383e382afe382b90000
    0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341
    0014000b6578616d706c652e6f726700 00080014f67024656dd64a3e02b8e0712e85c9a28ca89666`),
};
const password = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt');

function decoded(bytes: Buffer): StunMessage {
  const message = StunMessage.decode(bytes);
  if (message === null) throw new Error('not decoded');
  return message;
}

describe('STUN messages', () => {
  it('reads the vectors of RFC 5769', () => {
    const request = decoded(vectors.request);
    expect(request).toMatchObject({ method: methods.binding, class: classes.request, hasFingerprint: true });
    expect(request.find(attributes.username)?.toString()).toBe('evtj:h6vY');
    expect(request.isProtectedBy(password)).toBe(true);
    expect(request.isProtectedBy(Buffer.from('another'))).toBe(false);
    for (const response of [decoded(vectors.ipv4), decoded(vectors.ipv6)]) {
      expect(response).toMatchObject({ class: classes.success, hasFingerprint: true });
      expect(response.isProtectedBy(password)).toBe(true);
    }
    const longTerm = decoded(vectors.longTerm);
    const key = createHash('md5').update('マトリックス:example.org:TheMatrIX').digest();
    expect(longTerm.isProtectedBy(key)).toBe(true);
    expect(longTerm.hasFingerprint).toBe(false);
    expect(longTerm.find(attributes.nonce)?.toString()).toBe('f//499k954d6OL34oL9FSTvy64sA');
  });

  it('writes the addresses of RFC 5769, and reads those of IPv4', () => {
    const { transactionId } = decoded(vectors.ipv4);
    const ipv4 = decoded(vectors.ipv4).find(attributes.xorMappedAddress)!;
    expect(encodeXorAddress({ address: '192.0.2.1', port: 32853 }, transactionId)).toEqual(ipv4);
    expect(decodeXorAddress(ipv4)).toEqual({ kind: 'ipv4', address: 0xc0000201, port: 32853 });
    const ipv6 = decoded(vectors.ipv6).find(attributes.xorMappedAddress)!;
    const address = '2001:db8:1234:5678:11:2233:4455:6677';
    expect(encodeXorAddress({ address, port: 32853 }, transactionId)).toEqual(ipv6);
    expect(decodeXorAddress(ipv6)).toEqual({ kind: 'otherFamily' });
    expect(decodeXorAddress(Buffer.alloc(3))).toEqual({ kind: 'malformed' });
  });

  it('reads addresses as sockets write them', () => {
    const octets = (address: string) => Buffer.from(addressOctets(address)).toString('hex');
    expect(octets('198.18.0.1')).toBe('c6120001');
    expect(octets('fe80::1%eth0')).toBe('fe800000000000000000000000000001');
    expect(octets('::ffff:192.0.2.1')).toBe('00000000000000000000ffffc0000201');
    expect(octets('1::')).toBe('00010000000000000000000000000000');
    expect(octets('no address')).toBe('0'.repeat(32));
  });

  it('refuses what is shorter, longer, or changed in any byte that FINGERPRINT covers', () => {
    expect(StunMessage.decode(vectors.request.subarray(0, -4))).toBeNull();
    expect(StunMessage.decode(Buffer.concat([vectors.request, Buffer.alloc(4)]))).toBeNull();
    for (let i = 0; i < vectors.request.length; i++) {
      const changed = Buffer.from(vectors.request);
      changed[i]! ^= 0x40;
      const message = StunMessage.decode(changed);
      expect(message?.hasFingerprint === true && message.isProtectedBy(password)).toBe(false);
    }
  });

  it('passes over what comes after MESSAGE-INTEGRITY, and takes nothing after FINGERPRINT', () => {
    const after = (bytes: Buffer, more: Buffer) => {
      const longer = Buffer.concat([bytes, more]);
      longer.writeUInt16BE(longer.length - 20, 2);
      return StunMessage.decode(longer);
    };
    const appended = after(vectors.longTerm, hex('000d000400000000'));
    expect(appended?.find(attributes.lifetime)).toBeNull();
    expect(after(vectors.request, hex('000d000400000000'))).toBeNull();
    const tooMany = encodeStun({
      method: methods.binding,
      class: classes.request,
      transactionId: Buffer.alloc(12),
      attributes: Array.from({ length: 33 }, () => [0x8022, Buffer.alloc(1)] as const),
    });
    expect(StunMessage.decode(tooMany)).toBeNull();
  });

  it('reads back whatever it writes', () => {
    const anyClass = fc.constantFrom<StunClass[]>(...Object.values(classes));
    const attribute = fc.tuple(
      fc.integer({ min: 0x30, max: 0x7fff }).filter((type) => type !== attributes.messageIntegrity),
      fc.uint8Array({ maxLength: 50 }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xfff }),
        anyClass,
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.array(attribute, { maxLength: 8 }),
        fc.option(fc.uint8Array({ maxLength: 32 }), { nil: undefined }),
        fc.boolean(),
        (method, messageClass, transactionId, list, key, hasFingerprint) => {
          const parts = { method, class: messageClass, transactionId, attributes: list, key, hasFingerprint };
          const message = decoded(encodeStun(parts));
          expect(message).toMatchObject({ method, class: messageClass, hasFingerprint });
          expect(message.transactionId).toEqual(Buffer.from(transactionId));
          for (const [type] of list) {
            const values = list.filter(([other]) => other === type).map(([, value]) => Buffer.from(value));
            expect(message.findAll(type)).toEqual(values);
          }
          expect(message.hasIntegrity).toBe(key !== undefined);
          expect(key === undefined || message.isProtectedBy(key)).toBe(true);
        },
      ),
    );
  });
});
