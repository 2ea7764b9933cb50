import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SrtcpSession, SrtpSession } from 'werift';
import { ReplayWindow } from './replayWindow.ts';
import { rtpIndex } from './rtpPacket.ts';
import { createSrtpCipher } from './srtpCipher.ts';
import { derive, deriveSessionKeys, type SessionKey } from './srtpKeys.ts';
import { aeadAes128Gcm, aes128CmSha1, type SrtpProfile, srtpProfiles } from './srtpProfile.ts';
import { SrtpReceiver } from './srtpReceiver.ts';
import { frameHeaderSizeBytes, SrtpSender } from './srtpSender.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

function sessionKey(key: string, salt: string): SessionKey {
  return {
    cipherKey: createSecretKey(hex(key)),
    salt: hex(salt),
    authKey: createSecretKey(Buffer.alloc(20)),
  };
}

function rtp(options: { ssrc?: number; sequence?: number; extension?: boolean; payload?: Uint8Array } = {}) {
  const { ssrc = 0x1234, sequence = 1, extension = false, payload = randomBytes(100) } = options;
  const header = Buffer.alloc(12);
  header[0] = extension ? 0x90 : 0x80;
  header[1] = 96;
  header.writeUInt16BE(sequence, 2);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, extension ? hex('bede0001 10ff0000') : Buffer.alloc(0), payload]);
}

function rtcp(payload: Uint8Array = randomBytes(20)) {
  const packet = Buffer.concat([hex('80c90000 00001234'), payload]);
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  return packet;
}

function pair(profile: SrtpProfile) {
  const master = { key: randomBytes(16), salt: randomBytes(profile.saltSizeBytes) };
  const keys = deriveSessionKeys(profile, master);
  const sender = new SrtpSender(createSrtpCipher(profile, keys));
  const receiver = new SrtpReceiver(createSrtpCipher(profile, keys));
  return {
    master,
    receiver,
    seal: (packet: Buffer) => sender.protectRtp(packet)!.subarray(frameHeaderSizeBytes),
    sealRtcp: (packet: Buffer) => sender.protectRtcp(packet)!.subarray(frameHeaderSizeBytes),
    sender,
  };
}

describe('SRTP', () => {
  it('has the vectors of RFC 3711, appendix B', () => {
    const key = sessionKey('2B7E151628AED2A6ABF7158809CF4F3C', 'F0F1F2F3F4F5F6F7F8F9FAFBFCFD');
    const cipher = createSrtpCipher(aes128CmSha1, { rtp: key, rtcp: key });
    const packet = rtp({ ssrc: 0, sequence: 0, payload: Buffer.alloc(48) });
    const out = Buffer.alloc(packet.length + 10);
    cipher.sealRtp(packet, 12, 0, out, 0);
    expect(out.subarray(12, 60).toString('hex')).toBe(
      'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    );

    const master = {
      key: hex('E1F97A0D3E018BE0D64FA32C06DE4139'),
      salt: hex('0EC675AD498AFEEBB6960B3AABE6'),
    };
    const { rtp: session } = deriveSessionKeys(aes128CmSha1, master);
    expect(session.cipherKey.export()).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
    expect(session.salt).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
    expect(session.authKey.export()).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
    expect(derive(master, 1, 94)).toEqual(
      hex(`CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098
        6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2`),
    );
  });

  it('has the vectors of RFC 7714, sections 16.1 and 17.1', () => {
    const key = sessionKey('000102030405060708090a0b0c0d0e0f', '517569642070726f2071756f');
    const sender = new SrtpSender(createSrtpCipher(aeadAes128Gcm, { rtp: key, rtcp: key }));
    const receiver = new SrtpReceiver(createSrtpCipher(aeadAes128Gcm, { rtp: key, rtcp: key }));
    const plain = hex(`8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973
      20646976 69736120 696e2070 61727465 73207472 6573`);
    const sealed = hex(`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f
      42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`);
    expect(sender.protectRtp(plain)?.subarray(frameHeaderSizeBytes)).toEqual(sealed);
    expect(receiver.unprotectRtp(Buffer.from(sealed))).toEqual(plain);

    const cipher = createSrtpCipher(aeadAes128Gcm, { rtp: key, rtcp: key });
    const plainRtcp = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef deadbeef`);
    const sealedRtcp = hex(`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
      c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`);
    const out = Buffer.alloc(sealedRtcp.length);
    cipher.sealRtcp(plainRtcp, 0x5d4, out, 0);
    expect(out).toEqual(sealedRtcp);
    expect(receiver.unprotectRtcp(Buffer.from(sealedRtcp))).toEqual(plainRtcp);
  });

  it.each(srtpProfiles)(
    'reads what werift writes, and the other way round, over roll-overs ($kind)',
    (profile) => {
      const { master, receiver, seal, sealRtcp } = pair(profile);
      const other = { localMasterKey: Buffer.from(master.key), localMasterSalt: Buffer.from(master.salt) };
      const number = profile.number as 1 | 7;
      const keys = {
        ...other,
        remoteMasterKey: other.localMasterKey,
        remoteMasterSalt: other.localMasterSalt,
      };
      const werift = {
        rtp: new SrtpSession({ keys, profile: number }),
        rtcp: new SrtcpSession({ keys, profile: number }),
      };
      // werift follows a roll-over only where fewer than 100 packets are missing there.
      let sequence = 60_000;
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 90 }),
          fc.boolean(),
          fc.uint8Array({ maxLength: 1200 }),
          (step, extension, payload) => {
            sequence = (sequence + step) % 0x10000;
            const packet = rtp({ sequence, extension, payload });
            expect(werift.rtp.decrypt(Buffer.from(seal(packet)))).toEqual(packet);
            const headerSizeBytes = extension ? 20 : 12;
            const header = {
              serialize: () => packet.subarray(0, headerSizeBytes),
              serializeSize: headerSizeBytes,
            };
            const fields = { ssrc: 0x1234, sequenceNumber: sequence, payloadOffset: headerSizeBytes };
            const sealed = werift.rtp.encrypt(
              packet.subarray(headerSizeBytes),
              Object.assign(header, fields) as never,
            );
            expect(receiver.unprotectRtp(Buffer.from(sealed))).toEqual(packet);
            const report = rtcp(Buffer.alloc(Math.floor(payload.length / 4) * 4, 7));
            expect(werift.rtcp.decrypt(Buffer.from(sealRtcp(report)))).toEqual(report);
            expect(receiver.unprotectRtcp(Buffer.from(werift.rtcp.encrypt(report)))).toEqual(report);
          },
        ),
        { numRuns: 400 },
      );
      expect(sequence).toBeLessThan(60_000);
    },
  );

  it.each(srtpProfiles)('opens each packet once, in any order of a window ($kind)', (profile) => {
    const { receiver, seal, sealRtcp } = pair(profile);
    const packets = Array.from({ length: 200 }, (_, i) => rtp({ sequence: (65_450 + i) % 0x10000 }));
    const sealed = packets.map((packet) => seal(packet));
    const order = [
      0,
      ...fc.sample(fc.shuffledSubarray([...sealed.keys()].slice(1), { minLength: 199 }), 1)[0]!,
    ];
    for (const i of order) expect(receiver.unprotectRtp(Buffer.from(sealed[i]!))).toEqual(packets[i]);
    for (const i of order) expect(receiver.unprotectRtp(Buffer.from(sealed[i]!))).toBe('replayed');
    const reports = [sealRtcp(rtcp()), sealRtcp(rtcp())];
    expect(receiver.unprotectRtcp(Buffer.from(reports[1]!))).toBeInstanceOf(Buffer);
    expect(receiver.unprotectRtcp(Buffer.from(reports[0]!))).toBeInstanceOf(Buffer);
    expect(receiver.unprotectRtcp(Buffer.from(reports[0]!))).toBe('replayed');
  });

  it.each(srtpProfiles)(
    'refuses what was changed in any byte, and remembers nothing of it ($kind)',
    (profile) => {
      const { receiver, seal, sealRtcp } = pair(profile);
      const packet = seal(rtp({ extension: true, payload: randomBytes(30) }));
      const report = sealRtcp(rtcp());
      for (const [bytes, open] of [
        [packet, (changed: Buffer) => receiver.unprotectRtp(changed)],
        [report, (changed: Buffer) => receiver.unprotectRtcp(changed)],
      ] as const) {
        for (let i = 0; i < bytes.length; i++) {
          const changed = Buffer.from(bytes);
          changed[i]! ^= 0x40;
          expect(['malformed', 'notAuthentic']).toContain(open(changed));
          expect(typeof open(Buffer.from(bytes.subarray(0, i)))).toBe('string');
        }
        expect(open(Buffer.from(bytes))).toBeInstanceOf(Buffer);
      }
    },
  );

  it('seals no number twice, and nothing that is no packet', () => {
    const { sender } = pair(aeadAes128Gcm);
    expect(sender.protectRtp(rtp({ sequence: 10 }))).not.toBeNull();
    expect(sender.protectRtp(rtp({ sequence: 10 }))).toBeNull();
    expect(sender.protectRtp(rtp({ sequence: 9 }))).not.toBeNull();
    expect(sender.protectRtp(rtp({ sequence: 9 }))).toBeNull();
    expect(sender.protectRtp(rtp({ sequence: 65_530 }))).toBeNull();
    expect(sender.protectRtp(rtp({ sequence: 10, ssrc: 7 }))).not.toBeNull();
    expect(sender.protectRtp(Buffer.alloc(11, 0x80))).toBeNull();
    expect(sender.protectRtp(Buffer.alloc(20, 0x9f))).toBeNull();
    expect(sender.protectRtcp(Buffer.alloc(7))).toBeNull();
  });

  it('takes so many sources of a peer', () => {
    const { receiver, seal, sealRtcp } = pair(aeadAes128Gcm);
    for (let ssrc = 0; ssrc < 256; ssrc++)
      expect(receiver.unprotectRtp(Buffer.from(seal(rtp({ ssrc }))))).toBeInstanceOf(Buffer);
    expect(receiver.unprotectRtp(Buffer.from(seal(rtp({ ssrc: 256 }))))).toBe('malformed');
    expect(receiver.unprotectRtp(Buffer.from(seal(rtp({ ssrc: 3, sequence: 2 }))))).toBeInstanceOf(Buffer);
    expect(receiver.unprotectRtcp(Buffer.from(sealRtcp(rtcp())))).toBeInstanceOf(Buffer);
  });
});

describe('the window of what was seen', () => {
  it('is as a set of the newest 1,024', () => {
    const steps = fc.array(fc.integer({ min: -1200, max: 1200 }), { maxLength: 400 });
    fc.assert(
      fc.property(steps, (list) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let highest = -1;
        for (const step of list) {
          const index = Math.max(0, highest + step);
          const expected = seen.has(index) || (highest >= 0 && index <= highest - 1024);
          expect(window.has(index)).toBe(expected);
          if (expected) continue;
          window.add(index);
          seen.add(index);
          highest = Math.max(highest, index);
          expect(window.highest).toBe(highest);
        }
      }),
    );
  });

  it('guesses the index that is nearest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 47 }),
        fc.integer({ min: -0x7fff, max: 0x7fff }),
        (highest, distance) => {
          const index = highest + distance;
          expect(rtpIndex(((index % 0x10000) + 0x10000) % 0x10000, highest)).toBe(index);
        },
      ),
    );
    expect(rtpIndex(65_000, -1)).toBe(65_000);
  });
});
