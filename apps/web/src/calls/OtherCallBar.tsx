import { callWords } from '../wordsCalls.ts';
import { CallIcon } from './CallIcon.tsx';
import { CallIconButton } from './CallIconButton.tsx';

interface OtherCallBarProps {
  label: string;
  hasVideo: boolean;
  device: 'here' | 'elsewhere' | null;
  /** This device was in it, and no page holds it. */
  wasLeft: boolean;
  say: { readonly elsewhere: string; readonly left: string; readonly otherTab: string; readonly end: string };
  onRejoin: () => void;
  onEnd: () => void;
}

const { bar } = callWords;

/** A call of this account that this page is not in: after a reload it can be returned to, from another tab it can be taken. */
export function OtherCallBar(props: OtherCallBarProps) {
  const { label, hasVideo, device, wasLeft, say, onRejoin, onEnd } = props;
  return (
    <section className="callBar" data-quiet={!wasLeft} aria-label={label}>
      <CallIcon name={hasVideo ? 'video' : 'phone'} />
      <span className="callBar-text" role="status">
        {device === 'elsewhere' ? say.elsewhere : wasLeft ? say.left : say.otherTab}
      </span>
      {device === 'here' && (
        <button type="button" className="callChip" onClick={onRejoin}>
          {wasLeft ? bar.return : bar.takeHere}
        </button>
      )}
      {wasLeft && <CallIconButton icon="hangUp" label={say.end} className="callBar-end" onClick={onEnd} />}
    </section>
  );
}
