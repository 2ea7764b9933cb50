import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSrtpCipher } from '../../srtp/srtpCipher.ts';
import { deriveSessionKeys } from '../../srtp/srtpKeys.ts';
import { aeadAes128Gcm } from '../../srtp/srtpProfile.ts';
import { SrtpReceiver } from '../../srtp/srtpReceiver.ts';
import { frameHeaderSizeBytes, SrtpSender } from '../../srtp/srtpSender.ts';
import { LoadSrtp } from './loadSrtp.ts';

function packetOf(sequence: number): Buffer {
  const packet = Buffer.concat([Buffer.alloc(12), Buffer.from('bede000110ff0000', 'hex'), randomBytes(50)]);
  packet[0] = 0x90;
  packet[1] = 96;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(77, 8);
  return packet;
}

function open() {
  const master = { key: randomBytes(16), salt: randomBytes(12) };
  const cipher = () => createSrtpCipher(aeadAes128Gcm, deriveSessionKeys(aeadAes128Gcm, master));
  return {
    load: new LoadSrtp(master),
    sender: new SrtpSender(cipher()),
    receiver: new SrtpReceiver(cipher()),
  };
}

/** Once round the numbers. */
const sequences = [65_533, 65_535, 65_534, 2, 0, 1];

describe('the SRTP of synthetic participants', () => {
  it('seals what the relay opens', () => {
    const { load, receiver } = open();
    for (const packet of sequences.map(packetOf)) {
      expect(receiver.unprotectRtp(load.sealRtp(packet))).toEqual(packet);
      const report = Buffer.from(`80c90001${randomBytes(4).toString('hex')}`, 'hex');
      expect(receiver.unprotectRtcp(load.sealRtcp(report))).toEqual(report);
    }
  });

  it('opens what the relay seals, and nothing that was changed', () => {
    const { load, sender } = open();
    for (const packet of sequences.map(packetOf)) {
      const sealed = sender.protectRtp(Buffer.from(packet))!.subarray(frameHeaderSizeBytes);
      expect(load.openRtp(sealed)).toEqual(packet);
      sealed[20]! ^= 1;
      expect(load.openRtp(sealed)).toBeNull();
    }
    const report = Buffer.concat([Buffer.from('80c90007', 'hex'), randomBytes(28)]);
    const sealed = sender.protectRtcp(report)!.subarray(frameHeaderSizeBytes);
    expect(load.openRtcp(sealed)).toEqual(report);
    sealed[9]! ^= 1;
    expect(load.openRtcp(sealed)).toBeNull();
    expect(load.openRtcp(sealed.subarray(0, 20))).toBeNull();
  });
});
