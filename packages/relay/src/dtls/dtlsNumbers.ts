/** Numbers of DTLS 1.2 (RFC 6347, RFC 5246) that the relay knows: those that WebRTC asks everybody for (RFC 8827 §6.5). */
export const dtls12 = 0xfefd;

export const contentTypes = { changeCipherSpec: 20, alert: 21, handshake: 22 } as const;

export const handshakeTypes = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256. */
export const cipherSuite = 0xc02b;
/** secp256r1. */
export const namedGroup = 0x0017;
export const uncompressedPointSizeBytes = 65;
export const namedCurveType = 3;
/** ecdsa_secp256r1_sha256. */
export const signatureScheme = 0x0403;
export const ecdsaSign = 64;
export const noRenegotiation = 0x00ff;

export const extensions = {
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  renegotiationInfo: 0xff01,
} as const;

export const alerts = { closeNotify: 0, handshakeFailure: 40, badCertificate: 42, decryptError: 51 } as const;
export type Alert = (typeof alerts)[keyof typeof alerts];
