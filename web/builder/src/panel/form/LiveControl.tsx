import { useQuery } from '@tanstack/react-query';
import { ChevronsUpDown, Keyboard, ListFilter } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Json } from '@/doc/model';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button, IconButton } from '@/ui/Button';
import { Failed, Skeleton } from '@/ui/Empty';
import { Listbox } from '@/ui/Listbox';
import { Popover } from '@/ui/Popover';
import type { ControlProps } from './Control';
import { fieldOf, useHost } from './host';
import { TextControl } from './TextControl';
import { effective } from './values';

interface Entry {
  key: string;
  value: string | number;
  label: string;
  description: string;
}

/** A value that stands still for a moment. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** Choices that the service itself gives: searched, and typed where it cannot be asked. */
export function LiveControl(props: ControlProps) {
  const { type, params } = useHost();
  const field = fieldOf(props.path);
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState(false);
  const asked = useSettled(search, 250);
  // What the field itself holds does not change its choices.
  const { [field]: _, ...others } = params;
  const choices = useQuery({
    queryKey: ['options', type, field, others, asked],
    enabled: open,
    staleTime: 60_000,
    retry: false,
    queryFn: async ({ signal }) => {
      const page = await take(
        client.POST('/api/node-types/{key}/options/{field}', {
          params: { path: { key: type, field } },
          body: { params: others, search: asked },
          signal,
        }),
      );
      return page.data.map(
        (choice): Entry => ({ ...choice, key: String(choice.value), label: choice.label || String(choice.value) }),
      );
    },
  });
  return <Picker {...props} choices={choices} open={open} onOpen={setOpen} search={search} onSearch={setSearch} />;
}

/** A workflow of the project, by its name. */
export function WorkflowControl(props: ControlProps) {
  const { project } = useHost();
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState(false);
  const asked = useSettled(search, 250);
  const held = effective(props.spec, props.value);
  const choices = useQuery({
    queryKey: ['workflow-choices', project, asked],
    enabled: open || (typeof held === 'string' && held !== ''),
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const page = await take(
        client.GET('/api/workflows', { params: { query: { project, q: asked || undefined, limit: 50 } }, signal }),
      );
      return page.data.map(
        (flow): Entry => ({
          key: flow.id,
          value: flow.id,
          label: flow.name,
          description: flow.active ? t('panel.live') : '',
        }),
      );
    },
  });
  return <Picker {...props} choices={choices} open={open} onOpen={setOpen} search={search} onSearch={setSearch} />;
}

interface PickerProps extends ControlProps {
  choices: { data?: Entry[]; error: unknown; isPending: boolean; refetch: () => void };
  open: boolean;
  onOpen: (open: boolean) => void;
  search: string;
  onSearch: (search: string) => void;
}

function Picker({ choices, open, onOpen, search, onSearch, ...props }: PickerProps) {
  const { spec, value, onChange, id, label, described } = props;
  const { readOnly } = useHost();
  const [typing, setTyping] = useState(false);
  const shown = effective(spec, value);
  const chosen = choices.data?.find((entry) => entry.value === shown);
  if (typing)
    return (
      <div className="np-picker">
        <TextControl {...props} />
        <IconButton icon={ListFilter} label={t('panel.pick_instead')} onClick={() => setTyping(false)} />
      </div>
    );
  return (
    <div className="np-picker">
      <Popover
        label={label}
        open={open}
        onOpenChange={onOpen}
        trigger={
          <button
            type="button"
            id={id}
            className="input np-picker-button"
            aria-describedby={described}
            disabled={readOnly}
          >
            <span className={`truncate ${shown ? '' : 'muted'}`}>
              {chosen?.label ?? textOf(shown) ?? t('panel.choose')}
            </span>
            <ChevronsUpDown size={14} aria-hidden="true" />
          </button>
        }
      >
        <div className="np-picker-box">
          <Listbox
            options={choices.data ?? []}
            query={search}
            onQuery={onSearch}
            label={label}
            placeholder={t('panel.search_choices')}
            onPick={(entry) => {
              onChange(entry.value);
              onOpen(false);
            }}
            render={(entry) => (
              <span className="np-picker-entry">
                <span className="truncate">{entry.label}</span>
                {entry.description && <span className="meta truncate">{entry.description}</span>}
              </span>
            )}
            empty={
              choices.error ? (
                <Failed error={choices.error} retry={choices.refetch} />
              ) : choices.isPending ? (
                <Skeleton />
              ) : (
                t('panel.no_choices')
              )
            }
          />
          <Button
            size="small"
            look="quiet"
            icon={Keyboard}
            onClick={() => {
              setTyping(true);
              onOpen(false);
            }}
          >
            {t('panel.type_instead')}
          </Button>
        </div>
      </Popover>
    </div>
  );
}

function textOf(value: Json | undefined): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : String(value);
}
