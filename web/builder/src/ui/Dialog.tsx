import { type ReactNode, Suspense } from 'react';
import { later } from '@/lib/later';

const DialogBody = later(() => import('./DialogBody'));

export interface DialogProps {
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

/** A dialog, a sheet or a bare palette. */
export function Dialog(props: DialogProps) {
  return (
    <Suspense>
      <DialogBody {...props} />
    </Suspense>
  );
}
