import type { GroupCallSession, GroupCallState } from '@sotto/sdk/groupCalls';
import { useRef } from 'react';
import { CallPicture } from '../calls/CallPicture.tsx';
import { SmallPicture } from '../calls/SmallPicture.tsx';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { ShownContext, useShown, useShownPictures } from './shownPictures.ts';
import { largeOf, type Shown } from './stageView.ts';

interface GroupFloatingPictureProps {
  session: GroupCallSession;
  state: GroupCallState;
  onReturn: () => void;
}

const say = groupCallWords.page;

/** Who speaks, or what is shared, over the chats while the call is a bar; a press leads back to it. */
export function GroupFloatingPicture({ session, state, onReturn }: GroupFloatingPictureProps) {
  const shownPictures = useShownPictures(session);
  const { participants, speakers } = state;
  const seen = participants.filter(({ isSelf, hasCamera, isSharing }) => !isSelf && (hasCamera || isSharing));
  const shown = largeOf(seen, speakers, { layout: 'speaker', pinned: null, putBack: null });
  const person = seen.find(({ joinId }) => joinId === shown?.joinId);
  if (shown === null || person === undefined) return null;
  const { username } = person.account;
  const label = shown.source === 'screen' ? say.screen(username) : say.picture(username);
  return (
    <div className="callFloat">
      <ShownContext value={shownPictures}>
        <SmallPicture label={callWords.bar.return} start="top" onPress={onReturn}>
          <Picture key={`${shown.joinId} ${shown.source}`} session={session} shown={shown} label={label} />
        </SmallPicture>
      </ShownContext>
    </div>
  );
}

function Picture({ session, shown, label }: { session: GroupCallSession; shown: Shown; label: string }) {
  const { joinId, source } = shown;
  const element = useRef<HTMLSpanElement>(null);
  useShown(element, joinId, source, true);
  return (
    <span className="groupFloat-picture" ref={element}>
      <CallPicture
        stream={session.streamOf(joinId, source)}
        label={label}
        fit={source === 'screen' ? 'whole' : 'filled'}
      />
    </span>
  );
}
