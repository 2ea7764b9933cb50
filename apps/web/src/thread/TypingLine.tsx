import type { ConversationView } from '../sotto.ts';
import { words } from '../words.ts';

/** Who is writing now; in groups by name. */
export function TypingLine({ conversation }: { conversation: ConversationView }) {
  return (
    <p className="typing" role="status">
      {conversation.typing && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {conversation.kind === 'group'
            ? typingSentence(conversation)
            : words.thread.isTyping(conversation.peer?.username ?? '')}
        </>
      )}
    </p>
  );
}

/** In the bar at the top: of groups who it is, in direct conversations only that it is. */
export function typingSentence({ kind, typingBy }: ConversationView): string {
  return kind === 'group'
    ? words.groups.typing(typingBy.map(({ username }) => username))
    : words.thread.typing;
}
