import { useVirtualizer } from '@tanstack/react-virtual';
import { Braces, Hash, List, type LucideIcon, ToggleLeft, Type, X } from 'lucide-react';
import { useRef } from 'react';
import { t } from '@/lib/i18n';
import { Draggable } from './Draggable';
import type { Outline, SchemaField, ValueType } from './server';

const ICONS: Record<ValueType, LucideIcon> = {
  text: Type,
  number: Hash,
  boolean: ToggleLeft,
  list: List,
  object: Braces,
  null: X,
};

const ROW = 28;

interface SchemaViewProps {
  /** What is shown of which side. */
  label: string;
  outline: Outline;
  /** What the expressions begin with, in place of `json`. */
  root: string;
  draggable: boolean;
  q: string;
}

/** The fields of all items together, each with a type and a sample. */
export function SchemaView({ label, outline, root, draggable, q }: SchemaViewProps) {
  const box = useRef<HTMLElement>(null);
  const wanted = q.trim().toLowerCase();
  const fields = outline.fields.filter(
    (field) =>
      wanted === '' || field.expression.toLowerCase().includes(wanted) || field.sample.toLowerCase().includes(wanted),
  );
  const rows = useVirtualizer({
    count: fields.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className="np-data-scroll" ref={box} tabIndex={0} aria-label={label}>
      <ul className="np-data-lines" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const field = fields[index];
          return (
            field && (
              <li
                key={field.expression}
                className="np-data-line"
                style={{ transform: `translateY(${start}px)`, height: ROW }}
              >
                <Row field={field} root={root} draggable={draggable} items={outline.items} />
              </li>
            )
          );
        })}
      </ul>
      {!outline.whole && <p className="meta np-data-note">{t('panel.more_fields')}</p>}
    </section>
  );
}

function Row({
  field,
  root,
  draggable,
  items,
}: {
  field: SchemaField;
  root: string;
  draggable: boolean;
  items: number;
}) {
  const type = field.types.find((each) => each !== 'null') ?? 'null';
  const Icon = ICONS[type];
  const name = field.path.at(-1);
  const label = (
    <>
      <Icon size={14} strokeWidth={1.75} aria-label={field.types.map((each) => t(`panel.value_${each}`)).join(', ')} />
      <span className="np-schema-name">{name === 0 ? t('panel.each_entry') : String(name ?? '')}</span>
    </>
  );
  return (
    <div className="np-schema-row" style={{ paddingLeft: 8 + 16 * (field.path.length - 1) }}>
      {draggable ? (
        <Draggable expression={field.expression.replace(/^json/, root)}>{label}</Draggable>
      ) : (
        <span className="np-draggable">{label}</span>
      )}
      <span className="np-schema-sample truncate">{field.sample}</span>
      {field.count < items && field.path.length === 1 && (
        <span className="meta" title={t('panel.in_items', { n: field.count, of: items })}>
          {field.count}/{items}
        </span>
      )}
    </div>
  );
}
