import type { AttachmentRef, AttachmentView } from '../../sotto.ts';
import { mediaSentences as say } from '../mediaSentences.ts';
import { usePicture, useThumbnail } from '../transfer/pictures.ts';
import { placeholderAddress } from '../transfer/placeholder.ts';

/** Photos of up to this size are fetched as they come into view. */
const fetchedUnasked = 4 * 1024 * 1024;

interface PictureImageProps {
  view: AttachmentView;
  attachment: AttachmentRef;
  /** False: its message disappears. */
  isKept: boolean;
  /** Only what came with the message. */
  small?: boolean;
}

/** A picture in its box: a blur at once, then the small picture, then the photo. Nothing moves. */
export function PictureImage({ view, attachment, isKept, small }: PictureImageProps) {
  const thumbnail = useThumbnail(view.thumbnail);
  const wanted = small !== true && view.kind === 'photo' && view.sizeBytes <= fetchedUnasked;
  const picture = usePicture(attachment, view, wanted, isKept);
  const blur = placeholderAddress(view.placeholder, isKept);
  const refused =
    picture?.kind === 'problem' && (picture.problem === 'bomb' || picture.problem === 'notPicture');
  return (
    <span className="picture" data-blurred={thumbnail === null && picture?.kind !== 'shown'}>
      {blur !== null && <img className="picture-blur" src={blur} alt="" draggable={false} />}
      {thumbnail !== null && <img src={thumbnail} alt="" draggable={false} />}
      {picture?.kind === 'shown' && <img src={picture.address} alt="" draggable={false} decoding="async" />}
      {refused && (
        <span className="picture-refused">
          {picture.problem === 'bomb' ? say.bubble.tooManyPixels : say.bubble.notPicture}
        </span>
      )}
    </span>
  );
}
