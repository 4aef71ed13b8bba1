/** What menus are made of. It comes when the first page has been shown: see `Menu`. */
import { Check } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import { Fragment } from 'react';
import { shown } from '@/actions/registry';
import type { MenuGroups, MenuItem, MenuProps, PointMenuProps } from './Menu';

export function MenuBody({ items, children, align = 'start', side, label, heading }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className="menu"
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
        >
          {heading}
          <Items items={items} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export function PointMenuBody({ items, at, onClose, label }: PointMenuProps) {
  return (
    <Radix.Root modal={false} open={at !== null} onOpenChange={(open) => !open && onClose()}>
      <Radix.Trigger asChild>
        <span className="menu-point" aria-hidden="true" style={{ left: at?.x ?? 0, top: at?.y ?? 0 }} />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className="menu"
          align="start"
          collisionPadding={8}
          aria-label={label}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <Items items={items} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Items({ items }: { items: MenuGroups }) {
  return items
    .filter((group) => group.length > 0)
    .map((group, i) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: groups have no other identity and do not move
      <Fragment key={i}>
        {i > 0 && <Radix.Separator className="menu-line" />}
        {group.map((item) => (
          <Radix.Item
            key={item.label}
            className={`menu-item ${item.danger ? 'danger' : ''}`}
            disabled={item.disabled}
            onSelect={item.onSelect}
          >
            <Entry item={item} />
          </Radix.Item>
        ))}
      </Fragment>
    ));
}

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
