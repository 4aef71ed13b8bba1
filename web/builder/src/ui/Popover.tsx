import { type ReactElement, type ReactNode, Suspense } from 'react';
import { later } from '@/lib/later';

const PopoverBody = later(() => import('./PopoverBody'));

export interface PopoverProps {
  label: string;
  trigger: ReactElement;
  children: ReactNode;
  align?: 'start' | 'end' | 'center';
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/** A small non-modal box at a button. */
export function Popover(props: PopoverProps) {
  return (
    <Suspense fallback={props.trigger}>
      <PopoverBody {...props} />
    </Suspense>
  );
}
