import { useCallback, useEffect, useRef, useState } from 'react';
import type { GroupInvitePreview, GroupInviteProblem } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { useWatched } from '../state/useWatched.ts';

/** What is known of a link to a group. */
export type JoinState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'preview'; readonly preview: GroupInvitePreview; readonly asking: boolean }
  | { readonly kind: 'problem'; readonly problem: GroupInviteProblem | { readonly kind: 'unexpected' } };

/** While an answer is waited for: being declined tells itself only to who asks. */
const lookAgainMs = 15_000;

/** Follows a link to a group: its preview, asking to join, and the answer. */
export function useJoin(link: string): { state: JoinState; look: () => void; ask: () => void } {
  const sotto = useSotto();
  const [state, setState] = useState<JoinState>({ kind: 'loading' });
  const conversationCount = useWatched({ kind: 'conversations' })?.length;
  const connection = useWatched({ kind: 'connection' })?.kind;
  const current = useRef(0);

  const look = useCallback((): void => {
    current.current += 1;
    const mine = current.current;
    sotto.resolveGroupInvite(link).then(
      (outcome) => {
        if (mine !== current.current) return;
        setState(
          outcome.kind === 'ok'
            ? { kind: 'preview', preview: outcome.value, asking: false }
            : { kind: 'problem', problem: outcome.problem },
        );
      },
      () => mine === current.current && setState({ kind: 'problem', problem: { kind: 'unexpected' } }),
    );
  }, [sotto, link]);

  // Anew where a group has come, or the connection.
  useEffect(() => {
    if (conversationCount === undefined || connection === undefined) return;
    look();
    return () => {
      current.current += 1;
    };
  }, [look, conversationCount, connection]);

  const waits = state.kind === 'preview' && state.preview.requested && state.preview.conversationId === null;
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(look, lookAgainMs);
    return () => clearInterval(timer);
  }, [waits, look]);

  const ask = useCallback((): void => {
    setState((present) => (present.kind === 'preview' ? { ...present, asking: true } : present));
    sotto.requestToJoin(link).then(
      (outcome) => {
        if (outcome.kind === 'problem') setState({ kind: 'problem', problem: outcome.problem });
        else look();
      },
      () => setState({ kind: 'problem', problem: { kind: 'unexpected' } }),
    );
  }, [sotto, link, look]);
  return { state, look, ask };
}
