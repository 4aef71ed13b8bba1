import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, Ref } from 'react';
import { Tip } from './Tooltip';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: the one thing to do here; `danger`: destroys; `quiet`: no border. */
  look?: 'primary' | 'default' | 'quiet' | 'danger';
  size?: 'normal' | 'small';
  icon?: LucideIcon;
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = 'default',
  size = 'normal',
  icon: Icon,
  busy,
  className = '',
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      className={`button ${look} ${size} ${className}`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? (
        <span className="spinner" aria-hidden="true" />
      ) : (
        Icon && <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      )}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'icon' | 'children'> {
  icon: LucideIcon;
  /** Its name: for screen readers and as the tooltip. */
  label: string;
  /** Shown in the tooltip: `mod+k`. */
  keys?: string;
  pressed?: boolean;
  side?: 'top' | 'bottom' | 'left' | 'right';
}

/** A button that is only an icon; it has a name and a tooltip. */
export function IconButton({
  icon: Icon,
  label,
  keys,
  pressed,
  side,
  look = 'quiet',
  size = 'normal',
  className = '',
  busy,
  ...rest
}: IconButtonProps) {
  return (
    <Tip text={label} keys={keys} side={side}>
      <button
        type="button"
        className={`button icon ${look} ${size} ${className}`}
        aria-label={label}
        aria-pressed={pressed}
        {...rest}
      >
        {busy ? (
          <span className="spinner" aria-hidden="true" />
        ) : (
          <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
        )}
      </button>
    </Tip>
  );
}
