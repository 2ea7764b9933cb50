import { useId } from 'react';
import './switch.css';

interface SwitchProps {
  label: string;
  /** What it means as it is. */
  text: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** Something that is on or off, and what that means. */
export function Switch({ label, text, checked, disabled = false, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="switch">
      <label>
        <span>{label}</span>
        <input
          type="checkbox"
          role="switch"
          checked={checked}
          aria-checked={checked}
          disabled={disabled}
          aria-describedby={id}
          onChange={({ target }) => onChange(target.checked)}
        />
      </label>
      <p id={id}>{text}</p>
    </div>
  );
}
