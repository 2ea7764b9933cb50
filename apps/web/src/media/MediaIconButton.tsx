import { BareIconButton, type BareIconButtonProps } from '../parts/BareIconButton.tsx';
import { MediaIcon, type MediaIconName } from './MediaIcon.tsx';

/** As parts/IconButton.tsx, with an icon of this part of the app. */
export function MediaIconButton({ icon, ...rest }: BareIconButtonProps & { icon: MediaIconName }) {
  return (
    <BareIconButton {...rest}>
      <MediaIcon name={icon} />
    </BareIconButton>
  );
}
