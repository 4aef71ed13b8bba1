import { Check, type LucideIcon } from 'lucide-react';
import { ContextMenu as Context, DropdownMenu as Dropdown } from 'radix-ui';
import { Fragment, type ReactElement } from 'react';
import { shown } from '@/actions/registry';

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

interface MenuProps {
  items: MenuGroups;
  /** What opens it. */
  children: ReactElement;
  align?: 'start' | 'end' | 'center';
  label?: string;
}

/** A drop-down menu at a button. */
export function Menu({ items, children, align = 'start', label }: MenuProps) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{children}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content className="menu" align={align} sideOffset={4} collisionPadding={8} aria-label={label}>
          {filled(items).map((group, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: groups have no other identity and do not move
            <Fragment key={i}>
              {i > 0 && <Dropdown.Separator className="menu-line" />}
              {group.map((item) => (
                <Dropdown.Item
                  key={item.label}
                  className={classes(item)}
                  disabled={item.disabled}
                  onSelect={item.onSelect}
                >
                  <Entry item={item} />
                </Dropdown.Item>
              ))}
            </Fragment>
          ))}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

/** The same at a right click. */
export function RightClickMenu({ items, children, label }: MenuProps) {
  return (
    <Context.Root modal={false}>
      <Context.Trigger asChild>{children}</Context.Trigger>
      <Context.Portal>
        <Context.Content className="menu" collisionPadding={8} aria-label={label}>
          {filled(items).map((group, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: groups have no other identity and do not move
            <Fragment key={i}>
              {i > 0 && <Context.Separator className="menu-line" />}
              {group.map((item) => (
                <Context.Item
                  key={item.label}
                  className={classes(item)}
                  disabled={item.disabled}
                  onSelect={item.onSelect}
                >
                  <Entry item={item} />
                </Context.Item>
              ))}
            </Fragment>
          ))}
        </Context.Content>
      </Context.Portal>
    </Context.Root>
  );
}

interface PointMenuProps {
  items: MenuGroups;
  /** In the window; null while it is closed. */
  at: { x: number; y: number } | null;
  onClose: () => void;
  label: string;
}

/** The same at a point that the caller knows, such as where the pointer was or where a card is. */
export function PointMenu({ items, at, onClose, label }: PointMenuProps) {
  return (
    <Dropdown.Root modal={false} open={at !== null} onOpenChange={(open) => !open && onClose()}>
      <Dropdown.Trigger asChild>
        <span className="menu-point" aria-hidden="true" style={{ left: at?.x ?? 0, top: at?.y ?? 0 }} />
      </Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content
          className="menu"
          align="start"
          collisionPadding={8}
          aria-label={label}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          {filled(items).map((group, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: groups have no other identity and do not move
            <Fragment key={i}>
              {i > 0 && <Dropdown.Separator className="menu-line" />}
              {group.map((item) => (
                <Dropdown.Item
                  key={item.label}
                  className={classes(item)}
                  disabled={item.disabled}
                  onSelect={item.onSelect}
                >
                  <Entry item={item} />
                </Dropdown.Item>
              ))}
            </Fragment>
          ))}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

const filled = (items: MenuGroups) => items.filter((group) => group.length > 0);
const classes = (item: MenuItem) => `menu-item ${item.danger ? 'danger' : ''}`;

function Entry({ item }: { item: MenuItem }) {
  const Icon = item.checked ? Check : item.icon;
  return (
    <>
      <span className="menu-icon">{Icon && <Icon size={16} strokeWidth={1.75} aria-hidden="true" />}</span>
      <span className="menu-label">{item.label}</span>
      {item.checked !== undefined && <span className="visually-hidden">{item.checked ? '✓' : ''}</span>}
      {item.keys && <kbd className="key">{shown(item.keys)}</kbd>}
    </>
  );
}
