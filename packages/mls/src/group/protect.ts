import { equalBytes } from '@sotto/primitives';
import { signContent } from '../framing/authenticate.ts';
import { sealPrivate } from '../framing/sealPrivate.ts';
import { emptyBytes } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { ensure, type Refused, settle } from '../refusal.ts';
import { wireFormats } from '../structs/registry.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { checkUsable, withOwn } from './epoch.ts';
import type { GroupState, Protected, ProtectOptions, Signer } from './types.ts';

/**
 * Encrypts an application message (RFC 9420 §6.3). Persist the returned state before the bytes leave: the
 * message's key must never be used again.
 */
export function protect(
  state: GroupState,
  signer: Signer,
  data: Uint8Array,
  options: ProtectOptions = {},
): Promise<Protected | Refused> {
  return settle(async () => {
    checkUsable(state);
    const { suite, own, groupContext, ownLeafIndex } = state;
    ensure(own.reInit === null, 'MLS-11.2-11');
    ensure(data.length <= limits.maxMessageBytes / 2, 'MLS-P-06');
    ensure(equalBytes(signer.publicKey, leafAt(state.tree, ownLeafIndex)!.signatureKey), 'MLS-P-04');
    const authenticatedData = options.authenticatedData ?? emptyBytes;
    const content = { kind: 'application', data } as const;
    const framed = {
      groupId: groupContext.groupId,
      epoch: groupContext.epoch,
      sender: { kind: 'member', leafIndex: ownLeafIndex } as const,
      authenticatedData,
      content,
    };
    const { groupContextBytes } = own.frame;
    const signature = await signContent(signer, wireFormats.privateMessage, framed, groupContextBytes);
    const sealed = await sealPrivate(
      suite,
      own.frame,
      own.secrets.senderDataSecret,
      own.secretTree,
      ownLeafIndex,
      content,
      { signature, confirmationTag: null },
      authenticatedData,
      options.padding,
    );
    return {
      kind: 'protected',
      bytes: sealed.bytes,
      state: withOwn(state, { secretTree: sealed.secretTree }),
    };
  });
}
