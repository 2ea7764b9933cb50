import type { AttachmentRef, AttachmentView } from '../../sotto.ts';
import { MediaIcon } from '../MediaIcon.tsx';
import { gridStyle } from '../mediaBox.ts';
import { mediaSentences as say } from '../mediaSentences.ts';
import { openOverlay } from '../stage.ts';
import { PictureImage } from './PictureImage.tsx';
import { TransferControls } from './TransferControls.tsx';

interface PhotoGridProps {
  pictures: readonly { view: AttachmentView; attachment: AttachmentRef }[];
  mine: boolean;
  /** False: the message disappears. */
  isKept: boolean;
}

const shownLimit = 4;

/** One, two, three, or four and how many more: in boxes whose size is known before the pictures are here. */
export function PhotoGrid({ pictures, mine, isKept }: PhotoGridProps) {
  const shown = pictures.slice(0, shownLimit);
  const more = pictures.length - shownLimit;
  return (
    <div
      className="media-grid photoGrid"
      data-count={shown.length}
      style={gridStyle(pictures.map((one) => one.view))}
    >
      {shown.map(({ view, attachment }, place) => {
        const of = pictures.length > 1 ? say.bubble.of(place + 1, pictures.length) : '';
        const length = say.duration(view.durationMs);
        const name = view.kind === 'video' ? `${say.bubble.video(length)}${of}` : say.bubble.photo(of);
        const hidden = place === shownLimit - 1 && more > 0;
        return (
          <div className="photoGrid-tile" key={attachment.index}>
            <button
              type="button"
              className="photoGrid-open"
              aria-label={`${say.bubble.open(name)}${hidden ? `, ${say.bubble.more(more)}` : ''}`}
              onClick={() => openOverlay({ kind: 'viewer', attachment })}
            >
              <PictureImage view={view} attachment={attachment} isKept={isKept} />
              {view.kind === 'video' && !hidden && (
                <>
                  <span className="photoGrid-play">
                    <MediaIcon name="play" />
                  </span>
                  <span className="photoGrid-length">{length}</span>
                </>
              )}
              {hidden && <span className="photoGrid-more">+{more}</span>}
            </button>
            <TransferControls view={view} attachment={attachment} mine={mine} />
          </div>
        );
      })}
    </div>
  );
}
