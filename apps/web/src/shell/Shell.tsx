import { Suspense, useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
import { CallSlot } from '../calls/CallSlot.tsx';
import { useCallStage, wantGroupCall } from '../calls/stage.ts';
import { ArchivedList } from '../conversations/ArchivedList.tsx';
import { ConversationList } from '../conversations/ConversationList.tsx';
import { openFromInvite } from '../conversations/openFromInvite.ts';
import { useAwayBlur } from '../disappearing/awayBlur.ts';
import { GroupCallSlot } from '../groupCalls/GroupCallSlot.tsx';
import { OpenGroupCalls } from '../groupCalls/OpenGroupCalls.tsx';
import { MediaStage, PlayerSlot } from '../media/MediaStage.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Mark } from '../parts/Mark.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { Route } from '../routing/route.ts';
import { goBack, navigate, useRoute } from '../routing/useRoute.ts';
import type {
  CallView,
  ConversationId,
  ConversationView,
  GroupCallView,
  Outcome,
  ResetProblem,
  ResetResult,
  SessionView,
} from '../sotto.ts';
import { conversationTitle, OwnAccount } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { readStored, writeStored } from '../state/stored.ts';
import { usePhoneLayout, useThreePanes } from '../state/useMediaQuery.ts';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import {
  AddDeviceDialog,
  CallSettingsPage,
  DetailsPane,
  DevicesPage,
  ExportDialog,
  InviteDialog,
  JoinPage,
  loadLater,
  MediaStoragePage,
  NewConversationDialog,
  NewGroupDialog,
  PackDialog,
  SecurityPage,
  ServerSeesPage,
  SettingsPage,
  SignOutDialog,
  StarredPage,
} from './laterParts.ts';
import './shell.css';
import { ThreadSlot } from './ThreadSlot.tsx';
import { useDocumentTitle } from './useDocumentTitle.ts';
import { useEscape } from './useEscape.ts';

type SignedIn = Extract<SessionView, { kind: 'signedIn' }>;

interface ShellProps {
  session: SignedIn;
  startOver: (newPassword: string) => Promise<Outcome<ResetResult, ResetProblem>>;
}

/** The three panes of a signed-in account; on a phone one of them at a time. */
export function Shell({ session, startOver }: ShellProps) {
  const route = useRoute();
  useAwayBlur();
  const calls = useWatched({ kind: 'calls' }) ?? noCalls;
  const groupCalls = useWatched({ kind: 'groupCalls' }) ?? noGroupCalls;
  const { place: callPlace } = useCallStage();
  const isNarrow = usePhoneLayout();
  const isWide = useThreePanes();
  // Beside a call there is room for one pane.
  const phone = isNarrow || callPlace === 'beside';
  const threePanes = isWide && callPlace !== 'beside';
  const conversations = useWatched({ kind: 'conversations' });
  const [dialog, setDialog] = useState<'new' | 'newGroup' | 'invite' | 'export' | 'signOut' | null>(null);
  const [detailsWanted, setDetailsWanted] = useState(() => readStored('details') !== 'closed');
  const account = { accountId: session.accountId, username: session.username };

  const openId = route.kind === 'conversation' ? route.conversationId : null;
  const detailsBeside = threePanes && route.kind === 'conversation' && (detailsWanted || route.details);
  const detailsInstead = !threePanes && route.kind === 'conversation' && route.details;

  const open = useCallback((conversationId: ConversationId) => {
    setDialog(null);
    navigate({ kind: 'conversation', conversationId, details: false });
  }, []);
  const inviteProblem = useInviteRoute(route.kind === 'invite' ? route.invite : null);

  const toggleDetails = (): void => {
    if (openId === null) return;
    if (threePanes) {
      writeStored('details', detailsBeside ? 'closed' : 'open');
      setDetailsWanted(!detailsBeside);
      if (route.kind === 'conversation' && route.details) {
        navigate({ kind: 'conversation', conversationId: openId, details: false }, { replace: true });
      }
    } else if (detailsInstead) {
      goBack({ kind: 'conversation', conversationId: openId, details: false });
    } else {
      navigate({ kind: 'conversation', conversationId: openId, details: true });
    }
  };
  const back = useCallback(() => goBack({ kind: 'home' }), []);
  useEscape(() => {
    if (detailsInstead) toggleDetails();
    else if (route.kind !== 'home') back();
  });

  const current = conversations?.find((conversation) => conversation.conversationId === openId);
  // Once the list is there, what a chat needs follows before one is opened.
  const isListed = conversations !== undefined;
  useEffect(() => {
    if (isListed) loadLater();
  }, [isListed]);

  const archiveShown = route.kind === 'archived' || current?.archived === true;
  const unread = unreadOf(conversations ?? []);
  const ringing = calls.find(({ isIncoming, phase }) => isIncoming && phase === 'ringing');
  const ringingCall = groupCalls.find(({ ringsUntilMs, device }) => ringsUntilMs !== null && device === null);
  const ringingGroup = conversations?.find(
    ({ conversationId }) => conversationId === ringingCall?.conversationId,
  )?.title;
  useDocumentTitle(
    unread,
    titleOf(route.kind) ?? (current === undefined ? null : conversationTitle(current, session.accountId)),
    ringing?.peer.username ?? ringingGroup ?? null,
  );
  useCallRoute(route, conversations);

  // Back on the list of a phone: the focus returns to the row that was open.
  const list = useRef<HTMLDivElement>(null);
  const lastOpen = useRef<ConversationId | null>(null);
  const atHome = route.kind === 'home' || route.kind === 'archived';
  useEffect(() => {
    if (openId !== null) lastOpen.current = openId;
    if (!atHome || lastOpen.current === null) return;
    list.current?.querySelector<HTMLElement>(`a[href$="${lastOpen.current}"]`)?.focus();
  }, [atHome, openId]);

  const homeTitle =
    route.kind === 'invite'
      ? words.invite.opening
      : conversations?.length === 0
        ? words.entry.welcomeTitle
        : words.thread.noneTitle;
  const isList = ['home', 'archived', 'invite', 'addDevice', 'reset', 'stickers'].includes(route.kind);
  const listShown = !phone || isList;
  return (
    <OwnAccount value={session.accountId}>
      <OpenGroupCalls value={groupCalls}>
        <div className="shell" data-call={callPlace ?? undefined}>
          {openId !== null && (
            <button
              type="button"
              className="skipLink"
              onClick={() => document.getElementById('messages')?.focus()}
            >
              {words.app.skipToMessages}
            </button>
          )}
          <ConnectionBanner />
          <CallSlot calls={calls} />
          <GroupCallSlot calls={groupCalls} />
          <PlayerSlot />
          <div
            className="shell-panes"
            data-details={detailsBeside}
            ref={list}
            inert={callPlace === 'full'}
            aria-hidden={callPlace === 'full' || undefined}
          >
            {listShown && archiveShown && (
              <ArchivedList
                account={account}
                conversations={conversations}
                openId={openId}
                onBack={() => navigate({ kind: 'home' })}
              />
            )}
            {listShown && !archiveShown && (
              <ConversationList
                account={account}
                conversations={conversations}
                openId={openId}
                onNew={() => setDialog('new')}
                onInvite={() => setDialog('invite')}
                onExport={() => setDialog('export')}
                onSignOut={() => setDialog('signOut')}
              />
            )}
            {route.kind === 'conversation' && !detailsInstead && (
              <ThreadSlot
                key={route.conversationId}
                conversationId={route.conversationId}
                order={route.order ?? null}
                detailsShown={detailsBeside}
                onToggleDetails={toggleDetails}
                onBack={back}
              />
            )}
            {openId !== null && (detailsBeside || detailsInstead) && (
              <Suspense
                fallback={
                  <aside className="pane details" aria-label={words.details.title} aria-busy="true" />
                }
              >
                <DetailsPane
                  key={`details-${openId}`}
                  conversationId={openId}
                  instead={detailsInstead}
                  onClose={toggleDetails}
                />
              </Suspense>
            )}
            <Suspense
              fallback={
                <main className="pane" aria-label={titleOf(route.kind) ?? words.app.name} aria-busy="true" />
              }
            >
              {route.kind === 'settings' && (
                <SettingsPage
                  session={session}
                  onBack={back}
                  onInvite={() => setDialog('invite')}
                  onSignOut={() => setDialog('signOut')}
                />
              )}
              {route.kind === 'devices' && (
                <DevicesPage
                  onBack={() => goBack({ kind: 'settings' })}
                  onSignOut={() => setDialog('signOut')}
                />
              )}
              {route.kind === 'security' && (
                <SecurityPage
                  session={session}
                  startOver={startOver}
                  onBack={() => goBack({ kind: 'settings' })}
                />
              )}
              {route.kind === 'join' && (
                <JoinPage key={route.link} link={route.link} toCall={route.call === true} />
              )}
              {route.kind === 'storage' && <MediaStoragePage onBack={() => goBack({ kind: 'settings' })} />}
              {route.kind === 'calls' && <CallSettingsPage onBack={() => goBack({ kind: 'settings' })} />}
              {route.kind === 'serverSees' && <ServerSeesPage session={session} onBack={back} />}
              {route.kind === 'starred' && <StarredPage onBack={back} />}
            </Suspense>
            {isList && !phone && (
              <main className="pane">
                <div className="pane-empty">
                  <EmptyState title={homeTitle} text={words.app.line} figure={<Mark />} />
                </div>
              </main>
            )}
          </div>
          {inviteProblem !== null && <InviteProblem text={inviteProblem} />}
        </div>
      </OpenGroupCalls>
      <MediaStage />
      <Suspense>
        {route.kind === 'stickers' && (
          <PackDialog
            key={route.link}
            link={route.link}
            onClose={() => navigate({ kind: 'home' }, { replace: true })}
          />
        )}
        {route.kind === 'addDevice' && (
          <AddDeviceDialog
            key={route.code}
            code={route.code}
            onClose={() => navigate({ kind: 'devices' }, { replace: true })}
          />
        )}
        {dialog === 'new' && (
          <NewConversationDialog
            onClose={() => setDialog(null)}
            onInvite={() => setDialog('invite')}
            onGroup={() => setDialog('newGroup')}
            onOpen={open}
          />
        )}
        {dialog === 'newGroup' && <NewGroupDialog onClose={() => setDialog(null)} onOpen={open} />}
        {dialog === 'invite' && <InviteDialog onClose={() => setDialog(null)} />}
        {dialog === 'export' && <ExportDialog username={session.username} onClose={() => setDialog(null)} />}
        {dialog === 'signOut' && <SignOutDialog onClose={() => setDialog(null)} />}
      </Suspense>
    </OwnAccount>
  );
}

const noCalls: readonly CallView[] = [];
const noGroupCalls: readonly GroupCallView[] = [];

/** What the title counts: nothing of chats that are muted. */
function unreadOf(conversations: readonly ConversationView[]): number {
  const heard = conversations.filter(({ mutedUntilMs }) => mutedUntilMs === null);
  return heard.reduce((sum, { unreadCount }) => sum + unreadCount, 0);
}

function titleOf(kind: Route['kind']): string | null {
  switch (kind) {
    case 'starred':
      return words.messaging.stars.title;
    case 'join':
      return words.groups.join.title;
    case 'calls':
      return words.calls.settings;
    case 'archived':
    case 'settings':
    case 'serverSees':
    case 'devices':
    case 'security':
      return words[kind].title;
    default:
      return null;
  }
}

function InviteProblem({ text }: { text: string }) {
  return (
    <div className="shell-problem">
      <Problem text={text} />
    </div>
  );
}

/** A link to a group's call opens what comes before it; the place itself is the group. */
function useCallRoute(route: Route, conversations: readonly ConversationView[] | undefined): void {
  const wanted = route.kind === 'conversation' && route.call === true ? route.conversationId : null;
  const isListed = conversations !== undefined;
  const begin = useEffectEvent((conversationId: ConversationId) => {
    navigate({ kind: 'conversation', conversationId, details: false }, { replace: true });
    const isGroup = conversations?.some(
      (one) => one.conversationId === conversationId && one.kind === 'group' && one.ended === null,
    );
    if (isGroup === true) wantGroupCall({ conversationId, callId: null, video: false });
  });
  useEffect(() => {
    if (wanted !== null && isListed) begin(wanted);
  }, [wanted, isListed]);
}

/** An opened invite link leads on to the conversation with whoever made it. */
function useInviteRoute(invite: string | null): string | null {
  const sotto = useSotto();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (invite === null) return;
    let current = true;
    const lead = async (): Promise<void> => {
      const opened = await openFromInvite(sotto, invite).catch(() => ({ problem: words.problem.unexpected }));
      if (!current) return;
      if ('conversationId' in opened) {
        const { conversationId } = opened;
        navigate({ kind: 'conversation', conversationId, details: false }, { replace: true });
      } else {
        // The operator's first invite leads to nobody: it has done its work once the account is there.
        if (opened.problem !== words.newConversation.serverInvite) setProblem(opened.problem);
        navigate({ kind: 'home' }, { replace: true });
      }
    };
    lead();
    return () => {
      current = false;
    };
  }, [sotto, invite]);
  useEffect(() => {
    if (problem === null) return;
    const timer = setTimeout(() => setProblem(null), 10_000);
    return () => clearTimeout(timer);
  }, [problem]);
  return problem;
}
