import { commitWith, createFrom } from './groupCost.ts';
import type { OpenedFixture } from './groupFixture.ts';
import { processorTimeMs } from './processorTime.ts';
import { timeInTurns, type Work } from './rounds.ts';

/** Milliseconds. */
interface GrowthCost {
  readonly create: number;
  readonly add1: number;
  readonly add10: number;
  readonly remove1: number;
}

export interface Growth {
  readonly small: GrowthCost;
  readonly large: GrowthCost;
}

interface Works {
  readonly short: Readonly<Record<'add1' | 'add10' | 'remove1', Work>>;
  readonly create: Work;
}

async function worksOf(opened: OpenedFixture): Promise<Works> {
  const { signer } = opened;
  const committer = opened.readCommitter();
  // The first commit of a state that was read hashes its tree; those measured do not.
  await commitWith(committer, signer, []);
  const newAdds = await opened.adds('new', 10);
  const allAdds = await opened.adds('all', opened.fixture.members - 1);
  return {
    short: {
      add1: () => commitWith(committer, signer, newAdds.slice(0, 1)),
      add10: () => commitWith(committer, signer, newAdds),
      remove1: () => commitWith(committer, signer, [{ kind: 'remove', leafIndex: 3 }]),
    },
    create: () => createFrom(opened, allAdds),
  };
}

/** The same work on groups of two sizes, in turns. */
export async function measureGrowth(
  smallGroup: OpenedFixture,
  largeGroup: OpenedFixture,
  rounds: number,
): Promise<Growth> {
  const small = await worksOf(smallGroup);
  const large = await worksOf(largeGroup);
  const short = await timeInTurns(
    {
      smallAdd1: small.short.add1,
      largeAdd1: large.short.add1,
      smallAdd10: small.short.add10,
      largeAdd10: large.short.add10,
      smallRemove1: small.short.remove1,
      largeRemove1: large.short.remove1,
    },
    { rounds: 4 * rounds, perRound: 1, warmUps: 50 },
  );
  const long = await timeInTurns(
    { small: small.create, large: large.create },
    { rounds, perRound: 1, warmUps: 3, clock: processorTimeMs },
  );
  return {
    small: {
      create: long.small,
      add1: short.smallAdd1,
      add10: short.smallAdd10,
      remove1: short.smallRemove1,
    },
    large: {
      create: long.large,
      add1: short.largeAdd1,
      add10: short.largeAdd10,
      remove1: short.largeRemove1,
    },
  };
}
