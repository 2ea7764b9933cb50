import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useState } from 'react';
import type { GalleryQuery, MessageView } from '../../sotto.ts';
import { words } from '../../words.ts';
import { PictureImage } from '../bubble/PictureImage.tsx';
import { MediaIcon } from '../MediaIcon.tsx';
import { mediaSentences as say } from '../mediaSentences.ts';
import { openOverlay } from '../stage.ts';
import { keyOf } from '../transfer/pictures.ts';
import { type AlbumEntry, entriesOf } from '../viewer/useAlbum.ts';
import { rowsByMonth } from './byMonth.ts';
import '../bubble/bubble.css';

export interface GalleryPartProps {
  kind: GalleryQuery['kind'];
  messages: readonly MessageView[];
  scroller: HTMLElement;
  /** Null: there is nothing older. */
  onNearEnd: (() => void) | null;
  onClose: () => void;
}

const tileWidth = 110;
const monthHeight = 40;
const gap = 3;
const nearRows = 6;

/** Photos and videos in a grid; only the rows near the view exist. */
export function GalleryMedia({ messages, scroller, onNearEnd }: GalleryPartProps) {
  const width = useWidth(scroller);
  const columns = Math.max(3, Math.floor(width / tileWidth));
  const side = (width - (columns - 1) * gap) / columns;
  const entries = messages.flatMap((message) =>
    entriesOf(message).map((entry) => ({ ...entry, key: keyOf(entry.attachment) })),
  );
  const rows = rowsByMonth(entries, columns);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: (index) => (rows[index]?.kind === 'month' ? monthHeight : side + gap),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 4,
    useAnimationFrameWithResizeObserver: false,
  });
  useEffect(() => {
    void side;
    virtualizer.measure();
  }, [virtualizer, side]);
  const items = virtualizer.getVirtualItems();
  const isNearEnd = (items.at(-1)?.index ?? 0) >= rows.length - nearRows;
  useEffect(() => {
    if (isNearEnd) onNearEnd?.();
  }, [isNearEnd, onNearEnd]);
  return (
    <div className="gallery-rows" style={{ height: virtualizer.getTotalSize() }}>
      {items.map(({ key, index, start }) => {
        const row = rows[index];
        if (row === undefined) return null;
        const style = { transform: `translateY(${start}px)` };
        return row.kind === 'month' ? (
          <h3 key={key} className="gallery-month" style={style}>
            {row.month}
          </h3>
        ) : (
          <div key={key} className="gallery-row" style={style}>
            {row.items.map((entry) => (
              <Tile key={entry.key} entry={entry} side={side} />
            ))}
          </div>
        );
      })}
    </div>
  );
}

function Tile({ entry, side }: { entry: AlbumEntry; side: number }) {
  const { view, attachment, message } = entry;
  const length = say.duration(view.durationMs);
  const what = view.kind === 'video' ? say.bubble.video(length) : say.bubble.photo('');
  const from = message.mine ? words.common.you : message.sender.username;
  return (
    <button
      type="button"
      className="gallery-tile"
      data-disappears={message.timer !== null || undefined}
      style={{ width: side, height: side }}
      aria-label={`${say.bubble.open(what)}, ${from}, ${words.time.moment(message.sentAtMs)}`}
      onClick={() => openOverlay({ kind: 'viewer', attachment })}
    >
      <PictureImage
        view={view}
        attachment={attachment}
        isKept={message.timer === null}
        small={view.thumbnail.length > 0}
      />
      {view.kind === 'video' && (
        <span className="photoGrid-length">
          <MediaIcon name="play" />
          {length}
        </span>
      )}
    </button>
  );
}

function useWidth(element: HTMLElement): number {
  const [width, setWidth] = useState(element.clientWidth);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
