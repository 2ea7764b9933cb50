import { lazy, Suspense, useEffect } from 'react';
import { preloadMedia } from './MediaSlot.tsx';
import { clearStage, openOverlay, useStage } from './stage.ts';

const Viewer = lazy(() => import('./viewer/Viewer.tsx'));
const LimitedViewer = lazy(() => import('./viewer/LimitedViewer.tsx'));
const Gallery = lazy(() => import('./gallery/Gallery.tsx'));
const PackDialog = lazy(() => import('./stickers/PackDialog.tsx'));
const PlayerBar = lazy(() => import('./player/PlayerBar.tsx'));

const preloadWithinMs = 10_000;

/** What lies over the app: the viewer, the gallery. */
export function MediaStage() {
  const { overlay } = useStage();
  useEffect(() => {
    const idle = window.requestIdleCallback?.(preloadMedia, { timeout: preloadWithinMs });
    return () => {
      if (idle !== undefined) window.cancelIdleCallback(idle);
      clearStage();
    };
  }, []);
  const close = (): void => openOverlay(null);
  if (overlay === null) return null;
  return (
    <Suspense>
      {overlay.kind === 'viewer' && <Viewer attachment={overlay.attachment} onClose={close} />}
      {overlay.kind === 'limited' && (
        <LimitedViewer
          attachment={overlay.attachment}
          view={overlay.view}
          left={overlay.left}
          timer={overlay.timer}
          onClose={close}
        />
      )}
      {overlay.kind === 'stickerPack' && <PackDialog link={overlay.link} onClose={close} />}
      {overlay.kind === 'gallery' && (
        <Gallery conversationId={overlay.conversationId} title={overlay.title} onClose={close} />
      )}
    </Suspense>
  );
}

/** What plays, above every conversation. */
export function PlayerSlot() {
  const { playerUsed } = useStage();
  return playerUsed ? (
    <Suspense>
      <PlayerBar />
    </Suspense>
  ) : null;
}
