import { Plus, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Json } from '@/doc/model';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { Button, IconButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { FieldRow } from './FieldRow';
import { useHost } from './host';
import type { Bag } from './schema';
import type { Member } from './spec';

interface FieldsProps {
  members: readonly Member[];
  values: Bag;
  /** Dotted path of what holds them. */
  path: string;
  onChange: (name: string, value: Json | undefined) => void;
}

/** The fields of an object, in the schema's order and sections; rare ones come from "Add option". */
export function Fields({ members, values, path, onChange }: FieldsProps) {
  const { issues, readOnly } = useHost();
  const focused = useView((view) => view.focusField);
  const [added, setAdded] = useState<readonly string[]>([]);
  const [last, setLast] = useState<string | null>(null);
  const pathOf = (name: string) => `${path}.${name}`;
  const under = (whole: string | null | undefined, name: string) =>
    whole === pathOf(name) || whole?.startsWith(`${pathOf(name)}.`) === true;
  const isShown = ({ name, spec }: Member) =>
    !spec.hints.advanced ||
    values[name] !== undefined ||
    added.includes(name) ||
    under(focused, name) ||
    issues.some((issue) => under(issue.path, name));
  const shown = members.filter(isShown);
  const hidden = members.filter((member) => !isShown(member));

  useEffect(() => {
    if (!last) return;
    // The menu gives the focus back to its button when it closes, which is after this.
    const timer = setTimeout(() => {
      const row = document.querySelector(`[data-field="${CSS.escape(`${path}.${last}`)}"]`);
      row?.querySelector<HTMLElement>('input, select, textarea, [role="radio"], [role="switch"], .cm-content')?.focus();
      setLast(null);
    }, 60);
    return () => clearTimeout(timer);
  }, [last, path]);

  return (
    <>
      {shown.map((member, index) => {
        const section = member.spec.hints.section;
        return (
          <div key={member.name} className="np-field-slot">
            {section && section !== shown[index - 1]?.spec.hints.section && <h4 className="np-section">{section}</h4>}
            <FieldRow
              spec={member.spec}
              path={pathOf(member.name)}
              label={member.label}
              required={member.required}
              value={values[member.name]}
              onChange={(value) => onChange(member.name, value)}
              actions={
                member.spec.hints.advanced &&
                !readOnly && (
                  <IconButton
                    icon={X}
                    size="small"
                    label={t('panel.remove_option', { field: member.label })}
                    onClick={() => {
                      setAdded(added.filter((name) => name !== member.name));
                      onChange(member.name, undefined);
                    }}
                  />
                )
              }
            />
          </div>
        );
      })}
      {hidden.length > 0 && !readOnly && (
        <Menu
          label={t('panel.add_option')}
          items={[
            hidden.map((member) => ({
              label: member.label,
              onSelect: () => {
                setAdded([...added, member.name]);
                setLast(member.name);
              },
            })),
          ]}
        >
          <Button icon={Plus} size="small" className="np-add-option">
            {t('panel.add_option')}
          </Button>
        </Menu>
      )}
    </>
  );
}
