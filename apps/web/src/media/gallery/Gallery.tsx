import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { Dialog } from '../../parts/Dialog.tsx';
import type { ConversationId, GalleryQuery } from '../../sotto.ts';
import { mediaSentences } from '../mediaSentences.ts';
import { GalleryList } from './GalleryList.tsx';
import { GalleryMedia } from './GalleryMedia.tsx';
import { useGallery } from './useGallery.ts';
import './gallery.css';

interface GalleryProps {
  conversationId: ConversationId;
  title: string;
  onClose: () => void;
}

type Kind = GalleryQuery['kind'];

const say = mediaSentences.gallery;
const kinds: readonly Kind[] = ['media', 'files', 'links', 'voice'];

/** What was sent in a conversation, by what it is and by month. */
export default function Gallery({ conversationId, title, onClose }: GalleryProps) {
  const [kind, setKind] = useState<Kind>('media');
  return (
    <Dialog title={title === '' ? say.title : `${title}: ${say.title.toLowerCase()}`} onClose={onClose}>
      <Tabs.Root className="gallery" value={kind} onValueChange={(value) => setKind(value as Kind)}>
        <Tabs.List className="themes gallery-tabs" aria-label={say.title}>
          {kinds.map((name) => (
            <Tabs.Trigger key={name} value={name}>
              {say.tabs[name]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {kinds.map((name) => (
          <Tabs.Content key={name} value={name} className="gallery-content">
            {name === kind && <Part conversationId={conversationId} kind={name} onClose={onClose} />}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </Dialog>
  );
}

function Part({
  conversationId,
  kind,
  onClose,
}: {
  conversationId: ConversationId;
  kind: Kind;
  onClose: () => void;
}) {
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const { messages, hasOlder, failed, loadOlder } = useGallery(conversationId, kind);
  if (failed) {
    return (
      <p className="gallery-empty" role="status">
        {say.failed}
      </p>
    );
  }
  if (messages === null || (messages.length === 0 && !hasOlder)) {
    return (
      <p className="gallery-empty" role="status">
        {messages === null ? say.loading : say.empty[kind]}
      </p>
    );
  }
  const Inside = kind === 'media' ? GalleryMedia : GalleryList;
  return (
    <section className="gallery-scroller" ref={setScroller} aria-label={say.tabs[kind]}>
      {scroller !== null && (
        <Inside
          kind={kind}
          messages={messages}
          scroller={scroller}
          onNearEnd={hasOlder ? loadOlder : null}
          onClose={onClose}
        />
      )}
    </section>
  );
}
