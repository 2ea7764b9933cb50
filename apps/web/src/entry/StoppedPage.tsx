import { Button } from '../parts/Button.tsx';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';

/** The page for what cannot go on here, and what to do about it. */
export function StoppedPage({ reason }: { reason: keyof typeof words.stopped }) {
  const { title, text } = words.stopped[reason];
  return (
    <EntryFrame title={title} text={text} focusHeading>
      <Button look="primary" wide onClick={() => location.reload()}>
        {words.common.reload}
      </Button>
    </EntryFrame>
  );
}
