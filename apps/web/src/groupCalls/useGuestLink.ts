import type { GroupCallState } from '@sotto/sdk/groupCalls';
import { useState } from 'react';
import { groupLimits } from '../groups/limits.ts';
import type { CallId, ConversationId } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { makeGuestCall } from './makeGuestCall.ts';

/** A link for guests of the call that is open. */
export interface GuestLink {
  readonly busy: boolean;
  readonly failed: boolean;
  readonly link: string | null;
  make(): void;
}

interface Attempt {
  readonly from: CallId;
  readonly busy: boolean;
  /** The call that it goes on in. */
  readonly made: { readonly callId: CallId; readonly link: string } | null;
  /** The group of an attempt that failed, where it could not be taken back: the next one goes on with it. */
  readonly left: ConversationId | null;
}

/** Held beside the call, not by the dialog that shows it: a call has one such link, whenever it is looked at. */
export function useGuestLink(state: GroupCallState | null, name: string): GuestLink {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const [attempt, setAttempt] = useState<Attempt | null>(null);
  const callId = state?.callId ?? null;
  const isMine = callId !== null && (attempt?.from === callId || attempt?.made?.callId === callId);
  const mine = isMine ? attempt : null;
  const make = async (): Promise<void> => {
    if (state === null || callId === null || mine?.busy === true) return;
    const from = callId;
    const left = mine?.left ?? null;
    const { participants } = state;
    const memberIds = new Set(participants.map(({ account }) => account.accountId));
    if (own !== null) memberIds.delete(own);
    const hasVideo = participants.some(({ hasCamera }) => hasCamera);
    const title = groupCallWords.guests.name(name).slice(0, groupLimits.nameLength);
    setAttempt({ from, busy: true, made: null, left });
    const result = await makeGuestCall(sotto, from, { title, memberIds: [...memberIds], hasVideo }, left);
    setAttempt((now) => (now?.from === from ? { from, busy: false, ...result } : now));
  };
  return {
    busy: mine?.busy === true,
    failed: mine !== null && !mine.busy && mine.made === null,
    link: mine?.made?.link ?? null,
    make: () => void make(),
  };
}
