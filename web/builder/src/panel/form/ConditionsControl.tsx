import { Plus } from 'lucide-react';
import type { Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Select } from '@/ui/Field';
import { Segments } from './ChoiceControl';
import type { ControlProps } from './Control';
import { FieldRow } from './FieldRow';
import { useHost } from './host';
import { RowActions } from './ListControl';
import { type Bag, isBag } from './schema';
import type { Member, SpecOf } from './spec';
import { effective, withField } from './values';

/** Operators as people look for them; what the schema has beside these comes last. */
const GROUPS: Record<string, readonly string[]> = {
  compare: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'],
  text: ['contains', 'not_contains', 'starts_with', 'ends_with', 'matches'],
  list: ['in', 'not_in'],
  date: ['before', 'after'],
  there: ['exists', 'not_exists', 'empty', 'not_empty'],
  truth: ['true', 'false'],
};
const ONE_SIDED: ReadonlySet<string> = new Set(['exists', 'not_exists', 'empty', 'not_empty', 'true', 'false']);

/** Comparisons and how they combine. */
export function ConditionsControl({
  spec,
  value,
  onChange,
  path,
  label,
  id,
}: ControlProps<SpecOf<'group' | 'conditions'>>) {
  const { readOnly } = useHost();
  const shown = effective(spec, value);
  const bag: Bag = isBag(shown) ? shown : {};
  const rows = Array.isArray(bag.list) ? bag.list : [];
  const list = spec.members.find((member) => member.name === 'list')?.spec;
  const members = list?.kind === 'list' && list.item.kind === 'group' ? list.item.members : [];
  const put = (next: Json[]) => onChange({ ...bag, list: next });
  const combine = bag.combine === 'any' ? 'any' : 'all';
  return (
    <div className="np-conditions">
      {rows.length > 1 && (
        <Segments
          id={id}
          label={t('panel.combine')}
          options={[
            { key: 'all', label: t('panel.combine_all') },
            { key: 'any', label: t('panel.combine_any') },
          ]}
          value={combine}
          disabled={readOnly}
          onChange={(next) => onChange({ ...bag, combine: next })}
        />
      )}
      <ul className="np-condition-list" aria-label={label} data-field={`${path}.list`}>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: comparisons have no identity but their place
          <li className="np-condition" key={index}>
            {index > 0 && <span className="np-condition-joint">{t(`panel.joint_${combine}`)}</span>}
            <Comparison
              members={members}
              row={isBag(row) ? row : {}}
              path={`${path}.list.${index}`}
              onChange={(next) => put(rows.map((each, i) => (i === index ? next : each)))}
            />
            {!readOnly && (
              <RowActions items={rows} index={index} onChange={put} card={false} label={t('panel.condition')} />
            )}
          </li>
        ))}
      </ul>
      {!readOnly && (
        <Button
          icon={Plus}
          size="small"
          look="quiet"
          className="np-add-row"
          onClick={() => put([...rows, { left: { $: '' }, op: 'eq', right: '' }])}
        >
          {t('panel.add_condition')}
        </Button>
      )}
    </div>
  );
}

interface ComparisonProps {
  members: readonly Member[];
  row: Bag;
  path: string;
  onChange: (row: Bag) => void;
}

function Comparison({ members, row, path, onChange }: ComparisonProps) {
  const { readOnly } = useHost();
  const part = (name: string) => members.find((member) => member.name === name)?.spec;
  const [left, op, right] = [part('left'), part('op'), part('right')];
  const chosen = typeof row.op === 'string' ? row.op : String(op?.initial ?? 'eq');
  const known = op?.kind === 'choice' ? op.choices.map((choice) => String(choice.value)) : [chosen];
  const listed = new Set(Object.values(GROUPS).flat());
  const groups = Object.entries({ ...GROUPS, other: known.filter((name) => !listed.has(name)) });
  return (
    <div className="np-comparison" data-field={path}>
      {left && (
        <FieldRow
          bare
          spec={left}
          path={`${path}.left`}
          label={t('panel.left')}
          value={row.left}
          onChange={(next) => onChange(withField(row, 'left', next))}
        />
      )}
      <Select
        className="np-operator"
        value={chosen}
        disabled={readOnly}
        aria-label={t('panel.operator')}
        onChange={(event) => onChange({ ...row, op: event.target.value })}
      >
        {groups.map(([group, names]) => {
          const offered = names.filter((name) => known.includes(name));
          return (
            offered.length > 0 && (
              <optgroup key={group} label={t(`panel.ops_${group}`)}>
                {offered.map((name) => (
                  <option key={name} value={name}>
                    {listed.has(name) ? t(`panel.op_${name}`) : name}
                  </option>
                ))}
              </optgroup>
            )
          );
        })}
      </Select>
      {right && !ONE_SIDED.has(chosen) && (
        <FieldRow
          bare
          spec={right}
          path={`${path}.right`}
          label={t('panel.right')}
          value={row.right}
          onChange={(next) => onChange(withField(row, 'right', next))}
        />
      )}
    </div>
  );
}
