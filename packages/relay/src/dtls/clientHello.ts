/** What a client offers (RFC 5246 §7.4.1.2), as far as the relay has a choice. */
import { ByteReader } from './byteReader.ts';
import { cipherSuite, extensions, namedGroup, noRenegotiation, signatureScheme } from './dtlsNumbers.ts';

export interface ClientHello {
  /** 32 bytes. */
  readonly random: Buffer;
  /** Of use_srtp. */
  readonly srtpProfiles: readonly number[];
  readonly hasExtendedMasterSecret: boolean;
  readonly knowsRenegotiation: boolean;
  readonly hasPointFormats: boolean;
  /** The suite, the group and the signatures that the relay speaks. */
  readonly speaksOurs: boolean;
}

/** Null: malformed. Versions are not read: who is newer goes on with 1.2 when told so, as it must. */
export function decodeClientHello(body: Buffer): ClientHello | null {
  const reader = new ByteReader(body);
  reader.number(2);
  const random = reader.take(32);
  reader.vector(1);
  reader.vector(1);
  const suites = numbersOf(reader.vector(2));
  const compressions = reader.vector(1);
  const given = new ByteReader(reader.vector(2));
  if (!reader.isWhole || suites === null) return null;
  const found = new Map<number, Buffer>();
  while (given.hasMore) {
    const type = given.number(2);
    found.set(type, given.vector(2));
  }
  const groups = listIn(found.get(extensions.supportedGroups));
  const signatures = listIn(found.get(extensions.signatureAlgorithms));
  const profiles = srtpProfilesIn(found.get(extensions.useSrtp));
  if (!given.isWhole || groups === null || signatures === null || profiles === null) return null;
  return {
    random,
    srtpProfiles: profiles,
    hasExtendedMasterSecret: found.has(extensions.extendedMasterSecret),
    knowsRenegotiation: found.has(extensions.renegotiationInfo) || suites.includes(noRenegotiation),
    hasPointFormats: found.has(extensions.pointFormats),
    speaksOurs:
      suites.includes(cipherSuite) &&
      compressions.includes(0) &&
      groups.includes(namedGroup) &&
      signatures.includes(signatureScheme),
  };
}

function numbersOf(bytes: Buffer): readonly number[] | null {
  if (bytes.length % 2 !== 0) return null;
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(i * 2));
}

/** An extension that is one list; an empty one where it is not there. */
function listIn(data: Buffer | undefined): readonly number[] | null {
  if (data === undefined) return [];
  const reader = new ByteReader(data);
  const list = numbersOf(reader.vector(2));
  return reader.isWhole ? list : null;
}

/** RFC 5764 §4.1.1; the MKI has no use in WebRTC. */
function srtpProfilesIn(data: Buffer | undefined): readonly number[] | null {
  if (data === undefined) return [];
  const reader = new ByteReader(data);
  const list = numbersOf(reader.vector(2));
  reader.vector(1);
  return reader.isWhole ? list : null;
}
