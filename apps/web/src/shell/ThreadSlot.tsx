import { type ComponentProps, type ComponentType, lazy, Suspense, useState } from 'react';
import type { ThreadPane } from '../thread/ThreadPane.tsx';
import { ThreadPlaceholder } from '../thread/ThreadPlaceholder.tsx';

type Props = ComponentProps<typeof ThreadPane>;

let loaded: ComponentType<Props> | null = null;

/** Fetches what chats are shown with: after the list is there, and before one of them is opened. */
export async function loadThread(): Promise<ComponentType<Props>> {
  const module = await import('../thread/ThreadPane.tsx');
  loaded = module.ThreadPane;
  return module.ThreadPane;
}

const LazyThread = lazy(() => loadThread().then((pane) => ({ default: pane })));

/** A chat: at once where its part of the app is here already. Give it the conversation id as its key. */
export function ThreadSlot(props: Props) {
  const [Pane] = useState((): ComponentType<Props> => loaded ?? LazyThread);
  return (
    <Suspense fallback={<ThreadPlaceholder />}>
      <Pane {...props} />
    </Suspense>
  );
}
