import type { ComponentProps, ReactNode } from 'react';

export interface BareIconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  /** What it does, for screen readers and as a tooltip. */
  label: string;
}

/** A button that is a picture: which one, its users say. */
export function BareIconButton({
  label,
  className,
  children,
  ...rest
}: BareIconButtonProps & { children: ReactNode }) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      className={className === undefined ? 'iconButton' : `iconButton ${className}`}
    >
      {children}
    </button>
  );
}
