import type { GroupCallSession, GroupCallState, GroupCalls, GroupParticipant } from '@sotto/sdk/groupCalls';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { DevicesDialog } from '../calls/DevicesDialog.tsx';
import { AddMembersDialog } from '../groups/AddMembersDialog.tsx';
import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import type { ConversationDetailsView } from '../sotto.ts';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { AloneCard } from './AloneCard.tsx';
import { groupPhase } from './GroupCallAnnouncer.tsx';
import { GroupCallControls } from './GroupCallControls.tsx';
import { GroupCallNotes } from './GroupCallNotes.tsx';
import { GroupCallTop } from './GroupCallTop.tsx';
import { GroupStage } from './GroupStage.tsx';
import { GroupStatisticsPanel } from './GroupStatisticsPanel.tsx';
import { GuestsDialog } from './GuestsDialog.tsx';
import { isSilent } from './groupCallTrouble.ts';
import { PeoplePanel } from './PeoplePanel.tsx';
import { Reactions } from './Reactions.tsx';
import { RemoveDialog } from './RemoveDialog.tsx';
import { ShownContext, useShownPictures } from './shownPictures.ts';
import { largeOf, type Wishes } from './stageView.ts';
import type { GuestLink } from './useGuestLink.ts';

interface GroupCallPageProps {
  calls: GroupCalls;
  session: GroupCallSession;
  state: GroupCallState;
  details: ConversationDetailsView | null;
  /** Who wants to be let in. */
  waiting: number;
  guests: GuestLink;
  name: string;
  beside: boolean;
  onMinimise: () => void;
  onChat: () => void;
}

type Panel = 'devices' | 'guests' | 'add' | { readonly remove: GroupParticipant };

/** A group's call over the whole window, or with its chat beside it. */
export function GroupCallPage(props: GroupCallPageProps) {
  const { calls, session, state, details, waiting, guests, name, beside, onMinimise, onChat } = props;
  const say = groupCallWords.page;
  const { local, participants, speakers, phase } = state;
  const phone = usePhoneLayout();
  const page = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [wishes, setWishes] = useState<Wishes>({ layout: 'tiles', pinned: null, putBack: null });
  const [people, setPeople] = useState(false);
  const [panel, setPanel] = useState<Panel | null>(null);
  const [statistics, setStatistics] = useState(false);
  const wasSeen = useRef(false);
  const hadOthers = useRef<GroupCallSession | null>(null);
  const wasOpen = useRef(false);
  const shown = useShownPictures(session);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  // With the list of people its own button is gone.
  useEffect(() => {
    const isClosed = wasOpen.current && !people;
    wasOpen.current = people;
    if (!isClosed || document.activeElement !== document.body) return;
    page.current?.querySelector<HTMLElement>('.groupTop-people')?.focus();
  }, [people]);

  const large = largeOf(participants, speakers, wishes);
  const isAlone = phase.kind === 'connected' && participants.length === 1 && large === null;
  // In a call that it goes on in the others follow: nobody has left it yet.
  if (participants.length > 1) hadOthers.current = session;
  // Once there were pictures it stays dark: a page that changes with each camera is no quiet one.
  wasSeen.current ||= participants.some(({ hasCamera, isSharing }) => hasCamera || isSharing);
  const close = (): void => setPanel(null);
  const togglePeople = (): void => setPeople((open) => !open);
  const toggleLayout = (): void =>
    setWishes((now) =>
      large === null
        ? { layout: 'speaker', pinned: null, putBack: null }
        : { layout: 'tiles', pinned: null, putBack: large.source === 'screen' ? large : now.putBack },
    );

  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null) return;
    const target = event.target as HTMLElement;
    // Nothing is written in a checkbox, as that which locks the call.
    if (target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null) return;
    // With a chat beside it, letters that are pressed there are the chat's.
    if (beside && target !== document.body && page.current?.contains(target) !== true) return;
    switch (event.key.toLowerCase()) {
      case 'm':
        session.setMuted(!isSilent(local));
        break;
      case 'v':
        void session.setCamera(local.camera === 'off');
        break;
      case 'h':
        if (phase.kind === 'connected') session.raiseHand(!local.isHandRaised);
        break;
      case 'p':
        togglePeople();
        break;
      case 'escape':
        if (document.fullscreenElement !== null) return;
        if (people) setPeople(false);
        else onMinimise();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  useEffect(() => {
    window.addEventListener('keydown', pressed, { capture: true });
    return () => window.removeEventListener('keydown', pressed, { capture: true });
  }, []);

  // A chat beside it is the main part itself. The element stays: pictures in it would begin anew.
  const landmark = { role: beside ? 'region' : 'main', 'aria-label': say.name(name) };
  // On a phone the list of people covers the pictures: none of them is shown then.
  const isCovered = people && phone;
  return (
    <div
      className="call groupCall"
      ref={page}
      {...landmark}
      data-place={beside ? 'beside' : 'full'}
      data-picture={wasSeen.current}
      data-people={people}
    >
      <h1 className="hiddenText" ref={heading} tabIndex={-1}>
        {say.name(name)}
      </h1>
      <GroupCallTop
        state={state}
        name={name}
        beside={beside}
        isLarge={large !== null}
        peopleShown={people}
        waiting={waiting}
        onLayout={toggleLayout}
        onPeople={togglePeople}
        onChat={onChat}
        onMinimise={onMinimise}
      />
      <div className="groupCall-body">
        {!isCovered && (
          <div className="groupCall-main">
            <ShownContext value={shown}>
              {isAlone && <AloneCard details={details} wasLeft={hadOthers.current === session} />}
              {participants.length === 0 ? (
                <div className="groupWaiting">
                  {details !== null && (
                    <ConversationAvatar conversation={details.conversation} size="large" />
                  )}
                  <p>{groupPhase(phase.kind)}</p>
                </div>
              ) : (
                <div className="groupCall-stage" data-alone={isAlone}>
                  <GroupStage
                    session={session}
                    state={state}
                    wishes={wishes}
                    onPin={(pinned) => setWishes((now) => ({ ...now, pinned }))}
                  />
                </div>
              )}
            </ShownContext>
            <Reactions state={state} />
          </div>
        )}
        {people && (
          <PeoplePanel
            session={session}
            state={state}
            details={details}
            pinned={wishes.pinned}
            onPin={(pinned) => setWishes((now) => ({ ...now, pinned }))}
            onRemove={(person) => setPanel({ remove: person })}
            onAdd={() => setPanel('add')}
            onGuests={() => setPanel('guests')}
            onClose={() => setPeople(false)}
          />
        )}
      </div>
      {statistics && <GroupStatisticsPanel session={session} onClose={() => setStatistics(false)} />}
      <div className="call-foot">
        {!isCovered && (
          <GroupCallNotes
            session={session}
            state={state}
            waiting={people ? 0 : waiting}
            onDevices={() => setPanel('devices')}
            onPeople={() => setPeople(true)}
          />
        )}
        <GroupCallControls
          session={session}
          state={state}
          statistics={statistics}
          isLarge={large !== null}
          onDevices={() => setPanel('devices')}
          onStatistics={() => setStatistics((open) => !open)}
          onLayout={toggleLayout}
        />
      </div>
      {panel === 'devices' && <DevicesDialog calls={calls} session={session} local={local} onClose={close} />}
      {panel === 'add' && details?.group != null && (
        <AddMembersDialog
          conversationId={details.conversation.conversationId}
          members={details.members}
          sharesHistory={details.group.sharesHistory}
          onClose={close}
        />
      )}
      {panel === 'guests' && <GuestsDialog guests={guests} onClose={close} />}
      {panel !== null && typeof panel === 'object' && (
        <RemoveDialog
          name={panel.remove.account.username}
          onRemove={() => session.remove(panel.remove.joinId)}
          onClose={close}
        />
      )}
    </div>
  );
}
