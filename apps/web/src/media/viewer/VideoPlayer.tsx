import { useEffect, useState } from 'react';
import type { AttachmentRef, AttachmentView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { mediaSentences as say } from '../mediaSentences.ts';
import { pause } from '../player/player.ts';
import { useThumbnail } from '../transfer/pictures.ts';
import { openStream, type Stream } from '../transfer/streams.ts';

/** What people send each other has no captions. */
const Film = 'video';

interface VideoPlayerProps {
  view: AttachmentView;
  attachment: AttachmentRef;
}

/** A video with the browser's own controls; it plays while it is fetched, where the browser allows that. */
export function VideoPlayer({ view, attachment }: VideoPlayerProps) {
  const sotto = useSotto();
  const poster = useThumbnail(view.thumbnail);
  const [stream, setStream] = useState<Stream | null>(null);
  const [broken, setBroken] = useState(false);
  const { conversationId, messageId, index } = attachment;
  const { sizeBytes, mediaType, name } = view;
  useEffect(() => {
    pause();
    let current = true;
    let opened: Stream | null = null;
    openStream(sotto, { conversationId, messageId, index }, { sizeBytes, mediaType, name }).then((made) => {
      opened = made;
      if (current) setStream(made);
      else made.close();
    });
    return () => {
      current = false;
      opened?.close();
    };
  }, [sotto, conversationId, messageId, index, sizeBytes, mediaType, name]);
  const problem = stream?.problem ?? null;
  if (problem !== null || broken || stream?.address === null) {
    return (
      <p className="viewer-state" role="status">
        {problem === null ? say.viewer.notPlayed : say.problem(problem)}
      </p>
    );
  }
  return (
    <Film
      className="viewer-video"
      controls
      autoPlay
      playsInline
      poster={poster ?? undefined}
      src={stream?.address ?? undefined}
      width={view.width}
      height={view.height}
      aria-label={say.viewer.video}
      onError={() => stream !== null && setBroken(true)}
    />
  );
}
