import { Popover as Radix } from 'radix-ui';

import type { PopoverProps } from './Popover';

/** What `Popover` is made of; it comes when it is first needed. */
export default function PopoverBody({ label, trigger, children, align = 'start', ...state }: PopoverProps) {
  return (
    <Radix.Root {...state}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="popover" align={align} sideOffset={6} collisionPadding={8} aria-label={label}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
