import type { GroupCallState, GroupCalls } from '@sotto/sdk/groupCalls';
import { type ReactNode, useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
import { callsOfPage } from '../calls/callsOfPage.ts';
import { keepMedia, keptChoice } from '../calls/choices.ts';
import { EndedCard } from '../calls/EndedCard.tsx';
import { OtherCallBar } from '../calls/OtherCallBar.tsx';
import { playRing } from '../calls/ringSounds.ts';
import { setInGroupCall, showCall, useCallStage, wantGroupCall } from '../calls/stage.ts';
import { useComposerAfter } from '../calls/useComposerAfter.ts';
import { useRinging } from '../calls/useRinging.ts';
import { useCalls, useSession, useSessionState } from '../calls/useSession.ts';
import { pause } from '../media/player/player.ts';
import { Button } from '../parts/Button.tsx';
import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import { navigate } from '../routing/useRoute.ts';
import type {
  CallId,
  ConversationDetailsView,
  ConversationId,
  ConversationView,
  GroupCallView,
} from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { useWatched } from '../state/useWatched.ts';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { GroupCallAnnouncer } from './GroupCallAnnouncer.tsx';
import { GroupCallBar } from './GroupCallBar.tsx';
import { GroupCallPage } from './GroupCallPage.tsx';
import { GroupFloatingPicture } from './GroupFloatingPicture.tsx';
import { GroupIncomingSheet } from './GroupIncomingSheet.tsx';
import { groupCallsOfPage } from './groupCallsOfPage.ts';
import { type GroupEndedWords, groupEndedWords, notGrownWords } from './groupEndedWords.ts';
import { useGuestLink } from './useGuestLink.ts';
import { WantedGroupPreview } from './WantedGroupPreview.tsx';
import '../calls/calls.css';
import '../calls/callPage.css';
import './groupCalls.css';

interface Told {
  readonly words: GroupEndedWords;
  readonly conversation: ConversationView | null;
  readonly callId: CallId | null;
  /** Of the call of two that is open: over with it. */
  readonly inCall: boolean;
}

const say = groupCallWords.bar;
const nobodyReached: Told = {
  words: groupEndedWords({ kind: 'refused', problem: { kind: 'offline' } }, null),
  conversation: null,
  callId: null,
  inCall: false,
};

/** What of group calls lies in and over the shell: the sheet of one that rings, the preview, the call, what became of it. */
export default function GroupCallLayer({ calls: views }: { calls: readonly GroupCallView[] }) {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const phone = usePhoneLayout();
  const { calls, request } = useCalls(groupCallsOfPage);
  const { calls: callsOfTwo } = useCalls(callsOfPage);
  const conversations = useWatched({ kind: 'conversations' });
  const { place, wantedGroup, inGroupCall } = useCallStage();
  const { session, forget } = useSession(calls);
  const state = useSessionState(session);
  const [silenced, setSilenced] = useState<CallId | null>(null);
  const [told, setTold] = useState<Told | null>(null);

  const find = (id: ConversationId | null): ConversationView | null =>
    conversations?.find(({ conversationId }) => conversationId === id) ?? null;
  const nameOf = (conversation: ConversationView | null): string =>
    conversation === null ? '' : conversationTitle(conversation, own);

  const isOpen = state !== null && state.phase.kind !== 'ended';
  const view = views.find(({ callId }) => callId === state?.callId);
  const conversationId = state?.conversationId ?? view?.conversationId ?? null;
  const conversation = find(conversationId);
  const name = nameOf(conversation);
  const guests = useGuestLink(state, name);

  // While this page is in a call, no other one rings; the chat shows it.
  const isFree = place === null && wantedGroup === null;
  const ringing = isFree
    ? (views.find(
        ({ ringsUntilMs, device, mayJoin }) => ringsUntilMs !== null && device === null && mayJoin,
      ) ?? null)
    : null;
  const ringingName = nameOf(find(ringing?.conversationId ?? null));
  useRinging(
    ringing?.callId ?? null,
    groupCallWords.incoming.voice(ringingName),
    groupCallWords.incoming.notification,
    silenced === ringing?.callId,
  );
  const other = isFree ? views.find(({ device }) => device !== null) : undefined;
  const otherName = nameOf(find(other?.conversationId ?? null));

  /** With what calls need: where that cannot be fetched now, it is said. */
  const openWith = (act: (opened: GroupCalls) => void): void => {
    setTold(null);
    wantGroupCall(null);
    request().then(act, () => setTold(nobodyReached));
  };
  const rejoin = (callId: CallId): void => {
    openWith((opened) => opened.join(callId, keptChoice(callId)));
  };

  // Where what calls need could not be fetched when the page was idle, it is asked for again.
  const isWanted = wantedGroup !== null;
  useEffect(() => {
    if (!isWanted || calls !== null) return;
    request().catch(() => {
      wantGroupCall(null);
      setTold(nobodyReached);
    });
  }, [isWanted, calls, request]);
  const isUnknown =
    isWanted &&
    conversations !== undefined &&
    find(wantedGroup.conversationId) === null &&
    !views.some((view) => view.conversationId === wantedGroup.conversationId);
  useEffect(() => {
    if (isUnknown) wantGroupCall(null);
  }, [isUnknown]);

  useEffect(() => {
    setInGroupCall(isOpen);
  }, [isOpen]);
  // Also where it was not begun here: a call of two that the other side lets grow is followed.
  const appear = useEffectEvent(() => {
    setTold(null);
    pause();
    if (place === null) showCall('full');
  });
  useEffect(() => {
    if (isOpen) appear();
  }, [isOpen]);

  // A call has begun, also of two: what was to be looked at before, and what was told of an earlier one, is over.
  const isPlaced = place !== null;
  const wasPlaced = useRef(isPlaced);
  useEffect(() => {
    if (wasPlaced.current === isPlaced) return;
    wasPlaced.current = isPlaced;
    setTold((now) => (isPlaced || now?.inCall === true ? null : now));
    if (isPlaced) wantGroupCall(null);
  }, [isPlaced]);

  const callId = isOpen ? state.callId : null;
  const video = state !== null && state.local.camera !== 'off';
  const muted = state?.local.isMuted === true;
  useEffect(() => {
    if (callId !== null) keepMedia({ callId, video, muted });
  }, [callId, video, muted]);
  // Who signs out leaves. Not so one session whose call goes on in another: that lets go of it by itself.
  const leave = useEffectEvent(() => session?.leave());
  useEffect(() => () => leave(), []);
  useEnding(state, (ended) => {
    if (ended.phase.kind !== 'ended') return;
    const { ending } = ended.phase;
    // It goes on in another group: the session of that one follows.
    if (ending.kind === 'movedOn') {
      forget(session);
      return;
    }
    const { connectedAtMs, callId } = ended;
    const ofTwo = callsOfTwo?.current ?? null;
    const isGrowing = ofTwo !== null && ofTwo.state.phase.kind !== 'ended';
    forget(session);
    if (isGrowing && connectedAtMs === null) {
      // It came to nothing: the call of two goes on, where it is shown.
      setTold({ words: notGrownWords(ending), conversation: null, callId: null, inCall: true });
      return;
    }
    const talkedMs = connectedAtMs === null ? null : Date.now() - connectedAtMs;
    const words = groupEndedWords(ending, talkedMs);
    // It had gone on in this one, and waits only for the other side: it is over as well, and says so itself.
    if (isGrowing) ofTwo.end();
    else if (ending.kind !== 'movedElsewhere') playRing('ended');
    if (!isGrowing || words.kind !== 'brief') setTold({ words, conversation, callId, inCall: false });
    showCall(null);
  });
  useComposerAfter(place);

  const write = (): void => {
    if (conversationId !== null) navigate({ kind: 'conversation', conversationId, details: false });
  };
  const toggleChat = (): void => {
    if (place === 'beside') {
      showCall('full');
      return;
    }
    write();
    showCall(phone ? 'bar' : 'beside');
  };
  const closeTold = useCallback(() => setTold(null), []);
  const shownPlace = place === 'beside' && phone ? 'bar' : place;
  const back = views.find(({ callId, mayJoin }) => callId === told?.callId && mayJoin) ?? null;
  return (
    <>
      {isOpen && session !== null && calls !== null && (
        <WithDetails conversationId={conversationId}>
          {(details) => {
            const waiting = state.participants.length === 0 ? 0 : (details?.group?.requests.length ?? 0);
            return (
              <>
                {shownPlace === 'bar' ? (
                  <>
                    <GroupCallBar session={session} state={state} name={name} waiting={waiting} />
                    <GroupFloatingPicture session={session} state={state} onReturn={() => showCall('full')} />
                  </>
                ) : (
                  <GroupCallPage
                    calls={calls}
                    session={session}
                    state={state}
                    details={details}
                    waiting={waiting}
                    guests={guests}
                    name={name}
                    beside={shownPlace === 'beside'}
                    onMinimise={() => showCall('bar')}
                    onChat={toggleChat}
                  />
                )}
                <GroupCallAnnouncer state={state} waiting={waiting} isBar={shownPlace === 'bar'} />
              </>
            );
          }}
        </WithDetails>
      )}
      {other !== undefined && !inGroupCall && (
        <OtherCallBar
          label={say.name(otherName)}
          hasVideo={other.hasVideo}
          device={other.device}
          wasLeft={other.rejoinUntilMs !== null}
          say={{
            elsewhere: say.elsewhere(otherName),
            left: say.left(otherName),
            otherTab: say.otherTab(otherName),
            end: groupCallWords.page.leave,
          }}
          onRejoin={() => rejoin(other.callId)}
          onEnd={() => void sotto.leaveGroupCall(other.callId)}
        />
      )}
      {told !== null && !isOpen && (
        <EndedCard
          key={told.words.title}
          title={told.words.title}
          text={told.words.text}
          isBrief={told.words.kind === 'brief'}
          figure={told.conversation !== null && <ConversationAvatar conversation={told.conversation} />}
          onClose={closeTold}
        >
          {back !== null && told.words.kind !== 'stays' && (
            <Button
              look="primary"
              onClick={() => {
                setTold(null);
                wantGroupCall({
                  conversationId: back.conversationId,
                  callId: back.callId,
                  video: back.hasVideo,
                });
              }}
            >
              {told.words.kind === 'again' ? groupCallWords.ended.again : groupCallWords.ended.back}
            </Button>
          )}
        </EndedCard>
      )}
      {ringing !== null && (
        <GroupIncomingSheet
          key={ringing.callId}
          call={ringing}
          conversation={find(ringing.conversationId)}
          name={ringingName}
          silenced={silenced === ringing.callId}
          problem={calls?.canCall === false ? callWords.trouble.unsupported : null}
          onSilence={() => setSilenced(ringing.callId)}
          onJoin={() =>
            wantGroupCall({
              conversationId: ringing.conversationId,
              callId: ringing.callId,
              video: ringing.hasVideo,
            })
          }
          onDecline={() => void sotto.declineGroupCall(ringing.callId)}
        />
      )}
      {wantedGroup !== null && (
        <WantedGroupPreview
          calls={calls}
          wanted={wantedGroup}
          views={views}
          conversation={find(wantedGroup.conversationId)}
          busy={place !== null}
          openWith={openWith}
        />
      )}
    </>
  );
}

const noConversation = '0'.repeat(32) as ConversationId;

/** What is known of the group beside the call: its link, and who asks to be let in. One element, also while the call moves. */
function WithDetails({
  conversationId,
  children,
}: {
  conversationId: ConversationId | null;
  children: (details: ConversationDetailsView | null) => ReactNode;
}) {
  const view = { kind: 'conversation', conversationId: conversationId ?? noConversation } as const;
  return children(useWatched(view) ?? null);
}

/** Calls `act` once for each session, when it is over. */
function useEnding(state: GroupCallState | null, act: (state: GroupCallState) => void): void {
  const ended = useEffectEvent(() => {
    if (state !== null) act(state);
  });
  const isOver = state?.phase.kind === 'ended';
  useEffect(() => {
    if (isOver) ended();
  }, [isOver]);
}
