import { type GroupState, protect, unprotect } from '@sotto/mls';
import type { CipherSuite } from '@sotto/primitives';
import { createUnfilled, expectKind, stateOfMember } from './members.ts';
import { createMessageFloor, messageSizeBytes } from './messageFloor.ts';
import { undisturbed } from './rounds.ts';

/** Microseconds a message of 100 bytes. */
export interface MessageCost {
  readonly protect: number;
  readonly unprotect: number;
  readonly protectFloor: number;
  readonly unprotectFloor: number;
}

export interface MessageWork {
  readonly members: number;
  readonly rounds: number;
  readonly messagesPerRound: number;
}

/** For the compiler, which otherwise has more to do with the engine than with the few lines of the floor. */
const warmUpMessages = 1000;

/** Messages between two members of a group, in turns with the bare primitives. The sender protects, then the other reads. */
export async function measureMessageCost(suite: CipherSuite, work: MessageWork): Promise<MessageCost> {
  const group = await createUnfilled(suite, work.members);
  const { signer } = group.members[0]!;
  let sender: GroupState = group.state;
  let receiver = stateOfMember(group.state, 1, group.members[1]!.leafKey);
  const floor = await createMessageFloor(suite);
  const data = suite.randomBytes(messageSizeBytes);
  const nowMs = Date.now();
  let messages: Uint8Array[] = [];
  let next = 0;
  const works = {
    protect: async () => {
      const result = expectKind(await protect(sender, signer, data), 'protected');
      sender = result.state;
      messages.push(result.bytes);
    },
    protectFloor: floor.protect,
    unprotect: async () => {
      const result = expectKind(await unprotect(receiver, messages[next++]!, { nowMs }), 'application');
      receiver = result.state;
    },
    unprotectFloor: floor.unprotect,
  };
  const samples = { protect: [], protectFloor: [], unprotect: [], unprotectFloor: [] } as Record<
    keyof typeof works,
    number[]
  >;
  const warmUps = Math.ceil(warmUpMessages / work.messagesPerRound);
  for (let round = -warmUps; round < work.rounds; round++) {
    messages = [];
    next = 0;
    for (const name of ['protect', 'protectFloor', 'unprotect', 'unprotectFloor'] as const) {
      const run = works[name];
      const startMs = performance.now();
      for (let i = 0; i < work.messagesPerRound; i++) await run();
      const micros = ((performance.now() - startMs) * 1000) / work.messagesPerRound;
      // The first rounds warm up.
      if (round >= 0) samples[name].push(micros);
    }
  }
  return {
    protect: undisturbed(samples.protect),
    unprotect: undisturbed(samples.unprotect),
    protectFloor: undisturbed(samples.protectFloor),
    unprotectFloor: undisturbed(samples.unprotectFloor),
  };
}
