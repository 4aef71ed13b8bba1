import type { LucideIcon } from 'lucide-react';
import { type ReactElement, type ReactNode, Suspense } from 'react';
import { later } from '@/lib/later';

const MenuBody = later(async () => ({ default: (await import('./MenuBody')).MenuBody }));
const PointMenuBody = later(async () => ({ default: (await import('./MenuBody')).PointMenuBody }));

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  /** Given: an entry that is on or off. */
  checked?: boolean;
  onSelect: () => void;
}

/** Items in groups, a line between two groups. */
export type MenuGroups = readonly (readonly MenuItem[])[];

export interface MenuProps {
  items: MenuGroups;
  /** What opens it. */
  children: ReactElement;
  align?: 'start' | 'end' | 'center';
  side?: 'top' | 'bottom' | 'left' | 'right';
  label?: string;
  /** Above the items: whose menu it is. */
  heading?: ReactNode;
}

/** A drop-down menu at a button. The button is shown at once; what opens it comes right after the page. */
export function Menu(props: MenuProps) {
  return (
    <Suspense fallback={props.children}>
      <MenuBody {...props} />
    </Suspense>
  );
}

export interface PointMenuProps {
  items: MenuGroups;
  /** In the window; null while it is closed. */
  at: { x: number; y: number } | null;
  onClose: () => void;
  label: string;
}

/** The same at a point that the caller knows, such as where the pointer was or where a card is. */
export function PointMenu(props: PointMenuProps) {
  return (
    <Suspense>
      <PointMenuBody {...props} />
    </Suspense>
  );
}
