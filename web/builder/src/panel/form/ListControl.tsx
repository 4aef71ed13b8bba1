import { ArrowDown, ArrowUp, Copy, MoreVertical, Plus, Trash2, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { Button, IconButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { Control, type ControlProps } from './Control';
import { FieldRow } from './FieldRow';
import { useHost } from './host';
import { isBag } from './schema';
import type { Member, Spec, SpecOf } from './spec';
import { effective, fresh, variantOf, withField } from './values';

type ListProps = ControlProps<SpecOf<'list'>>;

/** Items one below the other: a line for what is small, a table for pairs, else a card for each. */
export function ListControl({ spec, value, onChange, path, label }: ListProps) {
  const { readOnly } = useHost();
  const shown = effective(spec, value);
  const items = Array.isArray(shown) ? shown : [];
  const root = useRef<HTMLDivElement>(null);
  const [grown, setGrown] = useState(0);
  const put = (index: number, item: Json | undefined) =>
    onChange(items.map((each, i) => (i === index ? (item ?? null) : each)));
  const group = spec.item.kind === 'group' ? spec.item.members : [];

  useEffect(() => {
    if (grown === 0) return;
    const rows = root.current?.querySelectorAll<HTMLElement>(':scope > .np-rows > *');
    rows?.[rows.length - 1]?.querySelector<HTMLElement>('input, textarea, select, .cm-content')?.focus();
  }, [grown]);

  const look = spec.table ? 'table' : spec.item.kind === 'group' || spec.item.kind === 'union' ? 'cards' : 'lines';
  return (
    <div className={`np-list ${look}`} ref={root}>
      {spec.table && items.length > 0 && (
        <div className="np-row-heads" aria-hidden="true">
          {group.map((member) => (
            <span key={member.name}>{member.label}</span>
          ))}
        </div>
      )}
      <ul className="np-rows" aria-label={label}>
        {items.map((item, index) => {
          const actions = !readOnly && (
            <RowActions items={items} index={index} onChange={onChange} card={look === 'cards'} label={label} />
          );
          const place = `${path}.${index}`;
          return look === 'cards' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity but their place
            <li className="np-card" key={index}>
              <div className="np-card-head">
                <span className="np-card-title truncate">{titleOf(spec.item, item, index)}</span>
                {actions}
              </div>
              <Inner
                spec={spec.item}
                path={place}
                label={`${label} ${index + 1}`}
                value={item}
                onChange={(next) => put(index, next)}
              />
            </li>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity but their place
            <li className="np-row" key={index}>
              {spec.table ? (
                <Cells members={group} path={place} item={item} onChange={(next) => put(index, next)} />
              ) : (
                <FieldRow
                  bare
                  spec={spec.item}
                  path={place}
                  label={`${label} ${index + 1}`}
                  value={item}
                  onChange={(next) => put(index, next ?? '')}
                />
              )}
              {actions}
            </li>
          );
        })}
      </ul>
      {!readOnly && (
        <Button
          icon={Plus}
          size="small"
          look="quiet"
          className="np-add-row"
          aria-label={t('panel.add_to', { field: label })}
          onClick={() => {
            onChange([...items, fresh(spec.item)]);
            setGrown(grown + 1);
          }}
        >
          {t('panel.add_entry')}
        </Button>
      )}
    </div>
  );
}

/** The item of a card without a label of its own: the card has one. */
function Inner({
  spec,
  path,
  label,
  value,
  onChange,
}: {
  spec: Spec;
  path: string;
  label: string;
  value: Json;
  onChange: (value: Json | undefined) => void;
}) {
  return (
    <div data-field={path} className="np-card-body">
      <Control
        spec={spec}
        value={value}
        onChange={onChange}
        onExpression={() => undefined}
        path={path}
        label={label}
        id={`${path}-card`}
        bare
      />
    </div>
  );
}

function Cells({
  members,
  path,
  item,
  onChange,
}: {
  members: readonly Member[];
  path: string;
  item: Json;
  onChange: (value: Json) => void;
}) {
  const bag = isBag(item) ? item : {};
  return (
    <div className="np-cells" data-field={path}>
      {members.map((member) => (
        <FieldRow
          bare
          key={member.name}
          spec={member.spec}
          path={`${path}.${member.name}`}
          label={member.label}
          required={member.required}
          value={bag[member.name]}
          onChange={(part) => onChange(withField(bag, member.name, part ?? (member.required ? '' : undefined)))}
        />
      ))}
    </div>
  );
}

interface RowActionsProps {
  items: readonly Json[];
  index: number;
  onChange: (items: Json[]) => void;
  card: boolean;
  label: string;
}

/** Move, copy and remove an item, by buttons, so that no dragging is needed. */
export function RowActions({ items, index, onChange, card, label }: RowActionsProps) {
  const item = items[index] ?? null;
  const place = t('panel.item_of', { field: label, n: index + 1 });
  const swap = (other: number) =>
    onChange(items.map((each, i) => (i === index ? (items[other] ?? null) : i === other ? item : each)));
  const without = () => onChange(items.filter((_, i) => i !== index));
  return (
    <span className="np-row-actions">
      {(items.length > 1 || card) && (
        <Menu
          align="end"
          items={[
            [
              { label: t('panel.move_up'), icon: ArrowUp, disabled: index === 0, onSelect: () => swap(index - 1) },
              {
                label: t('panel.move_down'),
                icon: ArrowDown,
                disabled: index === items.length - 1,
                onSelect: () => swap(index + 1),
              },
              { label: t('panel.duplicate'), icon: Copy, onSelect: () => onChange(items.toSpliced(index, 0, item)) },
            ],
            card ? [{ label: t('panel.remove'), icon: Trash2, danger: true, onSelect: without }] : [],
          ]}
        >
          <IconButton icon={MoreVertical} size="small" label={t('panel.more_of', { item: place })} />
        </Menu>
      )}
      {!card && <IconButton icon={X} size="small" label={t('panel.remove_item', { item: place })} onClick={without} />}
    </span>
  );
}

/** What a card is about: its variant, or the first text in it. */
function titleOf(spec: Spec, item: Json, index: number): string {
  if (spec.kind === 'union') return variantOf(spec, item)?.label ?? String(index + 1);
  const text = isBag(item) ? Object.values(item).find((part) => typeof part === 'string' && part !== '') : undefined;
  return typeof text === 'string' ? text : t('panel.item_n', { n: index + 1 });
}
