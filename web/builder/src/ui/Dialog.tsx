import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { t } from '@/lib/i18n';
import { IconButton } from './Button';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  /** `sheet` comes from the right side; `bare` has no heading that is seen (palettes). */
  look?: 'dialog' | 'sheet' | 'bare';
  size?: 'small' | 'normal' | 'large';
  /** Buttons, below a line. */
  footer?: ReactNode;
  children: ReactNode;
}

export function Dialog({
  open,
  onClose,
  title,
  description,
  look = 'dialog',
  size = 'normal',
  footer,
  children,
}: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="scrim" />
        <Radix.Content className={`dialog ${look} ${size}`} {...(description ? {} : { 'aria-describedby': undefined })}>
          <header className={look === 'bare' ? 'visually-hidden' : 'dialog-head'}>
            <div>
              <Radix.Title>{title}</Radix.Title>
              {description && <Radix.Description className="muted">{description}</Radix.Description>}
            </div>
            {look !== 'bare' && (
              <Radix.Close asChild>
                <IconButton icon={X} label={t('common.close')} />
              </Radix.Close>
            )}
          </header>
          <div className="dialog-body">{children}</div>
          {footer && <footer className="dialog-foot">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
