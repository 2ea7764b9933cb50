import type { ComponentProps } from 'react';

interface ButtonProps extends ComponentProps<'button'> {
  look?: 'primary' | 'quiet' | 'plain' | 'danger';
  wide?: boolean;
  /** Working: stays focusable and readable, and does nothing when pressed. */
  busy?: boolean;
}

export function Button({ look = 'quiet', wide, busy, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className="button"
      data-look={look}
      data-wide={wide === true}
      aria-disabled={busy === true}
      onClick={(event) => {
        if (busy === true) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
