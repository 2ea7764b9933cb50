import { ensure, type Refused, refuse, settle } from '../refusal.ts';
import { nextKey, ratchetsOf, withRatchets } from '../schedule/secretTree.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { checkUsable, withOwn } from './epoch.ts';
import type { GroupState, PassedOver } from './types.ts';

/**
 * Gives up the next application message of another member (RFC 9420 §9.2): its key is gone as if it had been read, and is
 * not kept as that of a generation passed over. For a message that is known never to come.
 */
export function passOver(state: GroupState, leafIndex: number): Promise<PassedOver | Refused> {
  return settle(async () => {
    checkUsable(state);
    const { suite, own, ownLeafIndex, tree } = state;
    ensure(leafIndex >= 0 && leafIndex < tree.leafCount && leafAt(tree, leafIndex) !== null, 'MLS-6-09');
    if (leafIndex === ownLeafIndex) return refuse('MLS-P-03');
    const ratchets = ratchetsOf(suite, own.secretTree, leafIndex);
    const { key, nonce, ratchet } = nextKey(suite, ratchets.application);
    key.fill(0);
    nonce.fill(0);
    const secretTree = withRatchets(suite, own.secretTree, leafIndex, { ...ratchets, application: ratchet });
    return { kind: 'passedOver', state: withOwn(state, { secretTree }) };
  });
}
