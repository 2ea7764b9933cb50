import { encodePublicTree, externalJoin, stateDelta, unprotect, verifyGroupInfo } from '@sotto/mls';
import { type SuiteId, suiteIds } from '@sotto/primitives';
import { loadBrowserProvider } from '@sotto/primitives/browser';
import {
  commitWith,
  createFrom,
  type GroupCost,
  type GroupWork,
  joinFrom,
  measureGroupCost,
} from './groupCost.ts';
import { type GroupFixture, openFixture } from './groupFixture.ts';
import { longestTaskMs } from './longestTask.ts';
import { expectKind } from './members.ts';
import { type MessageCost, type MessageWork, measureMessageCost } from './messageCost.ts';

export interface ChromiumInput {
  readonly messages: readonly MessageWork[];
  readonly catchUp: MessageWork;
  readonly group: { readonly fixture: GroupFixture; readonly work: GroupWork };
}

/** Milliseconds, by operation. */
export type LongestTasks = Readonly<Record<string, number>>;

export interface ChromiumOutput {
  readonly messages: readonly MessageCost[];
  readonly catchUp: MessageCost;
  readonly group: GroupCost;
  readonly longestTasks: LongestTasks;
}

const messageSuite: SuiteId = suiteIds.hybridChaCha20;

/** Runs in a worker of Chromium, where the engine runs in the product. */
export default async function inChromium(input: ChromiumInput): Promise<ChromiumOutput> {
  const provider = await loadBrowserProvider();
  const suite = provider.suite(messageSuite);
  const messages: MessageCost[] = [];
  for (const work of input.messages) messages.push(await measureMessageCost(suite, work));
  const catchUp = await measureMessageCost(suite, input.catchUp);

  const opened = await openFixture(provider, input.group.fixture);
  const group = await measureGroupCost(opened, input.group.work);
  const adds = await opened.adds('all', input.group.fixture.members - 1);
  const committer = opened.readCommitter();
  const receiver = opened.readReceiver();
  const pending = await commitWith(committer, opened.signer, []);
  const newcomer = await opened.suite.signature.importKey(opened.suite.signature.generateSeed());
  const nowMs = Date.now();
  const runs = 3;
  const longestTasks = {
    'create it': await longestTaskMs(runs, () => createFrom(opened, adds)),
    'join it': await longestTaskMs(runs, () => joinFrom(opened)),
    'commit to it, just read': await longestTaskMs(runs, () =>
      commitWith(opened.readCommitter(), opened.signer, []),
    ),
    'process a commit, just read': await longestTaskMs(runs, () =>
      unprotect(opened.readReceiver(), pending.commitMessage, { nowMs }),
    ),
    'join it from outside': await longestTaskMs(runs, async () => {
      const verified = await verifyGroupInfo(opened.suite, pending.groupInfo, pending.ratchetTree);
      const groupInfo = expectKind(verified, 'verifiedGroupInfo');
      const credential = { kind: 'basic', identity: new TextEncoder().encode('newcomer') } as const;
      const joining = await externalJoin(opened.suite, newcomer, { groupInfo, credential, nowMs });
      expectKind(joining, 'pendingCommit');
    }),
    'read it from storage': await longestTaskMs(runs, opened.readCommitter),
    'write it whole': await longestTaskMs(runs, () => stateDelta(null, committer)),
    'encode its tree': await longestTaskMs(runs, () => encodePublicTree(receiver)),
  };
  return { messages, catchUp, group, longestTasks };
}
