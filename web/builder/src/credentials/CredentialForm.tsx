import { KeyRound } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Params } from '@/doc/model';
import type { FieldProblem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { FieldRow } from '@/panel/form/FieldRow';
import { type Host, HostContext } from '@/panel/form/host';
import { isSchema } from '@/panel/form/schema';
import { membersOf } from '@/panel/form/spec';
import { withField } from '@/panel/form/values';
import { Button } from '@/ui/Button';
import type { CredentialKind } from './queries';

interface CredentialFormProps {
  kind: CredentialKind;
  values: Params;
  onChange: (values: Params) => void;
  /** The values are there already and are never read back: each one stays until it is replaced. */
  kept: boolean;
  issues: readonly FieldProblem[];
}

/** The fields of a kind of credentials. */
export function CredentialForm({ kind, values, onChange, kept, issues }: CredentialFormProps) {
  const members = useMemo(() => (isSchema(kind.fields) ? membersOf(kind.fields, kind.fields) : []), [kind]);
  const [replaced, setReplaced] = useState<ReadonlySet<string>>(new Set());
  const host = useMemo<Host>(
    () => ({
      node: null,
      type: '',
      options: new Set(),
      project: '',
      readOnly: false,
      params: {},
      issues: issues.map((issue) => ({
        ...issue,
        path: issue.path.startsWith('values.') ? issue.path : `values.${issue.path}`,
      })),
    }),
    [issues],
  );
  // Whoever lets a credential go to more hosts enters its secret again.
  const asked = new Set(host.issues.map((issue) => issue.path));
  return (
    <HostContext value={host}>
      {members.map(({ name, label, required, spec }) =>
        kept && !replaced.has(name) && !(name in values) && !asked.has(`values.${name}`) ? (
          <div key={name} className="param" data-field={`values.${name}`}>
            <div className="param-head">
              <span className="field-label">{label}</span>
            </div>
            <div className="np-kept">
              <KeyRound size={14} strokeWidth={1.75} aria-hidden="true" />
              <span className="muted">{t('credentials.kept')}</span>
              <Button
                size="small"
                aria-label={t('credentials.replace_field', { field: label })}
                onClick={() => setReplaced(new Set([...replaced, name]))}
              >
                {t('credentials.replace')}
              </Button>
            </div>
          </div>
        ) : (
          <FieldRow
            key={name}
            spec={spec}
            path={`values.${name}`}
            label={label}
            required={required}
            value={values[name]}
            onChange={(value) => onChange(withField(values, name, value))}
          />
        ),
      )}
    </HostContext>
  );
}
