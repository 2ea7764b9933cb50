import { decodeWith, type Reader } from './codec/reader.ts';
import { peekMessage } from './group/peekMessage.ts';
import { welcomeRecipients } from './group/stageWelcome.ts';
import { readCapabilities, readRequiredCapabilities } from './structs/capabilities.ts';
import { readCommit } from './structs/commit.ts';
import { readCredential } from './structs/credential.ts';
import { readExtensions } from './structs/extension.ts';
import { readExternalSenders } from './structs/externalSenders.ts';
import { readAuthenticatedContent } from './structs/framedContent.ts';
import { readGroupContext } from './structs/groupContext.ts';
import { readGroupInfo } from './structs/groupInfo.ts';
import { readKeyPackage } from './structs/keyPackage.ts';
import { readLeafNode } from './structs/leafNode.ts';
import { readMlsMessage } from './structs/mlsMessage.ts';
import { readParentNode } from './structs/parentNode.ts';
import { readPreSharedKeyId } from './structs/preSharedKeyId.ts';
import { readPrivateMessage } from './structs/privateMessage.ts';
import { readProposal } from './structs/proposal.ts';
import { readPublicMessage } from './structs/publicMessage.ts';
import { readUpdatePath } from './structs/updatePath.ts';
import { readGroupSecrets, readWelcome } from './structs/welcome.ts';
import { readRatchetTree } from './tree/ratchetTreeCodec.ts';

function whole<T>(read: (reader: Reader) => T): (bytes: Uint8Array) => T {
  return (bytes) => decodeWith(bytes, read);
}

/** Every decoder of the package, for fuzzing: each returns, or throws DecodeError and nothing else. */
export const decoders: Record<string, (bytes: Uint8Array) => unknown> = {
  mlsMessage: whole(readMlsMessage),
  publicMessage: whole(readPublicMessage),
  privateMessage: whole(readPrivateMessage),
  authenticatedContent: whole(readAuthenticatedContent),
  proposal: whole(readProposal),
  commit: whole(readCommit),
  updatePath: whole(readUpdatePath),
  welcome: whole(readWelcome),
  groupSecrets: whole(readGroupSecrets),
  groupInfo: whole(readGroupInfo),
  groupContext: whole(readGroupContext),
  keyPackage: whole(readKeyPackage),
  leafNode: whole(readLeafNode),
  parentNode: whole(readParentNode),
  ratchetTree: whole(readRatchetTree),
  credential: whole(readCredential),
  capabilities: whole(readCapabilities),
  requiredCapabilities: whole(readRequiredCapabilities),
  externalSenders: whole(readExternalSenders),
  extensions: whole(readExtensions),
  preSharedKeyId: whole(readPreSharedKeyId),
  peekMessage,
  welcomeRecipients,
};
