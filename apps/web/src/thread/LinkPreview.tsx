import { usePhotoAddress } from '../parts/usePhotoAddress.ts';
import type { LinkPreviewView } from '../sotto.ts';
import { linkOf } from '../text/linkParts.ts';

/** What the sender's device said of a link: nobody else was asked (decision 0026). */
export function LinkPreview({ preview }: { preview: LinkPreviewView }) {
  const picture = usePhotoAddress(preview.thumbnail);
  const link = linkOf(preview.url);
  if (link === null || link.address.startsWith('mailto:')) return null;
  return (
    <a
      className="linkPreview"
      href={link.address}
      target="_blank"
      rel="noopener noreferrer nofollow"
      title={link.address}
    >
      {picture !== null && <img src={picture} alt="" draggable={false} />}
      <span className="linkPreview-words">
        <span className="linkPreview-title" dir="auto">
          {preview.title}
        </span>
        {preview.description !== '' && (
          <span className="linkPreview-text" dir="auto">
            {preview.description}
          </span>
        )}
        <span className="linkPreview-place">{URL.parse(link.address)?.host}</span>
      </span>
    </a>
  );
}
