import { type ChangeEvent, useState } from 'react';
import type { Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { Input, Select, Textarea } from '@/ui/Field';
import type { ControlProps } from './Control';
import { useHost } from './host';
import type { Spec, SpecOf } from './spec';
import { typed } from './tags';
import { effective } from './values';

/** Text as it is shown; what is not text is shown as JSON. */
function shownText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function placeholderOf(spec: Spec): string | undefined {
  const example = spec.schema.examples?.[0];
  return spec.hints.placeholder ?? (example === undefined ? undefined : shownText(example));
}

/** One line or several, a date, or a secret. */
export function TextControl({
  spec,
  value,
  onChange,
  onExpression,
  id,
  described,
  invalid,
  bare,
  label,
}: ControlProps) {
  const { node, readOnly } = useHost();
  const shown = effective(spec, value);
  const looks = [spec.hints.mono && 'mono', value === undefined && shown !== undefined && 'is-default'];
  function onInput(event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) {
    const text = event.target.value;
    const expression = node === null ? null : typed(spec, text);
    if (expression) return onExpression(expression);
    // An empty optional field says nothing; an empty field with a default says that it is to be empty.
    const nothing =
      text === '' && (spec.nullable || spec.initial === undefined || spec.initial === null || spec.initial === '');
    onChange(nothing ? undefined : text);
  }
  const common = {
    id,
    className: looks.filter(Boolean).join(' '),
    value: shownText(shown),
    onChange: onInput,
    readOnly,
    placeholder: placeholderOf(spec),
    'aria-describedby': described,
    'aria-invalid': invalid,
    'aria-label': bare ? label : undefined,
  };
  if (spec.kind === 'textarea') return <Textarea rows={spec.hints.rows ?? 3} {...common} />;
  if (spec.kind === 'password') return <Input type="password" {...common} autoComplete="new-password" />;
  if (spec.kind === 'date') return <Input type="date" {...common} />;
  return <Input type="text" {...common} />;
}

/** A number. What is no number yet stays on the screen and is not saved. */
export function NumberControl({
  spec,
  value,
  onChange,
  onExpression,
  id,
  described,
  invalid,
  bare,
  label,
}: ControlProps<SpecOf<'number'>>) {
  const { node, readOnly } = useHost();
  const [text, setText] = useState<string | null>(null);
  const shown = effective(spec, value);
  function onInput(event: ChangeEvent<HTMLInputElement>) {
    const next = event.target.value;
    const expression = node === null ? null : typed(spec, next);
    if (expression) return onExpression(expression);
    setText(next);
    if (next.trim() === '') return onChange(undefined);
    const number = Number(next.replace(',', '.'));
    if (Number.isFinite(number)) onChange(number);
  }
  return (
    <Input
      id={id}
      type="text"
      inputMode={spec.integer ? 'numeric' : 'decimal'}
      className={`number ${value === undefined && text === null && shown !== undefined ? 'is-default' : ''}`}
      value={text ?? shownText(shown)}
      onChange={onInput}
      onBlur={() => setText(null)}
      readOnly={readOnly}
      placeholder={placeholderOf(spec)}
      aria-describedby={described}
      aria-invalid={
        invalid || (text !== null && text.trim() !== '' && !Number.isFinite(Number(text.replace(',', '.'))))
      }
      aria-label={bare ? label : undefined}
    />
  );
}

const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;
const isUnit = (text: string): text is Unit => text in UNITS;

/** Seconds of a saved length of time: a number, or ISO 8601 (`PT5M`); null where it is neither. */
export function secondsOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return value;
  const match =
    typeof value === 'string' ? /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(value) : null;
  if (!match) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function unitFor(seconds: number | null): Unit {
  if (seconds === null || seconds === 0) return 'seconds';
  if (seconds % 86_400 === 0) return 'days';
  if (seconds % 3600 === 0) return 'hours';
  return seconds % 60 === 0 ? 'minutes' : 'seconds';
}

/** A length of time: a number and its unit. */
export function DurationControl({ spec, value, onChange, id, described, invalid, label }: ControlProps) {
  const { readOnly } = useHost();
  const seconds = secondsOf(effective(spec, value));
  const [unit, setUnit] = useState<Unit>(unitFor(seconds));
  const shown = seconds === null ? '' : String(seconds / UNITS[unit]);
  return (
    <div className="np-duration">
      <Input
        id={id}
        type="number"
        min={0}
        value={shown}
        readOnly={readOnly}
        aria-describedby={described}
        aria-invalid={invalid}
        onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value) * UNITS[unit])}
      />
      <Select
        value={unit}
        disabled={readOnly}
        aria-label={t('panel.unit_of', { field: label })}
        onChange={(event) => {
          const next = event.target.value;
          if (!isUnit(next)) return;
          setUnit(next);
          if (seconds !== null) onChange((seconds / UNITS[unit]) * UNITS[next]);
        }}
      >
        {Object.keys(UNITS).map((key) => (
          <option key={key} value={key}>
            {t(`panel.unit_${key}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}
