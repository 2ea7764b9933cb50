import type { CallSession, CallState } from '@sotto/sdk/calls';
import { callWords } from '../wordsCalls.ts';
import { CallPicture } from './CallPicture.tsx';
import { SmallPicture } from './SmallPicture.tsx';

interface FloatingPictureProps {
  session: CallSession;
  state: CallState;
  name: string;
  onReturn: () => void;
}

const { bar, page } = callWords;

/** What the other side shows, over the chats while the call is a bar; a press leads back to it. */
export function FloatingPicture({ session, state, name, onReturn }: FloatingPictureProps) {
  const { hasCamera, isSharing } = state.remote;
  if (!hasCamera && !isSharing) return null;
  const { remoteCamera, remoteScreen } = session.streams;
  return (
    <div className="callFloat">
      <SmallPicture label={bar.return} start="top" onPress={onReturn}>
        <CallPicture
          stream={isSharing ? remoteScreen : remoteCamera}
          label={isSharing ? page.remoteSharing(name) : page.remote(name)}
          fit={isSharing ? 'whole' : 'filled'}
        />
      </SmallPicture>
    </div>
  );
}
