import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { type PreSharedKeyId, readPreSharedKeyId, writePreSharedKeyId } from './preSharedKeyId.ts';
import { type HpkeCiphertext, readHpkeCiphertext, writeHpkeCiphertext } from './updatePath.ts';

/** EncryptedGroupSecrets (RFC 9420 §12.4.3.1). */
export interface EncryptedGroupSecrets {
  readonly newMember: Uint8Array;
  readonly encryptedGroupSecrets: HpkeCiphertext;
}

/** Welcome (RFC 9420 §12.4.3.1). */
export interface Welcome {
  readonly cipherSuite: number;
  readonly secrets: readonly EncryptedGroupSecrets[];
  readonly encryptedGroupInfo: Uint8Array;
}

export function writeWelcome(writer: Writer, welcome: Welcome): void {
  writer.u16(welcome.cipherSuite);
  writer.vector(welcome.secrets, (inner, item) => {
    inner.opaque(item.newMember);
    writeHpkeCiphertext(inner, item.encryptedGroupSecrets);
  });
  writer.opaque(welcome.encryptedGroupInfo);
}

export function readWelcome(reader: Reader): Welcome {
  return {
    cipherSuite: reader.u16(),
    secrets: reader.vector(
      (inner) => ({ newMember: inner.opaque(), encryptedGroupSecrets: readHpkeCiphertext(inner) }),
      limits.maxTreeLeaves,
    ),
    encryptedGroupInfo: reader.opaque(),
  };
}

/** GroupSecrets (RFC 9420 §12.4.3.1). */
export interface GroupSecrets {
  readonly joinerSecret: Uint8Array;
  readonly pathSecret: Uint8Array | null;
  readonly psks: readonly PreSharedKeyId[];
}

export function writeGroupSecrets(writer: Writer, secrets: GroupSecrets): void {
  writer.opaque(secrets.joinerSecret);
  writer.optional(secrets.pathSecret, (inner, pathSecret) => {
    inner.opaque(pathSecret);
  });
  writer.vector(secrets.psks, writePreSharedKeyId);
}

export function readGroupSecrets(reader: Reader): GroupSecrets {
  return {
    joinerSecret: reader.opaque(),
    pathSecret: reader.optional((inner) => inner.opaque()),
    psks: reader.vector(readPreSharedKeyId, limits.maxPreSharedKeys),
  };
}
