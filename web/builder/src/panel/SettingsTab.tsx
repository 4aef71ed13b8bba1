import type { ReactNode } from 'react';
import { editSettings } from '@/doc/commands';
import type { Node, NodeSettings, Retry } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { Field, Input, Select, Switch, Textarea } from '@/ui/Field';
import { Segments } from './form/ChoiceControl';
import { issueAt } from './form/host';

/** What happens around a node: when it fails, how often it runs, what people noted. */
export function SettingsTab({ node, trigger }: { node: Node; trigger: boolean }) {
  const readOnly = useDocument((state) => state.readOnly);
  const all = useDocument((state) => state.issues);
  const { settings } = node;
  const { retry } = settings;
  const error = (name: string) => issueAt(all, `nodes.${node.id}.settings.${name}`, true);
  function edit(part: Partial<NodeSettings>, name: string) {
    useDocument
      .getState()
      .change(
        t('panel.undo_setting', { node: node.name }),
        (doc) => editSettings(doc, [node.id], part),
        `setting ${node.id} ${name}`,
      );
  }
  const editRetry = (part: Partial<Retry>) => edit({ retry: { ...retry, ...part } }, 'retry');
  const toggle = (name: 'disabled' | 'once' | 'always_output') => (
    <Toggle
      label={t(`panel.set_${name}`)}
      help={t(`panel.set_${name}_help`)}
      checked={settings[name]}
      disabled={readOnly}
      onChange={(on) => edit({ [name]: on }, name)}
    />
  );
  return (
    <fieldset className="np-form np-settings" disabled={readOnly}>
      <legend className="visually-hidden">{t('panel.tab_settings')}</legend>
      {!trigger && (
        <>
          <h3>{t('panel.on_failure')}</h3>
          <Field
            label={t('panel.set_on_error')}
            help={t(`panel.on_error_${settings.on_error}_help`)}
            error={error('on_error')}
          >
            {({ id }) => (
              <Segments
                id={id}
                label={t('panel.set_on_error')}
                options={(['stop', 'continue', 'output'] as const).map((key) => ({
                  key,
                  label: t(`panel.on_error_${key}`),
                }))}
                value={settings.on_error}
                disabled={readOnly}
                onChange={(key) =>
                  (key === 'stop' || key === 'continue' || key === 'output') && edit({ on_error: key }, 'on_error')
                }
              />
            )}
          </Field>
          <NumberField
            label={t('panel.set_attempts')}
            help={t('panel.set_attempts_help')}
            error={error('retry.attempts')}
            value={retry.attempts}
            min={1}
            onChange={(attempts) => editRetry({ attempts: attempts ?? 1 })}
          />
          {retry.attempts > 1 && (
            <div className="np-nested">
              <div className="np-pair">
                <NumberField
                  label={t('panel.set_delay')}
                  error={error('retry.delay')}
                  value={retry.delay}
                  min={0}
                  onChange={(delay) => editRetry({ delay: delay ?? 1 })}
                />
                <NumberField
                  label={t('panel.set_max_delay')}
                  error={error('retry.max_delay')}
                  value={retry.max_delay}
                  min={0}
                  onChange={(delay) => editRetry({ max_delay: delay ?? 300 })}
                />
              </div>
              <Field label={t('panel.set_backoff')}>
                {({ id }) => (
                  <Segments
                    id={id}
                    label={t('panel.set_backoff')}
                    options={(['exponential', 'constant'] as const).map((key) => ({
                      key,
                      label: t(`panel.backoff_${key}`),
                    }))}
                    value={retry.backoff}
                    disabled={readOnly}
                    onChange={(key) => (key === 'exponential' || key === 'constant') && editRetry({ backoff: key })}
                  />
                )}
              </Field>
              <NumberField
                label={t('panel.set_jitter')}
                help={t('panel.set_jitter_help')}
                error={error('retry.jitter')}
                value={Math.round(retry.jitter * 100)}
                min={0}
                onChange={(percent) => editRetry({ jitter: (percent ?? 0) / 100 })}
              />
              <Toggle
                label={t('panel.set_retry_after')}
                checked={retry.honour_retry_after}
                disabled={readOnly}
                onChange={(honour_retry_after) => editRetry({ honour_retry_after })}
              />
            </div>
          )}
          <NumberField
            label={t('panel.set_timeout')}
            help={t('panel.set_timeout_help')}
            error={error('timeout')}
            value={settings.timeout}
            min={0}
            placeholder={t('panel.none')}
            onChange={(timeout) => edit({ timeout }, 'timeout')}
          />
          <Field label={t('panel.set_unknown')} help={t('panel.set_unknown_help')} error={error('unknown')}>
            {(ids) => (
              <Select
                {...ids}
                value={settings.unknown}
                onChange={(event) => {
                  const key = event.target.value;
                  if (key === 'ask' || key === 'retry' || key === 'fail') edit({ unknown: key }, 'unknown');
                }}
              >
                {['ask', 'retry', 'fail'].map((key) => (
                  <option key={key} value={key}>
                    {t(`panel.unknown_${key}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <h3>{t('panel.running')}</h3>
          {toggle('once')}
          {toggle('always_output')}
        </>
      )}
      {toggle('disabled')}
      <Field label={t('panel.set_notes')} help={t('panel.set_notes_help')}>
        {(ids) => (
          <Textarea
            {...ids}
            rows={4}
            value={settings.notes}
            onChange={(event) => edit({ notes: event.target.value }, 'notes')}
          />
        )}
      </Field>
    </fieldset>
  );
}

interface NumberFieldProps {
  label: string;
  help?: string;
  error?: string;
  value: number | null;
  min: number;
  placeholder?: string;
  onChange: (value: number | null) => void;
}

function NumberField({ label, help, error, value, min, placeholder, onChange }: NumberFieldProps) {
  return (
    <Field label={label} help={help} error={error}>
      {(ids) => (
        <Input
          {...ids}
          type="number"
          min={min}
          step="any"
          placeholder={placeholder}
          value={value ?? ''}
          onChange={(event) => onChange(event.target.value === '' ? null : Number(event.target.value))}
        />
      )}
    </Field>
  );
}

interface ToggleProps {
  label: string;
  help?: ReactNode;
  checked: boolean;
  disabled: boolean;
  onChange: (on: boolean) => void;
}

function Toggle({ label, help, checked, disabled, onChange }: ToggleProps) {
  return (
    <div className="np-toggle">
      <div>
        <p className="field-label">{label}</p>
        {help && <p className="field-help">{help}</p>}
      </div>
      <Switch checked={checked} onChange={onChange} label={label} disabled={disabled} />
    </div>
  );
}
