import { CopyButton } from '../parts/CopyButton.tsx';
import { callLink } from '../routing/route.ts';
import type { ConversationDetailsView } from '../sotto.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';

const say = groupCallWords.alone;

interface AloneCardProps {
  details: ConversationDetailsView | null;
  /** Others were in it. */
  wasLeft: boolean;
}

/** Alone in a call: how the others come. */
export function AloneCard({ details, wasLeft }: AloneCardProps) {
  return (
    <section className="groupAlone" aria-labelledby="groupAlone-title">
      <h2 id="groupAlone-title">{wasLeft ? say.titleLeft : say.title}</h2>
      <p>{wasLeft ? say.textLeft : say.text}</p>
      {details !== null && (
        <CopyButton look="primary" text={callLink(details.conversation.conversationId)} label={say.copy} />
      )}
    </section>
  );
}
