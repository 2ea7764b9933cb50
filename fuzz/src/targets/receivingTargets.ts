/** What a device does with bytes of others: it must refuse whatever is not exactly what was sent. */
import {
  joinExternally,
  joinFromWelcome,
  openSignal,
  removeDevices,
  stageCommit,
  suiteIds,
  unprotectMessage,
} from '@sotto/crypto';
import { context, directoryOf, nowMs, provider } from '@sotto/crypto/testing';
import { verifyKeyPackage } from '@sotto/mls';
import type { Samples } from '../samples.ts';
import type { Target } from '../target.ts';

/** A target whose samples are accepted, and nothing that differs from them. */
function exact(
  name: string,
  sample: Uint8Array,
  open: (bytes: Uint8Array) => Promise<{ kind: string }>,
): Target {
  const wanted = sample.toHex();
  return {
    name,
    samples: [sample],
    run: async (bytes) => {
      const isSample = bytes.length === sample.length && bytes.toHex() === wanted;
      const isRefused = (await open(bytes)).kind === 'refused';
      if (isRefused === isSample)
        throw new Error(isSample ? 'the sample is refused' : 'a forgery is accepted');
    },
  };
}

export async function receivingTargets(samples: Samples): Promise<Target[]> {
  const { alices, bobs, atBob, message, transactionId, conversation } = samples;
  const { conversationId, directory, created } = conversation;
  const { groupInfo, ratchetTree, welcomes } = created.append;
  const suite = provider.suite(suiteIds.x25519ChaCha20);
  const sent = { ...message, transactionId, sender: alices };
  const renewal = await removeDevices(context, created.next, alices, [], directory);
  if (renewal.kind === 'refused') throw new Error(renewal.reason);
  const own = directoryOf(samples.alice);
  return [
    exact('device.messageLive', message.live, (live) => unprotectMessage(context, atBob, { ...sent, live })),
    exact('device.messageBody', message.body, (body) => unprotectMessage(context, atBob, { ...sent, body })),
    exact('device.signal', samples.signal, (payload) =>
      openSignal(context, atBob, { payload, sender: alices }),
    ),
    exact('device.commit', renewal.append.commit, (commit) => stageCommit(context, atBob, commit, directory)),
    exact('device.groupInfo', groupInfo, (bytes) =>
      joinExternally(context, bobs, { conversationId, groupInfo: bytes, ratchetTree }, directory),
    ),
    exact('device.ratchetTree', ratchetTree, (bytes) =>
      joinExternally(context, bobs, { conversationId, groupInfo, ratchetTree: bytes }, directory),
    ),
    exact('device.keyPackage', samples.keyPackage.keyPackage, (bytes) =>
      verifyKeyPackage(suite, bytes, { nowMs }),
    ),
    {
      // The KeyPackage that this Welcome is for is not at hand: what is looked at is everything before opening it.
      name: 'device.welcome',
      samples: [welcomes[0]!.welcome],
      run: (welcome) =>
        joinFromWelcome(
          context,
          bobs,
          { conversationId, welcome, ratchetTree, findKeyPackage: () => samples.privatePart },
          own,
        ),
    },
  ];
}
