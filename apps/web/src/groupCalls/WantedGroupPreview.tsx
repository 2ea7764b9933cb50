import type { GroupCalls } from '@sotto/sdk/groupCalls';
import { type WantedGroupCall, wantGroupCall } from '../calls/stage.ts';
import type { ConversationView, GroupCallView } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { GroupCallPreview } from './GroupCallPreview.tsx';
import { whyClosed } from './whyClosed.ts';

interface WantedGroupPreviewProps {
  calls: GroupCalls | null;
  wanted: WantedGroupCall;
  views: readonly GroupCallView[];
  conversation: ConversationView | null;
  /** This page is in a call already. */
  busy: boolean;
  openWith: (act: (opened: GroupCalls) => void) => void;
}

/** Before the call that is wanted. Where one was begun in the group meanwhile, it is that one. */
export function WantedGroupPreview({
  calls,
  wanted,
  views,
  conversation,
  busy,
  openWith,
}: WantedGroupPreviewProps) {
  const own = useOwnAccountId();
  const { conversationId } = wanted;
  const call = views.find((view) => view.conversationId === conversationId) ?? null;
  if (calls === null || conversation === null) return null;
  const { preview } = groupCallWords;
  const isGone = wanted.callId !== null && call === null;
  const problem = !calls.canCall
    ? callWords.trouble.unsupported
    : busy
      ? preview.inCall
      : isGone
        ? preview.over
        : call !== null && !call.mayJoin
          ? preview.closed[whyClosed(call)]
          : null;
  return (
    <GroupCallPreview
      calls={calls}
      conversation={conversation}
      name={conversationTitle(conversation, own)}
      call={call}
      video={wanted.video}
      problem={problem}
      onGo={(choice) => {
        const callId = call?.callId ?? null;
        openWith((opened) => {
          if (callId === null) opened.start(conversationId, choice);
          else opened.join(callId, choice);
        });
      }}
      onClose={() => wantGroupCall(null)}
    />
  );
}
