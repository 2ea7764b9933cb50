import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { navigate } from '../../routing/useRoute.ts';
import type { MessageView } from '../../sotto.ts';
import { linkParts } from '../../text/linkParts.ts';
import { words } from '../../words.ts';
import { FileRow } from '../bubble/FileRow.tsx';
import { VoiceRow } from '../bubble/VoiceRow.tsx';
import { safeFileName } from '../fileName.ts';
import { MediaIcon } from '../MediaIcon.tsx';
import { MediaIconButton } from '../MediaIconButton.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import { rowsByMonth } from './byMonth.ts';
import type { GalleryPartProps } from './GalleryMedia.tsx';

interface Entry {
  readonly key: string;
  readonly message: MessageView;
  /** Of its attachments; null: a link. */
  readonly index: number | null;
  readonly address: string;
}

const say = mediaSentences.gallery;
const nearRows = 6;
const estimatedHeight = 84;

/** Files, links or voice messages; only the rows near the view exist. */
export function GalleryList({ kind, messages, scroller, onNearEnd, onClose }: GalleryPartProps) {
  const entries = messages.flatMap((message) =>
    kind === 'links' ? linksOf(message) : attachmentsOf(message, kind),
  );
  const rows = rowsByMonth(entries, 1);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: () => estimatedHeight,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 6,
    useAnimationFrameWithResizeObserver: false,
  });
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
        const place = {
          ref: virtualizer.measureElement,
          'data-index': index,
          style: { transform: `translateY(${start}px)` },
        };
        if (row.kind === 'month') {
          return (
            <h3 key={key} className="gallery-month" {...place}>
              {row.month}
            </h3>
          );
        }
        return row.items.map((entry) => (
          <div key={key} className="gallery-entry" {...place}>
            <div className="gallery-what">
              <What entry={entry} kind={kind} />
              <small>
                {entry.message.mine ? words.common.you : entry.message.sender.username} ·{' '}
                {words.time.moment(entry.message.sentAtMs)}
              </small>
            </div>
            <MediaIconButton
              icon="inChat"
              label={say.showInChat}
              onClick={() => {
                const { conversationId, order } = entry.message;
                onClose();
                navigate({ kind: 'conversation', conversationId, details: false, order });
              }}
            />
          </div>
        ));
      })}
    </div>
  );
}

function What({ entry, kind }: { entry: Entry; kind: string }) {
  const { message, index, address } = entry;
  if (index === null) {
    return (
      <a href={address} target="_blank" rel="noopener noreferrer nofollow" className="gallery-link">
        <MediaIcon name="link" />
        <bdi>{address}</bdi>
      </a>
    );
  }
  const named = message.body.kind === 'text' ? message.body.attachments[index] : undefined;
  if (named === undefined) return <Icon name="warning" />;
  const view = { ...named, name: safeFileName(named.name) };
  const { conversationId, messageId } = message;
  const Row = kind === 'voice' || view.kind === 'audio' ? VoiceRow : FileRow;
  return <Row view={view} attachment={{ conversationId, messageId, index }} message={message} />;
}

function attachmentsOf(message: MessageView, kind: string): Entry[] {
  if (message.body.kind !== 'text') return [];
  const wanted = kind === 'voice' ? ['voice'] : ['file', 'audio'];
  return message.body.attachments.flatMap((view, index) =>
    wanted.includes(view.kind) && view.views === null
      ? [{ key: `${message.messageId}/${index}`, message, index, address: '' }]
      : [],
  );
}

function linksOf(message: MessageView): Entry[] {
  if (message.body.kind !== 'text') return [];
  return linkParts(message.body.text).flatMap(({ link, place }) =>
    link === null
      ? []
      : [{ key: `${message.messageId}/l${place}`, message, index: null, address: link.address }],
  );
}
