import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';

/** Capabilities (RFC 9420 §7.2): code points a client supports. */
export interface Capabilities {
  readonly versions: readonly number[];
  readonly cipherSuites: readonly number[];
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

const writeU16 = (writer: Writer, value: number): void => {
  writer.u16(value);
};
const readU16 = (reader: Reader): number => reader.u16();

export function writeCapabilities(writer: Writer, capabilities: Capabilities): void {
  writer.vector(capabilities.versions, writeU16);
  writer.vector(capabilities.cipherSuites, writeU16);
  writer.vector(capabilities.extensions, writeU16);
  writer.vector(capabilities.proposals, writeU16);
  writer.vector(capabilities.credentials, writeU16);
}

export function readCapabilities(reader: Reader): Capabilities {
  return {
    versions: reader.vector(readU16),
    cipherSuites: reader.vector(readU16),
    extensions: reader.vector(readU16),
    proposals: reader.vector(readU16),
    credentials: reader.vector(readU16),
  };
}

/** RequiredCapabilities (RFC 9420 §11.1). */
export interface RequiredCapabilities {
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

export function writeRequiredCapabilities(writer: Writer, required: RequiredCapabilities): void {
  writer.vector(required.extensions, writeU16);
  writer.vector(required.proposals, writeU16);
  writer.vector(required.credentials, writeU16);
}

export function readRequiredCapabilities(reader: Reader): RequiredCapabilities {
  return {
    extensions: reader.vector(readU16),
    proposals: reader.vector(readU16),
    credentials: reader.vector(readU16),
  };
}
