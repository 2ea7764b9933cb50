import { Avatar } from '../parts/Avatar.tsx';
import { words } from '../words.ts';
import type { Suggestion } from './useCompletion.ts';

interface CompletionListProps {
  id: string;
  kind: 'mention' | 'emoji';
  suggestions: readonly Suggestion[];
  chosen: number;
  onChoose: (suggestion: Suggestion) => void;
}

/** Above the composer, whose field keeps the focus: arrows choose, Enter or Tab takes. */
export function CompletionList({ id, kind, suggestions, chosen, onChoose }: CompletionListProps) {
  const { mentions, emojiNames } = words.messaging.composer;
  return (
    <div
      className="completion"
      id={id}
      role="listbox"
      aria-label={kind === 'mention' ? mentions : emojiNames}
    >
      {suggestions.map((suggestion, index) => (
        <div
          key={suggestion.key}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          className="completion-option"
          aria-selected={index === chosen}
          onPointerDown={(event) => {
            // The field keeps the focus.
            event.preventDefault();
            onChoose(suggestion);
          }}
        >
          {suggestion.account !== null && <Avatar account={suggestion.account} size="small" />}
          {suggestion.emoji !== null && <span className="completion-emoji emoji">{suggestion.emoji}</span>}
          <span className="completion-label">{suggestion.label}</span>
          <span className="completion-hint">{suggestion.hint}</span>
        </div>
      ))}
    </div>
  );
}
