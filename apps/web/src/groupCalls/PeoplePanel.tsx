import type { GroupCallSession, GroupCallState, GroupParticipant } from '@sotto/sdk/groupCalls';
import { DropdownMenu } from 'radix-ui';
import { useEffect, useRef } from 'react';
import { CallIcon } from '../calls/CallIcon.tsx';
import { JoinRequests } from '../groups/JoinRequests.tsx';
import { mayRemoveMember } from '../groups/mayInGroup.ts';
import { Switch } from '../groups/Switch.tsx';
import { Avatar } from '../parts/Avatar.tsx';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { MenuItem } from '../parts/PointMenu.tsx';
import { callLink } from '../routing/route.ts';
import type { ConversationDetailsView } from '../sotto.ts';
import '../groups/groups.css';
import { groupCallWords } from '../wordsGroupCalls.ts';
import type { Shown } from './stageView.ts';

interface PeoplePanelProps {
  session: GroupCallSession;
  state: GroupCallState;
  details: ConversationDetailsView | null;
  pinned: Shown | null;
  onPin: (shown: Shown | null) => void;
  onRemove: (person: GroupParticipant) => void;
  onAdd: () => void;
  onGuests: () => void;
  onClose: () => void;
}

const say = groupCallWords.people;
const { page } = groupCallWords;

/** Who is in the call, whose hand is raised, who wants to come in; and what a host can do. */
export function PeoplePanel(props: PeoplePanelProps) {
  const { session, state, details, onAdd, onGuests, onClose } = props;
  const { participants, hands, mayControl, isLocked } = state;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const raised = hands.flatMap((joinId) => participants.find((one) => one.joinId === joinId) ?? []);
  const others = participants.filter(({ joinId }) => !hands.includes(joinId));
  const conversation = details?.conversation ?? null;
  const row = (person: GroupParticipant) => <Row key={person.joinId} person={person} {...props} />;
  return (
    <section className="groupPeople" aria-labelledby="groupPeople-title">
      <div className="groupPeople-head">
        <h2 id="groupPeople-title" ref={heading} tabIndex={-1}>
          {say.title}
        </h2>
        <IconButton icon="close" label={page.peopleOff} onClick={onClose} />
      </div>
      <div className="groupPeople-scroller">
        {conversation !== null && (
          <JoinRequests
            conversationId={conversation.conversationId}
            requests={details?.group?.requests ?? []}
          />
        )}
        {raised.length > 0 && (
          <>
            <h3>{say.hands}</h3>
            <ol>{raised.map(row)}</ol>
            <h3>{say.all}</h3>
          </>
        )}
        <ul>{others.map(row)}</ul>
        <div className="groupPeople-ways">
          {conversation !== null && (
            <>
              <CopyButton text={callLink(conversation.conversationId)} label={say.link} />
              <p className="groupPeople-note">{say.linkText}</p>
            </>
          )}
          {conversation?.may.addMembers === true && (
            <Button onClick={onAdd}>
              <Icon name="plus" />
              {say.add}
            </Button>
          )}
          {mayControl && (
            <Button onClick={onGuests}>
              <Icon name="link" />
              {say.guests}
            </Button>
          )}
        </div>
      </div>
      {mayControl && (
        <div className="groupPeople-host">
          <Button onClick={() => session.askMute(null)}>
            <CallIcon name="micOff" />
            {say.askAll}
          </Button>
          <Switch
            label={say.lock}
            text={isLocked ? say.lockOn : say.lockOff}
            checked={isLocked}
            onChange={(locked) => session.setLocked(locked)}
          />
        </div>
      )}
    </section>
  );
}

function Row({ person, ...props }: PeoplePanelProps & { person: GroupParticipant }) {
  const { session, state, details, pinned, onPin, onRemove } = props;
  const { joinId, account, isSelf, isMuted, isSpeaking, isSharing, isHandRaised, hasKeys } = person;
  const isOwnDevice =
    !isSelf && state.participants.some((one) => one.isSelf && one.account.accountId === account.accountId);
  const isPinned = pinned?.joinId === joinId && pinned.source === 'camera';
  const isHost = state.mayControl && !isSelf;
  const member = details?.members.find((one) => one.account.accountId === account.accountId);
  const role = details?.group?.role;
  // As in the group: nobody takes out who stands above, or beside.
  const mayRemove =
    isHost && (role === undefined || member === undefined || mayRemoveMember(role, member, true));
  const note =
    !hasKeys && !isSelf ? page.joining : isSharing ? page.shares : isOwnDevice ? say.otherDevice : null;
  return (
    <li className="groupPeople-row" data-speaking={isSpeaking}>
      <Avatar account={account} size="small" />
      <span className="groupPeople-name">
        <bdi>{isSelf ? page.you : account.username}</bdi>
        {note !== null && <small>{note}</small>}
      </span>
      {isHandRaised && <CallIcon name="hand" />}
      <span className="groupPeople-state" data-muted={isMuted}>
        <CallIcon name={isMuted ? 'micOff' : 'mic'} />
        <span className="hiddenText">{isMuted ? page.muted : isSpeaking ? page.speaks : ''}</span>
      </span>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <IconButton icon="more" label={say.options(isSelf ? page.you : account.username)} />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" align="end" sideOffset={2} collisionPadding={8}>
          <MenuItem
            icon={isPinned ? 'unpin' : 'pin'}
            onSelect={() => onPin(isPinned ? null : { joinId, source: 'camera' })}
          >
            {isPinned ? say.unpin : say.pin}
          </MenuItem>
          {isHost && !isMuted && (
            <MenuItem icon="soundOff" onSelect={() => session.askMute(joinId)}>
              {say.askMute}
            </MenuItem>
          )}
          {(isHost || isSelf) && isHandRaised && (
            <MenuItem
              icon="down"
              onSelect={() => (isSelf ? session.raiseHand(false) : session.lowerHand(joinId))}
            >
              {say.lowerHand}
            </MenuItem>
          )}
          {mayRemove && (
            <MenuItem icon="leave" danger onSelect={() => onRemove(person)}>
              {say.remove}
            </MenuItem>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
    </li>
  );
}
