import { BareIconButton, type BareIconButtonProps } from '../parts/BareIconButton.tsx';
import { CallIcon, type CallIconName } from './CallIcon.tsx';

/** As parts/IconButton.tsx, with an icon of this part of the app. */
export function CallIconButton({ icon, ...rest }: BareIconButtonProps & { icon: CallIconName }) {
  return (
    <BareIconButton {...rest}>
      <CallIcon name={icon} />
    </BareIconButton>
  );
}
