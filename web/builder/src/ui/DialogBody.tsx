import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { t } from '@/lib/i18n';
import { IconButton } from './Button';

import type { DialogProps } from './Dialog';

/** What `Dialog` is made of; it comes when it is first needed. */
export default function DialogBody({
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
        <Radix.Content
          className={`dialog ${look} ${size}`}
          onOpenAutoFocus={focusFirst}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
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

// Not the cross in the corner, which comes first: its tooltip would open, too, and take the first Escape.
const FIRST = ':is(input:not([type="radio"]), input:checked, select, textarea):not(:disabled), .primary:not(:disabled)';

function focusFirst(event: Event): void {
  const { target } = event;
  const first = target instanceof HTMLElement ? target.querySelector<HTMLElement>(FIRST) : null;
  if (!first) return;
  event.preventDefault();
  first.focus();
}
