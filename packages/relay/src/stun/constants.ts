/** Numbers of STUN (RFC 8489) and TURN (RFC 8656) that the relay knows. */

export const magicCookie = 0x2112a442;
export const headerSizeBytes = 20;
export const integritySizeBytes = 20;
/** What FINGERPRINT is exclusive-ored with (RFC 8489 §14.7). */
export const fingerprintMask = 0x5354554e;

export const methods = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
} as const;

export const classes = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;
export type StunClass = (typeof classes)[keyof typeof classes];

export const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  /** These four of ICE (RFC 8445 §16.1). */
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** Attributes from here on may be passed over by who does not know them (RFC 8489 §14). */
export const firstOptionalAttribute = 0x8000;

export const addressFamilies = { ipv4: 1, ipv6: 2 } as const;

export const errorCodes = {
  badRequest: 400,
  unauthenticated: 401,
  forbidden: 403,
  unknownAttribute: 420,
  allocationMismatch: 437,
  staleNonce: 438,
  addressFamilyNotSupported: 440,
  wrongCredentials: 441,
  unsupportedTransport: 442,
  peerAddressFamilyMismatch: 443,
  allocationQuotaReached: 486,
  roleConflict: 487,
  insufficientCapacity: 508,
} as const;
export type StunErrorCode = (typeof errorCodes)[keyof typeof errorCodes];
