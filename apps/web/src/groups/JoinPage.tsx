import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import { useCallStage, wantGroupCall } from '../calls/stage.ts';
import { serverProblemSentence } from '../entry/problemSentences.ts';
import { useOpenGroupCall } from '../groupCalls/OpenGroupCalls.tsx';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { GroupAvatar } from '../parts/GroupAvatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { ConversationId, GroupInvitePreview } from '../sotto.ts';
import { words } from '../words.ts';
import { type JoinState, useJoin } from './useJoin.ts';
import './groups.css';

/** After that, there is none any more. */
const callAwaitedMs = 30_000;

const home = (): void => navigate({ kind: 'home' }, { replace: true });

/** What a link to a group leads to: what it is, asking to join, and what became of it. `toCall`: a guest's, to the call there. */
export function JoinPage({ link, toCall }: { link: string; toCall: boolean }) {
  const { join: text } = words.groups;
  const { state, look, ask } = useJoin(link);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  // Once somebody has let this account in, the group itself; a guest comes to the call, which is known soon after.
  const joined = state.kind === 'preview' ? state.preview.conversationId : null;
  const call = useOpenGroupCall(joined);
  const { place } = useCallStage();
  const asked = useRef(false);
  asked.current ||= state.kind === 'preview' && state.preview.requested;
  const isAwaited = toCall && call === null;
  const lead = useEffectEvent((conversationId: ConversationId) => {
    navigate({ kind: 'conversation', conversationId, details: false }, { replace: true });
    if (!toCall || call === null || place !== null) return;
    wantGroupCall({ conversationId, callId: call.callId, video: call.hasVideo });
  });
  useEffect(() => {
    if (joined === null || !(asked.current || toCall)) return;
    if (!isAwaited) {
      lead(joined);
      return;
    }
    const timer = setTimeout(() => lead(joined), callAwaitedMs);
    return () => clearTimeout(timer);
  }, [joined, toCall, isAwaited]);

  return (
    <main className="pane join">
      <div className="paneBar">
        <IconButton icon="back" label={words.common.back} onClick={home} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {text.title}
        </h1>
      </div>
      <div className="pane-scroller join-scroller">
        <JoinCard
          state={state}
          onLook={look}
          onAsk={() => {
            asked.current = true;
            ask();
          }}
        />
      </div>
    </main>
  );
}

function JoinCard({ state, onLook, onAsk }: { state: JoinState; onLook: () => void; onAsk: () => void }) {
  const { join: text } = words.groups;
  if (state.kind === 'loading') {
    return (
      <div className="join-card" role="status">
        <span className="hiddenText">{text.loading}</span>
        <span className="placeholder join-photo" />
        <span className="placeholder join-line" />
      </div>
    );
  }
  if (state.kind === 'problem') return <JoinProblem problem={state.problem} onLook={onLook} />;
  const { preview, asking } = state;
  const { conversationId } = preview;
  return (
    <Preview preview={preview}>
      {conversationId !== null ? (
        <>
          <p role="status">{text.member}</p>
          <Button
            look="primary"
            onClick={() =>
              navigate({ kind: 'conversation', conversationId, details: false }, { replace: true })
            }
          >
            {text.open}
          </Button>
        </>
      ) : preview.requested ? (
        <>
          <p role="status">
            <strong>{text.waitingTitle}</strong>
            {preview.needsApproval ? text.waiting : text.joining}
          </p>
          <Button onClick={home}>{text.toChats}</Button>
        </>
      ) : (
        <>
          <p>{preview.needsApproval ? text.approval : text.atOnce}</p>
          <Button look="primary" busy={asking} onClick={onAsk}>
            {asking ? text.asking : preview.needsApproval ? text.ask : text.join}
          </Button>
        </>
      )}
    </Preview>
  );
}

function Preview({ preview, children }: { preview: GroupInvitePreview; children: ReactNode }) {
  const name = preview.name === '' ? words.groups.unnamed : preview.name;
  return (
    <section className="join-card" aria-labelledby="join-name">
      <GroupAvatar id="00" name={name} photo={preview.photo} size="large" />
      <h2 id="join-name">{words.groups.join.invited(name)}</h2>
      <p>{words.groups.members(preview.memberCount)}</p>
      {children}
    </section>
  );
}

function JoinProblem({
  problem,
  onLook,
}: {
  problem: Extract<JoinState, { kind: 'problem' }>['problem'];
  onLook: () => void;
}) {
  const { join: text } = words.groups;
  switch (problem.kind) {
    case 'invalid':
    case 'unusable':
    case 'declined':
      return (
        <EmptyState
          title={text[`${problem.kind}Title`]}
          text={text[problem.kind]}
          figure={<Icon name="link" />}
        >
          <Button onClick={home}>{text.toChats}</Button>
        </EmptyState>
      );
    default: {
      const sentence =
        problem.kind === 'unexpected' ? words.problem.unexpected : serverProblemSentence(problem);
      return (
        <EmptyState title={text.title} text={sentence} figure={<Icon name="link" />}>
          <Button onClick={onLook}>{text.again}</Button>
          <Button look="plain" onClick={home}>
            {text.toChats}
          </Button>
        </EmptyState>
      );
    }
  }
}
