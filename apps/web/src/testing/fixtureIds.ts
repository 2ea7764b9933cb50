/** Who uses the fixture, and ids that are always the same. */
import type { AccountView } from '../sotto.ts';

export const self: AccountView = { accountId: fixtureId(1), username: 'maren' };

export function fixtureId<Id extends string>(number: number): Id {
  return ((number * 2_654_435_761) % 0xffff_ffff).toString(16).padStart(8, '0').repeat(4) as Id;
}
