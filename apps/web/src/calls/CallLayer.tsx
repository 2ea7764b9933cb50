import type { CallEnding, CallSession, CallState, Calls } from '@sotto/sdk/calls';
import { lazy, Suspense, useCallback, useEffect, useEffectEvent, useState } from 'react';
import { groupCallsOfPage } from '../groupCalls/groupCallsOfPage.ts';
import { pause } from '../media/player/player.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { Button } from '../parts/Button.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { AccountView, CallId, CallView, ConversationId } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { useWatched } from '../state/useWatched.ts';
import { callWords } from '../wordsCalls.ts';
import { CallAnnouncer } from './CallAnnouncer.tsx';
import { CallBar } from './CallBar.tsx';
import { CallPage } from './CallPage.tsx';
import { CheckDialog } from './CheckDialog.tsx';
import { callsOfPage } from './callsOfPage.ts';
import { type EndedWords, endedWords } from './callTrouble.ts';
import { callChoice, isSwitchedOn, keepMedia, keptChoice, setSwitch } from './choices.ts';
import { EndedCard } from './EndedCard.tsx';
import { FloatingPicture } from './FloatingPicture.tsx';
import { IncomingSheet } from './IncomingSheet.tsx';
import { OtherCallBar } from './OtherCallBar.tsx';
import { playRing } from './ringSounds.ts';
import { checkDevices, showCall, useCallStage, type WantedCall, wantCall } from './stage.ts';
import { useComposerAfter } from './useComposerAfter.ts';
import { useDuration } from './useDuration.ts';
import { useRinging } from './useRinging.ts';
import { useCalls, useSession, useSessionState } from './useSession.ts';
import { VideoQuestion } from './VideoQuestion.tsx';
import './calls.css';
import './callPage.css';

const GrowDialog = lazy(() => import('../groupCalls/GrowDialog.tsx'));

interface Told {
  readonly words: EndedWords;
  readonly peer: AccountView | null;
  /** What was begun, to begin it again. */
  readonly again: WantedCall | null;
}

/** Elsewhere: nothing has ended there. */
const goesOn: ReadonlySet<CallEnding['kind']> = new Set(['answeredElsewhere', 'movedElsewhere']);

/** What of calls lies in and over the shell: the sheet of one that rings, the call itself, and what became of it. */
export default function CallLayer({ calls: views }: { calls: readonly CallView[] }) {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const phone = usePhoneLayout();
  const { calls, request } = useCalls(callsOfPage);
  const conversations = useWatched({ kind: 'conversations' });
  const { place, wanted, wantedGroup, checking, inGroupCall } = useCallStage();
  const { session, forget } = useSession(calls);
  const state = useSessionState(session);
  const [asking, setAsking] = useState<WantedCall | null>(null);
  const [silenced, setSilenced] = useState<CallId | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const [growing, setGrowing] = useState(false);

  const nameOf = (conversationId: ConversationId | null, peer: AccountView | null): string => {
    const conversation = conversations?.find((one) => one.conversationId === conversationId);
    return conversation === undefined ? (peer?.username ?? '') : conversationTitle(conversation, own);
  };
  const peerOf = (conversationId: ConversationId | null): AccountView | null =>
    conversations?.find((one) => one.conversationId === conversationId)?.peer ?? null;

  const isOpen = state !== null && state.phase.kind !== 'ended';
  const view = views.find(({ callId }) => callId === state?.callId);
  const conversationId = state?.conversationId ?? view?.conversationId ?? null;
  const peer = view?.peer ?? peerOf(conversationId);
  const name = nameOf(conversationId, peer);

  const ringing =
    views.find(({ isIncoming, phase, device }) => isIncoming && phase === 'ringing' && device === null) ??
    null;
  // While this page is in a call, another one is told that it is busy.
  const isBusy = isOpen || inGroupCall;
  const incoming = isBusy ? null : ringing;
  const other = isBusy
    ? undefined
    : views.find(({ phase, device }) => phase === 'ongoing' && device !== null);
  const caller = nameOf(incoming?.conversationId ?? null, incoming?.peer ?? null);
  useRinging(
    incoming?.callId ?? null,
    incoming?.hasVideo === true ? callWords.incoming.video(caller) : callWords.incoming.voice(caller),
    callWords.incoming.notification,
    silenced === incoming?.callId,
  );

  const closeCheck = (): void => {
    setAsking(null);
    checkDevices(false);
  };
  /** With what calls need: where that cannot be fetched now, it is said. */
  const fetched = (act: (opened: Calls) => void): void => {
    setTold(null);
    request().then(act, () => {
      closeCheck();
      const words = endedWords({ kind: 'refused', problem: { kind: 'offline' } }, '', null);
      setTold({ words, peer: null, again: null });
    });
  };
  /** Opens a session. */
  const openWith = (act: (opened: Calls) => void): void => {
    closeCheck();
    fetched((opened) => {
      act(opened);
      showCall('full');
    });
  };
  const begin = (call: WantedCall): void => {
    setSwitch('tried', true);
    openWith((opened) => opened.start(call.conversationId, callChoice(call.video)));
  };
  // Wanted by a button, which knows nothing of what calls need.
  const take = useEffectEvent((call: WantedCall) => {
    wantCall(null);
    if (isBusy) {
      showCall('full');
      return;
    }
    // The first time, the browser asks for its permission: nobody rings meanwhile.
    if (isSwitchedOn('tried') || calls?.canCall === false) begin(call);
    else setAsking(call);
  });
  const isReady = conversations !== undefined;
  useEffect(() => {
    if (wanted !== null && isReady) take(wanted);
  }, [wanted, isReady]);

  // Where what calls need was not here yet, or could not be fetched before.
  const fetchForCheck = useEffectEvent(() => fetched(() => undefined));
  const isCheckAwaited = calls === null && (asking !== null || checking);
  useEffect(() => {
    if (isCheckAwaited) fetchForCheck();
  }, [isCheckAwaited]);
  // Of the last call nothing more is told, and no devices are tried, once there is another one of any kind.
  const beginsAnother = useEffectEvent(() => {
    setTold(null);
    closeCheck();
  });
  const isAnother = isBusy || wantedGroup !== null;
  useEffect(() => {
    if (isAnother) beginsAnother();
  }, [isAnother]);

  const answer = (call: CallView, video: boolean): void => {
    openWith((opened) => opened.answer(call.callId, callChoice(video)));
  };
  const rejoin = (call: CallView): void => {
    openWith((opened) => opened.rejoin(call.callId, keptChoice(call.callId)));
  };

  useEnding(session, state, (ended) => {
    const { phase, connectedAtMs, role, hasVideo } = ended;
    if (phase.kind !== 'ended') return;
    setGrowing(false);
    // It has grown into a group's call, which goes on in its place.
    if (inGroupCall) {
      forget(session);
      return;
    }
    if (!goesOn.has(phase.ending.kind)) playRing('ended');
    const talkedMs = connectedAtMs === null ? null : Date.now() - connectedAtMs;
    const again = conversationId === null || role !== 'caller' ? null : { conversationId, video: hasVideo };
    const words = endedWords(phase.ending, name, talkedMs);
    setTold({
      words: words.kind === 'again' && again === null ? { ...words, kind: 'stays' } : words,
      peer,
      again,
    });
    showCall(null);
    forget(session);
  });
  useComposerAfter(place);
  useEffect(() => {
    if (isOpen) pause();
  }, [isOpen]);
  // The other side may let it grow into a group's call, which is followed.
  useEffect(() => {
    if (isOpen) groupCallsOfPage(sotto).catch(() => undefined);
  }, [isOpen, sotto]);
  const callId = isOpen ? state.callId : null;
  const video = state !== null && state.local.camera !== 'off';
  const muted = state?.local.isMuted === true;
  useEffect(() => {
    if (callId !== null) keepMedia({ callId, video, muted });
  }, [callId, video, muted]);
  // Who signs out hangs up.
  useEffect(() => () => session?.end(), [session]);
  const phase = state?.phase.kind ?? null;
  const isCaller = state?.role === 'caller';
  useEffect(() => (phase === 'ringing' && isCaller ? playRing('outgoing') : undefined), [phase, isCaller]);

  const closeTold = useCallback(() => setTold(null), []);
  const write = (to: ConversationId | null): void => {
    if (to !== null) navigate({ kind: 'conversation', conversationId: to, details: false });
  };
  const toggleChat = (): void => {
    if (place === 'beside') {
      showCall('full');
      return;
    }
    write(conversationId);
    showCall(phone ? 'bar' : 'beside');
  };
  const otherName = nameOf(other?.conversationId ?? null, other?.peer ?? null);
  const shownPlace = place === 'beside' && phone ? 'bar' : place;
  return (
    <>
      {isOpen && !inGroupCall && session !== null && calls !== null && state !== null && (
        <>
          {shownPlace === 'bar' ? (
            <>
              <TalkBar session={session} state={state} name={name} />
              <FloatingPicture
                session={session}
                state={state}
                name={name}
                onReturn={() => showCall('full')}
              />
            </>
          ) : (
            <CallPage
              calls={calls}
              session={session}
              state={state}
              peer={peer}
              name={name}
              beside={shownPlace === 'beside'}
              onGrow={() => setGrowing(true)}
              onMinimise={() => showCall('bar')}
              onChat={toggleChat}
            />
          )}
          {state.videoRequest === 'askedByOther' && <VideoQuestion session={session} name={name} />}
          <CallAnnouncer state={state} name={name} />
        </>
      )}
      {other !== undefined && (
        <OtherCallBar
          label={callWords.bar.name(otherName)}
          hasVideo={other.hasVideo}
          device={other.device}
          wasLeft={other.rejoinUntilMs !== null}
          say={{
            elsewhere: callWords.bar.elsewhere(otherName),
            left: callWords.bar.left(otherName),
            otherTab: callWords.bar.otherTab(otherName),
            end: callWords.page.end,
          }}
          onRejoin={() => rejoin(other)}
          onEnd={() => void sotto.endCall(other.callId)}
        />
      )}
      {growing && session !== null && isOpen && !inGroupCall && (
        <Suspense>
          <GrowDialog session={session} peer={peer} onClose={() => setGrowing(false)} />
        </Suspense>
      )}
      {told !== null && !isBusy && (
        <EndedCard
          key={told.words.title}
          title={told.words.title}
          text={told.words.text}
          isBrief={told.words.kind === 'brief'}
          figure={told.peer !== null && <Avatar account={told.peer} />}
          onClose={closeTold}
        >
          {told.words.kind === 'again' && (
            <>
              <Button
                onClick={() => {
                  setTold(null);
                  write(told.again?.conversationId ?? null);
                }}
              >
                {callWords.ended.write}
              </Button>
              <Button
                look="primary"
                onClick={() => {
                  if (told.again !== null) begin(told.again);
                }}
              >
                {callWords.ended.again}
              </Button>
            </>
          )}
        </EndedCard>
      )}
      {incoming !== null && (
        <IncomingSheet
          key={incoming.callId}
          call={incoming}
          name={caller}
          silenced={silenced === incoming.callId}
          problem={calls?.canCall === false ? callWords.trouble.unsupported : null}
          onSilence={() => setSilenced(incoming.callId)}
          onAnswer={(video) => answer(incoming, video)}
          onDecline={() => void sotto.declineCall(incoming.callId)}
        />
      )}
      {calls !== null && incoming === null && (asking !== null || checking) && (
        <CheckDialog
          calls={calls}
          call={
            asking === null
              ? null
              : { name: nameOf(asking.conversationId, peerOf(asking.conversationId)), video: asking.video }
          }
          onCall={() => asking !== null && begin(asking)}
          onClose={closeCheck}
        />
      )}
    </>
  );
}

function TalkBar({ session, state, name }: { session: CallSession; state: CallState; name: string }) {
  const { phase, connectedAtMs, hasVideo, local } = state;
  const duration = useDuration(phase.kind === 'connected' ? connectedAtMs : null);
  return (
    <CallBar
      label={callWords.bar.name(name)}
      name={name}
      hasVideo={hasVideo}
      status={duration ?? callWords.bar.phase[phase.kind]}
      isMuted={local.isMuted}
      endLabel={callWords.page.end}
      onMute={(muted) => session.setMuted(muted)}
      onEnd={() => session.end()}
      onReturn={() => showCall('full')}
    />
  );
}

/** Calls `act` once for each session, when it is over. */
function useEnding(
  session: CallSession | null,
  state: CallState | null,
  act: (state: CallState) => void,
): void {
  const ended = useEffectEvent(() => {
    if (state !== null) act(state);
  });
  const isOver = session !== null && state?.phase.kind === 'ended';
  useEffect(() => {
    if (isOver) ended();
  }, [isOver]);
}
