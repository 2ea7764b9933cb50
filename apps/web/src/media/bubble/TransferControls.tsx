import { Icon } from '../../parts/Icon.tsx';
import type { AttachmentRef, AttachmentView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { MediaIcon } from '../MediaIcon.tsx';
import { mediaSentences as say } from '../mediaSentences.ts';
import { TransferRing } from './TransferRing.tsx';

interface TransferControlsProps {
  view: AttachmentView;
  attachment: AttachmentRef;
  mine: boolean;
}

/** Over a picture: how far it is, to pause, go on, try again and cancel. Nothing where there is nothing to do. */
export function TransferControls({ view, attachment, mine }: TransferControlsProps) {
  const sotto = useSotto();
  const { transfer } = view;
  if (transfer.kind === 'remote' || transfer.kind === 'here') return null;
  if (transfer.kind === 'failed') {
    return (
      <div className="transferOver" data-failed>
        <p role="status">{say.fault(transfer.reason)}</p>
        <span>
          {transfer.reason !== 'gone' && (
            <button type="button" onClick={() => sotto.resumeTransfer(attachment)}>
              {say.bubble.retry}
            </button>
          )}
          {mine && (
            <button type="button" onClick={() => sotto.cancelTransfer(attachment)}>
              {say.bubble.cancel}
            </button>
          )}
        </span>
      </div>
    );
  }
  const toggle = (): Promise<void> =>
    transfer.paused ? sotto.resumeTransfer(attachment) : sotto.pauseTransfer(attachment);
  return (
    <div className="transferOver">
      <button
        type="button"
        aria-label={`${transfer.paused ? say.bubble.resume : say.bubble.pause}: ${view.name}`}
        onClick={toggle}
      >
        <TransferRing transfer={transfer}>
          {transfer.paused ? <MediaIcon name="play" /> : <MediaIcon name="pause" />}
        </TransferRing>
      </button>
      <button
        type="button"
        aria-label={`${say.bubble.cancel}: ${view.name}`}
        onClick={() => sotto.cancelTransfer(attachment)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
