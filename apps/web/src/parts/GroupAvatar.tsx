import { toneOf } from './Avatar.tsx';
import { Icon } from './Icon.tsx';
import { usePhotoAddress } from './usePhotoAddress.ts';

interface GroupAvatarProps {
  /** What its tone follows from. */
  id: string;
  name: string;
  photo: Uint8Array;
  size?: 'small' | 'medium' | 'large';
}

/** A group's photo, else its first letter. Decorative: the name is beside it. */
export function GroupAvatar({ id, name, photo, size = 'medium' }: GroupAvatarProps) {
  const address = usePhotoAddress(photo);
  const letter = [...name.trim()][0];
  return (
    <span className="avatar" data-size={size} data-tone={toneOf(id)} data-group="true" aria-hidden="true">
      {address !== null ? (
        <img className="avatar-photo" src={address} alt="" draggable={false} />
      ) : letter === undefined ? (
        <Icon name="group" />
      ) : (
        letter
      )}
    </span>
  );
}
