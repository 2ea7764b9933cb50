/** Lines about changes of a group, as they are stored (spec/client.md, "Groups of people"). */
import type { NotedChange } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';
import type { AccountView, GroupChangeView, Notice } from '../api.ts';

const prefix = 'groupChanged:';

/** As a change was found: of details nothing may be known but that they changed. */
export type GroupLineChange =
  | Exclude<NotedChange, { readonly accountIds: unknown }>
  | { readonly kind: 'removed' | 'promoted' | 'demoted'; readonly accountIds: readonly AccountId[] }
  | {
      readonly kind: 'added' | 'joinedByLink';
      readonly accountIds: readonly AccountId[];
      /** They read what was said before. */
      readonly seesEarlier: boolean;
    };

/** The stored detail of a notice. At least one change. */
export function groupNotice(changes: readonly GroupLineChange[]): string {
  return prefix + JSON.stringify(changes);
}

/** Null where the detail is not of a group's change. */
export function groupNoticeView(
  detail: string,
  by: AccountView,
  account: (id: AccountId) => AccountView,
): Notice | null {
  if (!detail.startsWith(prefix)) return null;
  const changes = JSON.parse(detail.slice(prefix.length)) as GroupLineChange[];
  const [change, ...also] = changes.map((one) => changeView(one, account));
  return change === undefined ? null : { kind: 'groupChanged', account: by, change, also };
}

function changeView(change: GroupLineChange, account: (id: AccountId) => AccountView): GroupChangeView {
  switch (change.kind) {
    case 'added':
    case 'joinedByLink':
      return {
        kind: change.kind,
        accounts: change.accountIds.map(account),
        seesEarlier: change.seesEarlier,
      };
    case 'removed':
    case 'promoted':
    case 'demoted':
      return { kind: change.kind, accounts: change.accountIds.map(account) };
    case 'left':
    case 'handedOver':
      return { kind: change.kind, accounts: [account(change.accountId)] };
    case 'renamed':
      return { kind: 'renamed', name: change.name };
    case 'rights':
      return { kind: 'rights', rights: change.rights };
    case 'sharesHistory':
      return { kind: 'sharesHistory', on: change.shares };
    case 'inviteMade':
    case 'inviteRevoked':
      return { kind: 'invite', on: change.kind === 'inviteMade' };
    case 'created':
    case 'photo':
    case 'description':
    case 'deleted':
      return { kind: change.kind };
  }
}
