import { BareIconButton, type BareIconButtonProps } from './BareIconButton.tsx';
import { Icon, type IconName } from './Icon.tsx';

export function IconButton({ icon, ...rest }: BareIconButtonProps & { icon: IconName }) {
  return (
    <BareIconButton {...rest}>
      <Icon name={icon} />
    </BareIconButton>
  );
}
