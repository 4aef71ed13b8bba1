import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { editDoc } from '@/doc/commands';
import type { WorkflowSettings } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Dialog } from '@/ui/Dialog';
import { Field, Input, Select, Switch, Textarea } from '@/ui/Field';
import { file } from './workflow';

function edit(change: Partial<WorkflowSettings>): void {
  useDocument
    .getState()
    .change(
      'editor.step_settings',
      (doc) => editDoc(doc, { settings: { ...doc.settings, ...change } }),
      `settings.${Object.keys(change)}`,
    );
}

const ZONES = Intl.supportedValuesOf('timeZone');

/** Settings of the workflow as a whole. They are saved like everything else, and can be undone. */
export default function SettingsSheet({ onClose }: { onClose: () => void }) {
  const { name, description, settings } = useDocument((state) => state.doc);
  const issues = useDocument((state) => state.issues);
  const problem = (path: string) => issues.find((issue) => issue.path === `settings.${path}`)?.message;
  return (
    <Dialog open look="sheet" onClose={onClose} title={t('editor.settings')}>
      <div className="settings-sheet">
        <Section title={t('editor.about')}>
          <Field label={t('editor.name')}>
            {(ids) => (
              <Input
                {...ids}
                value={name}
                maxLength={200}
                onChange={({ target }) =>
                  target.value.trim() &&
                  useDocument
                    .getState()
                    .change('editor.step_rename', (doc) => editDoc(doc, { name: target.value }), 'name')
                }
              />
            )}
          </Field>
          <Field label={t('editor.description')}>
            {(ids) => (
              <Textarea
                {...ids}
                value={description}
                rows={3}
                onChange={({ target }) =>
                  useDocument
                    .getState()
                    .change('editor.step_describe', (doc) => editDoc(doc, { description: target.value }), 'description')
                }
              />
            )}
          </Field>
          <Filing />
        </Section>
        <Section title={t('editor.running')}>
          <Field label={t('editor.timezone')} help={t('editor.timezone_help')} error={problem('timezone')}>
            {(ids) => (
              <>
                <Input
                  {...ids}
                  list="timezones"
                  value={settings.timezone}
                  onChange={({ target }) => edit({ timezone: target.value })}
                />
                <datalist id="timezones">
                  {ZONES.map((zone) => (
                    <option key={zone} value={zone} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <NumberField
            label={t('editor.timeout')}
            help={t('editor.timeout_help')}
            value={settings.timeout ?? null}
            min={1}
            onChange={(timeout) => edit({ timeout })}
          />
          <ErrorWorkflow value={settings.error_workflow ?? null} error={problem('error_workflow')} />
          <NumberField
            label={t('editor.parallel')}
            help={t('editor.parallel_help')}
            value={settings.parallel}
            min={1}
            max={256}
            onChange={(parallel) => parallel && edit({ parallel })}
          />
          <NumberField
            label={t('editor.max_iterations')}
            value={settings.max_iterations}
            min={1}
            max={1_000_000}
            onChange={(max_iterations) => max_iterations && edit({ max_iterations })}
          />
        </Section>
        <ConcurrencySection settings={settings} />
        <Section title={t('editor.keeping')}>
          <p className="field-help">{t('editor.keeping_help')}</p>
          <NumberField
            label={t('editor.keep_days')}
            value={settings.keep.days ?? null}
            min={0}
            onChange={(days) => edit({ keep: { ...settings.keep, days } })}
          />
          <NumberField
            label={t('editor.keep_failed_days')}
            value={settings.keep.failed_days ?? null}
            min={0}
            onChange={(failed_days) => edit({ keep: { ...settings.keep, failed_days } })}
          />
          <NumberField
            label={t('editor.keep_executions')}
            value={settings.keep.executions ?? null}
            min={0}
            onChange={(executions) => edit({ keep: { ...settings.keep, executions } })}
          />
        </Section>
      </div>
    </Dialog>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="settings-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

interface NumberFieldProps {
  label: string;
  help?: string;
  /** Null: not set. */
  value: number | null;
  min: number;
  max?: number;
  onChange: (value: number | null) => void;
}

function NumberField({ label, help, value, min, max, onChange }: NumberFieldProps) {
  return (
    <Field label={label} help={help}>
      {(ids) => (
        <Input
          {...ids}
          type="number"
          min={min}
          max={max}
          value={value ?? ''}
          placeholder={t('editor.not_set')}
          onChange={({ target }) => {
            if (target.value === '') onChange(null);
            else if (target.validity.valid) onChange(target.valueAsNumber);
          }}
        />
      )}
    </Field>
  );
}

function Filing() {
  const filing = useDocument((state) => state.filing);
  const [folder, setFolder] = useState(filing?.folder ?? '');
  const [tags, setTags] = useState(filing?.tags.join(', ') ?? '');
  const listed = tags
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);
  return (
    <>
      <Field label={t('editor.folder')} help={t('editor.folder_help')}>
        {(ids) => (
          <Input
            {...ids}
            value={folder}
            onChange={({ target }) => setFolder(target.value)}
            onBlur={() => folder !== filing?.folder && void file({ folder })}
          />
        )}
      </Field>
      <Field label={t('editor.tags')} help={t('editor.tags_help')}>
        {(ids) => (
          <Input
            {...ids}
            value={tags}
            onChange={({ target }) => setTags(target.value)}
            onBlur={() => listed.join() !== filing?.tags.join() && void file({ tags: listed })}
          />
        )}
      </Field>
    </>
  );
}

function ErrorWorkflow({ value, error }: { value: string | null; error?: string }) {
  const filing = useDocument((state) => state.filing);
  const workflows = useQuery({
    queryKey: ['workflows', 'names', filing?.project],
    queryFn: () => take(client.GET('/api/workflows', { params: { query: { project: filing?.project, limit: 200 } } })),
  });
  const others = (workflows.data?.data ?? []).filter((one) => one.id !== filing?.id);
  return (
    <Field label={t('editor.error_workflow')} help={t('editor.error_workflow_help')} error={error}>
      {(ids) => (
        <Select {...ids} value={value ?? ''} onChange={({ target }) => edit({ error_workflow: target.value || null })}>
          <option value="">{t('editor.none')}</option>
          {value && !others.some((one) => one.id === value) && <option value={value}>{value}</option>}
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

const ON_CONFLICT = ['queue', 'skip', 'cancel_oldest'] as const;

function ConcurrencySection({ settings }: { settings: WorkflowSettings }) {
  const limit = settings.concurrency;
  const change = (values: Partial<NonNullable<typeof limit>>) =>
    edit({ concurrency: { limit: 1, key: null, on_conflict: 'queue', ...limit, ...values } });
  return (
    <Section title={t('editor.concurrency')}>
      <div className="settings-row">
        <label htmlFor="concurrency">{t('editor.concurrency_on')}</label>
        <Switch
          id="concurrency"
          checked={limit !== null}
          onChange={(on) => (on ? change({}) : edit({ concurrency: null }))}
        />
      </div>
      {limit && (
        <>
          <NumberField
            label={t('editor.concurrency_limit')}
            value={limit.limit}
            min={1}
            onChange={(value) => value && change({ limit: value })}
          />
          <Field label={t('editor.concurrency_key')} help={t('editor.concurrency_key_help')}>
            {(ids) => (
              <Input
                {...ids}
                className="mono"
                placeholder="json.customer"
                value={limit.key ?? ''}
                onChange={({ target }) => change({ key: target.value || null })}
              />
            )}
          </Field>
          <Field label={t('editor.on_conflict')}>
            {(ids) => (
              <Select
                {...ids}
                value={limit.on_conflict}
                onChange={({ target }) => change({ on_conflict: ON_CONFLICT.find((one) => one === target.value) })}
              >
                {ON_CONFLICT.map((one) => (
                  <option key={one} value={one}>
                    {t(`editor.on_conflict_${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </>
      )}
    </Section>
  );
}
