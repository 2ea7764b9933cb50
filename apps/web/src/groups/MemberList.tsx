import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Avatar } from '../parts/Avatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { ConversationView, GroupRole, MemberView } from '../sotto.ts';
import { words } from '../words.ts';
import { type MemberAction, MemberMenu } from './MemberMenu.tsx';
import { mayRemoveMember } from './mayInGroup.ts';

interface MemberListProps {
  members: readonly MemberView[];
  /** This account's. */
  role: GroupRole;
  may: ConversationView['may'];
  /** The group goes on, and this account is in it. */
  isOpen: boolean;
  /** What scrolls, with the list somewhere in it. */
  scroller: RefObject<HTMLElement | null>;
  onAct: (action: MemberAction, member: MemberView) => void;
}

const rowHeight = 52;
/** Smaller groups are looked over faster than searched. */
const searchedFrom = 12;

/** Everyone in a group. Only the rows near the view exist. */
export function MemberList({ members, role, may, isOpen, scroller, onAct }: MemberListProps) {
  const { details: text } = words.groups;
  const [wanted, setWanted] = useState('');
  const list = useRef<HTMLUListElement>(null);
  const [margin, setMargin] = useState(0);
  const search = wanted.trim().toLowerCase().replace(/^@/, '');
  const shown = useMemo(
    () => members.filter(({ account }) => account.username.includes(search)),
    [members, search],
  );
  // What stands above the list grows and shrinks.
  useLayoutEffect(() => {
    const [outer, inner] = [scroller.current, list.current];
    if (outer === null || inner === null) return;
    const top = inner.getBoundingClientRect().top - outer.getBoundingClientRect().top + outer.scrollTop;
    setMargin(Math.round(top));
  });
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => shown[index]!.account.accountId,
    overscan: 8,
    scrollMargin: margin,
    // Before the scroller is measured.
    initialRect: { width: 296, height: 800 },
  });
  const actionsFor = (member: MemberView): readonly MemberAction[] => {
    if (member.isSelf) return [];
    const roles: readonly MemberAction[] =
      role !== 'owner' || !isOpen
        ? []
        : member.role === 'admin'
          ? ['demote', 'handOver']
          : ['promote', 'handOver'];
    const remove: readonly MemberAction[] =
      isOpen && mayRemoveMember(role, member, may.removeMembers) ? ['remove'] : [];
    return ['message', ...roles, ...remove];
  };
  return (
    <>
      {members.length >= searchedFrom && (
        <div className="list-search groups-search">
          <Icon name="search" />
          <input
            type="search"
            value={wanted}
            placeholder={text.search}
            aria-label={text.search}
            autoComplete="off"
            onChange={(event) => setWanted(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setWanted('');
            }}
          />
        </div>
      )}
      {shown.length === 0 && (
        <p className="groups-note" role="status">
          {text.noMember(wanted.trim())}
        </p>
      )}
      <ul className="members" ref={list} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const member = shown[index]!;
          const actions = actionsFor(member);
          return (
            <li
              key={key}
              className="member"
              style={{ top: start - margin, height: rowHeight }}
              aria-setsize={shown.length}
              aria-posinset={index + 1}
            >
              <Avatar account={member.account} size="small" />
              <span className="member-name">
                {member.isSelf ? words.common.you : member.account.username}
              </span>
              {member.role !== null && member.role !== 'member' && (
                <span className="member-role">{words.groups.role[member.role]}</span>
              )}
              {actions.length > 0 && <MemberMenu member={member} actions={actions} onAct={onAct} />}
            </li>
          );
        })}
      </ul>
    </>
  );
}
