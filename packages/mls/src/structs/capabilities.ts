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

export function writeCapabilities(writer: Writer, capabilities: Capabilities): void {
  writer.u16s(capabilities.versions);
  writer.u16s(capabilities.cipherSuites);
  writer.u16s(capabilities.extensions);
  writer.u16s(capabilities.proposals);
  writer.u16s(capabilities.credentials);
}

export function readCapabilities(reader: Reader): Capabilities {
  return {
    versions: reader.u16s(),
    cipherSuites: reader.u16s(),
    extensions: reader.u16s(),
    proposals: reader.u16s(),
    credentials: reader.u16s(),
  };
}

/** RequiredCapabilities (RFC 9420 §11.1). */
export interface RequiredCapabilities {
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

export function writeRequiredCapabilities(writer: Writer, required: RequiredCapabilities): void {
  writer.u16s(required.extensions);
  writer.u16s(required.proposals);
  writer.u16s(required.credentials);
}

export function readRequiredCapabilities(reader: Reader): RequiredCapabilities {
  return {
    extensions: reader.u16s(),
    proposals: reader.u16s(),
    credentials: reader.u16s(),
  };
}
