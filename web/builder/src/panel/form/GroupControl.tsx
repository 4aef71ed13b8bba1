import { t } from '@/lib/i18n';
import { Switch } from '@/ui/Field';
import type { ControlProps } from './Control';
import { Fields } from './Fields';
import { useHost } from './host';
import type { SpecOf } from './spec';
import { fresh, withField, written } from './values';

/** Fields that belong together. Where the group may be left out, a switch says whether it is there. */
export function GroupControl({ spec, value, onChange, path, label, id }: ControlProps<SpecOf<'group' | 'conditions'>>) {
  const { readOnly } = useHost();
  const there = !spec.nullable || (value !== undefined && value !== null);
  const bag = written(spec, value ?? undefined);
  return (
    <div className="np-group">
      {spec.nullable && (
        <span className="np-group-switch">
          <Switch
            id={id}
            checked={there}
            label={label}
            disabled={readOnly}
            onChange={(on) => onChange(on ? fresh(spec) : undefined)}
          />
          <span className="muted">{there ? t('panel.on') : t('panel.off')}</span>
        </span>
      )}
      {there && (
        <div className="np-nested">
          <Fields
            members={spec.members}
            values={bag}
            path={path}
            onChange={(name, part) => onChange(withField(bag, name, part))}
          />
        </div>
      )}
    </div>
  );
}
