import type { CallSession } from '@sotto/sdk/calls';
import type { GroupProblem, Outcome, SottoApi } from '../sotto.ts';
import { groupCallsOfPage } from './groupCallsOfPage.ts';
import { takeGroupBack } from './takeGroupBack.ts';

/**
 * A call of two goes on in a group that is made for it. Where that comes to nothing, the group is taken back: also later,
 * where the group's call ends before this page was in it. `isWanted` turns false where it is given up meanwhile.
 */
export async function growCall(
  sotto: SottoApi,
  session: CallSession,
  group: Parameters<SottoApi['createGroup']>[0],
  isWanted: () => boolean,
): Promise<Outcome<null, GroupProblem>> {
  const nothing = { kind: 'ok', value: null } as const;
  const goesOn = (): boolean => isWanted() && session.state.phase.kind !== 'ended';
  // First, as without it there is nothing that the group is for.
  const calls = await groupCallsOfPage(sotto).catch(() => null);
  if (calls === null) return { kind: 'problem', problem: { kind: 'offline' } };
  if (!goesOn()) return nothing;
  const made = await sotto.createGroup(group);
  if (made.kind !== 'ok') return made;
  if (!goesOn()) {
    await takeGroupBack(sotto, made.value);
    return nothing;
  }
  calls.grow(session, made.value).watch(({ phase, connectedAtMs }) => {
    if (phase.kind !== 'ended' || connectedAtMs !== null) return;
    // Another device of this account, or another tab, is in it.
    if (phase.ending.kind === 'movedElsewhere' || phase.ending.kind === 'movedOn') return;
    void takeGroupBack(sotto, made.value);
  });
  return nothing;
}
