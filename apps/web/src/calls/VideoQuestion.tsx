import type { CallSession } from '@sotto/sdk/calls';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { callWords } from '../wordsCalls.ts';

const say = callWords.video;

/** The other side asks for video: nothing is turned on before this one said so. */
export function VideoQuestion({ session, name }: { session: CallSession; name: string }) {
  return (
    <Dialog title={say.ask(name)} text={say.askText} onClose={() => session.declineVideo()}>
      <div className="dialog-actions">
        <Button onClick={() => session.declineVideo()}>{say.decline}</Button>
        <Button look="primary" onClick={() => void session.acceptVideo()}>
          {say.accept}
        </Button>
      </div>
    </Dialog>
  );
}
