import { lazy, Suspense, useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import type { ConversationId, MemberView } from '../sotto.ts';
import { words } from '../words.ts';

const ExportDialog = lazy(() =>
  import('./ExportDialog.tsx').then((module) => ({ default: module.ExportDialog })),
);

interface ExportLinkProps {
  conversationId: ConversationId;
  title: string;
  members: readonly MemberView[];
}

/** From the details of a conversation to an archive of it. */
export function ExportLink({ conversationId, title, members }: ExportLinkProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button type="button" className="galleryLink" onClick={() => setIsOpen(true)}>
        <Icon name="download" />
        {words.exporting.one}
      </button>
      {isOpen && (
        <Suspense>
          <ExportDialog
            username={members.find(({ isSelf }) => isSelf)?.account.username ?? ''}
            conversation={{ id: conversationId, title }}
            onClose={() => setIsOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
