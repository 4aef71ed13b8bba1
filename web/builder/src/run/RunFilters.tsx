import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Input, Select } from '@/ui/Field';
import { chosen, type Filters, NO_FILTERS, RANGES, readFilters, STATUSES } from './filters';
import { MODES } from './modes';
import { StatusIcon } from './StatusIcon';

interface RunFiltersProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
  /** Workflows to choose from; absent on the page of one. */
  workflows?: readonly { id: string; name: string }[];
  /** Triggers to choose from, on the page of one workflow. */
  triggers?: readonly { id: string; name: string }[];
}

/** What the list of executions is narrowed by. */
export function RunFilters({ filters, onChange, workflows, triggers }: RunFiltersProps) {
  const set = (values: Partial<Filters>) => onChange({ ...filters, ...values });
  const own = filters.from !== null || filters.to !== null;
  const [custom, setCustom] = useState(own);
  return (
    <search className="run-filters">
      <Text value={filters.q} onChange={(q) => set({ q })} />
      <fieldset className="run-statuses">
        <legend className="visually-hidden">{t('run.filter_status')}</legend>
        {STATUSES.map((status) => {
          const on = filters.statuses.includes(status);
          const without = filters.statuses.filter((other) => other !== status);
          return (
            <Button
              key={status}
              size="small"
              look="quiet"
              aria-pressed={on}
              onClick={() => set({ statuses: on ? without : [...without, status] })}
            >
              <StatusIcon status={status} word />
            </Button>
          );
        })}
      </fieldset>
      {workflows && (
        <Select
          aria-label={t('run.filter_workflow')}
          value={filters.workflow ?? ''}
          onChange={(event) => set({ workflow: event.target.value || null })}
        >
          <option value="">{t('run.any_workflow')}</option>
          {workflows.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
      {triggers && triggers.length > 1 && (
        <Select
          aria-label={t('run.filter_trigger')}
          value={filters.trigger ?? ''}
          onChange={(event) => set({ trigger: event.target.value || null })}
        >
          <option value="">{t('run.any_trigger')}</option>
          {triggers.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
      <Select
        aria-label={t('run.filter_mode')}
        value={filters.mode ?? ''}
        onChange={(event) => set({ mode: event.target.value || null })}
      >
        <option value="">{t('run.any_mode')}</option>
        {MODES.map((mode) => (
          <option key={mode} value={mode}>
            {t(`run.mode_${mode}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t('run.filter_time')}
        value={custom || own ? 'own' : (filters.range ?? '')}
        onChange={(event) => {
          setCustom(event.target.value === 'own');
          const { range } = readFilters(new URLSearchParams({ range: event.target.value }));
          set({ range, from: null, to: null });
        }}
      >
        <option value="">{t('run.any_time')}</option>
        {Object.keys(RANGES).map((range) => (
          <option key={range} value={range}>
            {t(`run.range_${range}`)}
          </option>
        ))}
        <option value="own">{t('run.range_own')}</option>
      </Select>
      {(custom || own) && (
        <span className="run-days">
          <Input
            type="date"
            aria-label={t('run.from_day')}
            value={filters.from ?? ''}
            onChange={(event) => set({ range: null, from: event.target.value || null })}
          />
          <span aria-hidden="true">–</span>
          <Input
            type="date"
            aria-label={t('run.to_day')}
            value={filters.to ?? ''}
            onChange={(event) => set({ range: null, to: event.target.value || null })}
          />
        </span>
      )}
      {chosen(filters) > 0 && (
        <Button
          size="small"
          look="quiet"
          icon={X}
          onClick={() => {
            setCustom(false);
            onChange(NO_FILTERS);
          }}
        >
          {t('run.no_filters')}
        </Button>
      )}
    </search>
  );
}

const PAUSE_MS = 250;

/** The search text; the list follows when the writer pauses. */
function Text({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="run-search">
      <Search size={16} strokeWidth={1.75} aria-hidden="true" />
      <Input
        type="search"
        aria-label={t('common.search')}
        placeholder={t('run.search')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}
