import { Search } from 'lucide-react';
import { type Ref, useEffect, useState } from 'react';
import { t } from '@/lib/i18n';
import { Input, Select } from '@/ui/Field';
import { SORTS, STATES, type Wanted } from './list';

interface WorkflowFiltersProps {
  wanted: Wanted;
  onChange: (change: Partial<Wanted>) => void;
  tags: readonly string[];
  projects: readonly { id: string; name: string }[];
  searchRef: Ref<HTMLInputElement>;
}

/** Search, state, project, tag and order. */
export function WorkflowFilters({ wanted, onChange, tags, projects, searchRef }: WorkflowFiltersProps) {
  const { q, state, project, tag, sort } = wanted;
  // What is typed stays as typed; the address follows, and leads when one goes back.
  const [typed, setTyped] = useState(q);
  useEffect(() => setTyped(q), [q]);
  return (
    <div className="filters">
      <div className="search">
        <Search size={16} strokeWidth={1.75} aria-hidden="true" />
        <Input
          ref={searchRef}
          type="search"
          aria-label={t('pages.search')}
          placeholder={t('pages.search')}
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value);
            onChange({ q: target.value });
          }}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
        {!typed && <kbd className="key">/</kbd>}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a row everywhere */}
      <div className="segmented-group" role="group" aria-label={t('pages.state')}>
        {STATES.map((one) => (
          <button
            type="button"
            key={one}
            className="tab"
            aria-pressed={state === one}
            onClick={() => onChange({ state: one })}
          >
            {t(`pages.state_${one}`)}
          </button>
        ))}
      </div>
      <span className="filters-space" />
      {projects.length > 1 && (
        <Select
          aria-label={t('pages.project')}
          value={project}
          onChange={({ target }) => onChange({ project: target.value, folder: '' })}
        >
          <option value="">{t('pages.all_projects')}</option>
          {projects.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </Select>
      )}
      {(tags.length > 0 || tag) && (
        <Select aria-label={t('pages.tag')} value={tag} onChange={({ target }) => onChange({ tag: target.value })}>
          <option value="">{t('pages.all_tags')}</option>
          {[...new Set([...tags, ...(tag ? [tag] : [])])].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      )}
      <Select
        aria-label={t('pages.sort')}
        value={sort}
        onChange={({ target }) => onChange({ sort: SORTS.find((one) => one === target.value) })}
      >
        {SORTS.map((one) => (
          <option key={one} value={one}>
            {t(`pages.sort_${one}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}
