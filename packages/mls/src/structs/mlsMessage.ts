import type { Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { DecodeError } from '../refusal.ts';
import { type GroupInfo, readGroupInfo, writeGroupInfo } from './groupInfo.ts';
import { type KeyPackage, readKeyPackage, writeKeyPackage } from './keyPackage.ts';
import { type PrivateMessage, readPrivateMessage, writePrivateMessage } from './privateMessage.ts';
import { type PublicMessage, readPublicMessage, writePublicMessage } from './publicMessage.ts';
import { protocolVersion, wireFormats } from './registry.ts';
import { readWelcome, type Welcome, writeWelcome } from './welcome.ts';

/** MLSMessage (RFC 9420 §6). */
export type MlsMessage =
  | { readonly kind: 'publicMessage'; readonly publicMessage: PublicMessage }
  | { readonly kind: 'privateMessage'; readonly privateMessage: PrivateMessage }
  | { readonly kind: 'welcome'; readonly welcome: Welcome }
  | { readonly kind: 'groupInfo'; readonly groupInfo: GroupInfo }
  | { readonly kind: 'keyPackage'; readonly keyPackage: KeyPackage };

export function encodeMlsMessage(message: MlsMessage): Uint8Array {
  const writer = new Writer(512);
  writer.u16(protocolVersion).u16(wireFormats[message.kind]);
  switch (message.kind) {
    case 'publicMessage':
      writePublicMessage(writer, message.publicMessage);
      break;
    case 'privateMessage':
      writePrivateMessage(writer, message.privateMessage);
      break;
    case 'welcome':
      writeWelcome(writer, message.welcome);
      break;
    case 'groupInfo':
      writeGroupInfo(writer, message.groupInfo);
      break;
    case 'keyPackage':
      writeKeyPackage(writer, message.keyPackage);
      break;
  }
  return writer.finish();
}

export function readMlsMessage(reader: Reader): MlsMessage {
  if (reader.u16() !== protocolVersion) throw new DecodeError('MLS-6-01');
  switch (reader.u16()) {
    case wireFormats.publicMessage:
      return { kind: 'publicMessage', publicMessage: readPublicMessage(reader) };
    case wireFormats.privateMessage:
      return { kind: 'privateMessage', privateMessage: readPrivateMessage(reader) };
    case wireFormats.welcome:
      return { kind: 'welcome', welcome: readWelcome(reader) };
    case wireFormats.groupInfo:
      return { kind: 'groupInfo', groupInfo: readGroupInfo(reader) };
    case wireFormats.keyPackage:
      return { kind: 'keyPackage', keyPackage: readKeyPackage(reader) };
    default:
      throw new DecodeError('MLS-6-02');
  }
}
