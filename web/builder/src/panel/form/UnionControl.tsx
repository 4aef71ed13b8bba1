import { t } from '@/lib/i18n';
import { Select } from '@/ui/Field';
import { isShort, Segments } from './ChoiceControl';
import type { ControlProps } from './Control';
import { Fields } from './Fields';
import { useHost } from './host';
import type { SpecOf } from './spec';
import { switchVariant, variantOf, withField, written } from './values';

/** One of several groups of fields: a choice, and the fields of what is chosen. */
export function UnionControl({ spec, value, onChange, path, label, id, described }: ControlProps<SpecOf<'union'>>) {
  const { readOnly } = useHost();
  const variant = variantOf(spec, value);
  const options = spec.variants.map(({ key, label: text }) => ({ key, label: text }));
  const bag = written(spec, value);
  const choose = (key: string) =>
    onChange(key === '' ? undefined : key === variant?.key ? value : switchVariant(spec, value, key));
  return (
    <div className="np-group">
      {!spec.nullable && isShort(options.map((option) => option.label)) ? (
        <Segments id={id} label={label} options={options} value={variant?.key} onChange={choose} disabled={readOnly} />
      ) : (
        <Select
          id={id}
          value={variant?.key ?? ''}
          disabled={readOnly}
          aria-label={label}
          aria-describedby={described}
          onChange={(event) => choose(event.target.value)}
        >
          {(!variant || spec.nullable) && (
            <option value="">{spec.nullable ? t('panel.none') : t('panel.choose')}</option>
          )}
          {options.map((option) => (
            <option key={option.key} value={option.key}>
              {option.label}
            </option>
          ))}
        </Select>
      )}
      {variant?.description && <p className="field-help">{variant.description}</p>}
      {variant && variant.members.length > 0 && (
        <div className="np-nested">
          <Fields
            key={variant.key}
            members={variant.members}
            values={bag}
            path={path}
            onChange={(name, part) => onChange(withField(bag, name, part))}
          />
        </div>
      )}
    </div>
  );
}
