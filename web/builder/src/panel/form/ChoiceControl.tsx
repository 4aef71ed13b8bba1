import { RadioGroup } from 'radix-ui';
import { equal } from '@/doc/merge';
import { t } from '@/lib/i18n';
import { Select } from '@/ui/Field';
import type { ControlProps } from './Control';
import { useHost } from './host';
import type { Choice, SpecOf } from './spec';
import { effective } from './values';

const keyOf = (choice: Choice) => JSON.stringify(choice.value);

/** Few short words stand beside each other; else they are in a list that drops down. */
export function isShort(labels: readonly string[]): boolean {
  return labels.length <= 4 && labels.join('').length <= 30;
}

export function ChoiceControl({
  spec,
  value,
  onChange,
  id,
  described,
  invalid,
  bare,
  label,
}: ControlProps<SpecOf<'choice'>>) {
  const { readOnly } = useHost();
  const shown = effective(spec, value);
  const chosen = spec.choices.find((choice) => equal(choice.value, shown));
  const pick = (key: string) => onChange(spec.choices.find((choice) => keyOf(choice) === key)?.value);
  const options = spec.choices.map((choice) => ({ key: keyOf(choice), label: choice.label }));
  if (!bare && !spec.nullable && isShort(options.map((option) => option.label)))
    return (
      <Segments
        id={id}
        label={label}
        options={options}
        value={chosen && keyOf(chosen)}
        onChange={pick}
        disabled={readOnly}
      />
    );
  return (
    <Select
      id={id}
      value={chosen ? keyOf(chosen) : ''}
      onChange={(event) => pick(event.target.value)}
      disabled={readOnly}
      className={value === undefined ? 'is-default' : ''}
      aria-describedby={described}
      aria-invalid={invalid}
      aria-label={bare ? label : undefined}
    >
      {(!chosen || spec.nullable) && (
        <option value="">
          {spec.nullable ? t('panel.none') : shown === undefined ? t('panel.choose') : String(shown)}
        </option>
      )}
      {options.map((option) => (
        <option key={option.key} value={option.key}>
          {option.label}
        </option>
      ))}
    </Select>
  );
}

interface SegmentsProps {
  id: string;
  label: string;
  options: readonly { key: string; label: string }[];
  value: string | undefined;
  onChange: (key: string) => void;
  disabled?: boolean;
}

/** One of few, all of them seen at once. */
export function Segments({ id, label, options, value, onChange, disabled }: SegmentsProps) {
  return (
    <RadioGroup.Root
      id={id}
      className="np-segments"
      aria-label={label}
      value={value ?? ''}
      onValueChange={onChange}
      disabled={disabled}
      orientation="horizontal"
    >
      {options.map((option) => (
        <RadioGroup.Item key={option.key} value={option.key} className="np-segment">
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}

/** Any of a few: each a button that is on or off, in the order of the schema. */
export function MultiControl({ spec, value, onChange, label, id }: ControlProps<SpecOf<'multi'>>) {
  const { readOnly } = useHost();
  const shown = effective(spec, value);
  const list = Array.isArray(shown) ? shown : [];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a line of buttons everywhere
    <div className="np-chips" role="group" aria-label={label} id={id}>
      {spec.choices.map((choice) => {
        const on = list.some((entry) => equal(entry, choice.value));
        return (
          <button
            key={keyOf(choice)}
            type="button"
            className="np-chip-toggle"
            aria-pressed={on}
            disabled={readOnly}
            onClick={() =>
              onChange(
                spec.choices
                  .map((each) => each.value)
                  .filter((each) => (equal(each, choice.value) ? !on : list.some((entry) => equal(entry, each)))),
              )
            }
          >
            {choice.label}
          </button>
        );
      })}
    </div>
  );
}
