/** Code points of RFC 9420 §17 that the engine uses. */

export const protocolVersion = 1;

export const wireFormats = {
  publicMessage: 1,
  privateMessage: 2,
  welcome: 3,
  groupInfo: 4,
  keyPackage: 5,
} as const;

export const extensionTypes = {
  applicationId: 1,
  ratchetTree: 2,
  requiredCapabilities: 3,
  externalPub: 4,
  externalSenders: 5,
} as const;

export const proposalTypes = {
  add: 1,
  update: 2,
  remove: 3,
  psk: 4,
  reInit: 5,
  externalInit: 6,
  groupContextExtensions: 7,
} as const;

export const credentialTypes = { basic: 1, x509: 2 } as const;

/** RFC 9420 §13.5: values of the form 0x?A?A, which everyone must ignore. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 12 === ((value >> 4) & 0xf) && value >> 12 !== 0xf;
}

/** Every GREASE value in order: 0x0A0A to 0xEAEA. */
export const greaseValues: readonly number[] = Array.from({ length: 15 }, (_, i) => 0x0a0a + i * 0x1010);
