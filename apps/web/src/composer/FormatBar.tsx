import { IconButton } from '../parts/IconButton.tsx';
import { words } from '../words.ts';
import type { TextStyle } from './textMarks.ts';

const styles = [
  { style: 'bold', icon: 'bold', keys: 'Ctrl B' },
  { style: 'italic', icon: 'italic', keys: 'Ctrl I' },
  { style: 'strike', icon: 'strike', keys: 'Ctrl Shift X' },
  { style: 'code', icon: 'code', keys: 'Ctrl E' },
  { style: 'spoiler', icon: 'eyeClosed', keys: 'Ctrl Shift H' },
] as const;

/** While text is selected: what it can be made. */
export function FormatBar({
  onStyle,
  onQuote,
}: {
  onStyle: (style: TextStyle) => void;
  onQuote: () => void;
}) {
  const text = words.messaging.composer;
  return (
    <div
      className="formatBar"
      role="toolbar"
      aria-label={text.format}
      // The selection stays.
      onPointerDown={(event) => event.preventDefault()}
    >
      {styles.map(({ style, icon, keys }) => (
        <IconButton
          key={style}
          icon={icon}
          label={text[style]}
          title={`${text[style]} (${keys})`}
          onClick={() => onStyle(style)}
        />
      ))}
      <IconButton icon="quote" label={text.quote} onClick={onQuote} />
    </div>
  );
}

/** The style that a key press asks for. */
export function styleOfKeys(event: {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}): TextStyle | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (event.shiftKey) return key === 'x' ? 'strike' : key === 'h' ? 'spoiler' : null;
  return key === 'b' ? 'bold' : key === 'i' ? 'italic' : key === 'e' ? 'code' : null;
}
