import { Suspense } from 'react';
import type { Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Input, Select, Switch } from '@/ui/Field';
import type { ControlProps } from './Control';
import { useHost } from './host';
import type { Spec } from './spec';
import { TextControl } from './TextControl';
import { effective } from './values';

const CodeControl = later(() => import('./CodeControl'));

const TYPES = ['text', 'number', 'boolean', 'json'] as const;
type Type = (typeof TYPES)[number];

function typeOf(value: Json | undefined): Type {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'object' && value !== null ? 'json' : 'text';
}

/** The same value as another type, as far as it is one. */
export function converted(value: Json | undefined, type: string): Json {
  const text = value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  if (type === 'number') return Number.isFinite(Number(text)) ? Number(text) : 0;
  if (type === 'boolean') return text === 'true';
  if (type === 'text') return text;
  try {
    const parsed: Json = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : [];
  } catch {
    return {};
  }
}

/** A value of any type: text, unless people choose another one. */
export function AnyControl(props: ControlProps) {
  const { spec, value, onChange, label, id } = props;
  const { readOnly } = useHost();
  const shown = effective(spec, value);
  const type = typeOf(shown);
  return (
    <div className={`np-any np-any-${type}`}>
      <Select
        className="np-any-type"
        value={type}
        disabled={readOnly}
        aria-label={t('panel.type_of', { field: label })}
        onChange={(event) => onChange(converted(shown, event.target.value))}
      >
        {TYPES.map((each) => (
          <option key={each} value={each}>
            {t(`panel.type_${each}`)}
          </option>
        ))}
      </Select>
      {type === 'text' && <TextControl {...props} />}
      {type === 'number' && (
        <Input
          id={id}
          type="number"
          step="any"
          aria-label={label}
          value={typeof shown === 'number' ? shown : ''}
          readOnly={readOnly}
          onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
        />
      )}
      {type === 'boolean' && (
        <span className="np-any-switch">
          <Switch id={id} checked={shown === true} onChange={onChange} label={label} disabled={readOnly} />
          <span className="muted">{shown === true ? t('panel.true') : t('panel.false')}</span>
        </span>
      )}
      {type === 'json' && (
        <Suspense fallback={<div className="input area np-code-wait" />}>
          <CodeControl {...props} spec={asJson(spec)} />
        </Suspense>
      )}
    </div>
  );
}

function asJson(spec: Spec): Spec {
  return { ...spec, kind: 'json', reason: 'json' };
}
