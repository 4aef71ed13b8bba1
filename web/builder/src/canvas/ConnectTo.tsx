import { useMemo, useState } from 'react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import type { Doc } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { Dialog } from '@/ui/Dialog';
import { Listbox, type Option } from '@/ui/Listbox';
import { focusCard, wire } from './edits';
import { stepNumbers } from './graph';
import type { Ports } from './ports';
import { ranked } from './rank';
import { setCanvas, useCanvas } from './state';

interface Target extends Option {
  output: string;
  to: string;
  input: string;
  title: string;
  description: string;
}

/** Every wire that could go out of a node and is not there yet, in the order of the steps. */
export function targets(doc: Doc, ports: ReadonlyMap<string, Ports>, from: string): Target[] {
  const outputs = ports.get(from)?.outputs.filter((port) => port.kind !== 'unknown') ?? [];
  const steps = stepNumbers(doc);
  const others = Object.values(doc.nodes)
    .filter((node) => node.id !== from)
    .sort((a, b) => (steps.get(a.id) ?? 0) - (steps.get(b.id) ?? 0));
  return outputs.flatMap(({ name: output }) =>
    others.flatMap((node) =>
      (ports.get(node.id)?.inputs ?? [])
        .filter((port) => port.kind !== 'unknown' && !(`${from}.${output}.${node.id}.${port.name}` in doc.connections))
        .map(({ name: input }, _, all) => ({
          key: `${output}-${node.id}-${input}`,
          output,
          to: node.id,
          input,
          title: all.length > 1 ? `${node.name} · ${input}` : node.name,
          description: node.type,
          section: outputs.length > 1 ? t('canvas.from_output', { name: output }) : undefined,
        })),
    ),
  );
}

/** Connecting without a pointer: where may the wire go? */
export default function ConnectTo() {
  const from = useCanvas((state) => state.connecting);
  const name = useDocument((state) => (from ? state.doc.nodes[from]?.name : undefined)) ?? '';
  const close = () => {
    setCanvas({ connecting: null });
    if (from) requestAnimationFrame(() => focusCard(from));
  };
  return (
    <Dialog open={from !== null} onClose={close} title={t('canvas.connect_title', { name })} look="bare">
      {from && <Targets from={from} name={name} close={close} />}
    </Dialog>
  );
}

function Targets({ from, name, close }: { from: string; name: string; close: () => void }) {
  const [query, setQuery] = useState('');
  const doc = useDocument((state) => state.doc);
  const ports = useCanvas((state) => state.ports);
  const catalogue = useCanvas((state) => state.catalogue);
  const options = useMemo(() => {
    const all = targets(doc, ports, from);
    return query.trim() ? ranked(query, all) : all;
  }, [doc, ports, from, query]);
  return (
    <Listbox
      options={options}
      query={query}
      onQuery={setQuery}
      onPick={({ output, to, input }) => {
        wire({ from, output, to, input });
        close();
      }}
      label={t('canvas.connect_title', { name })}
      placeholder={t('canvas.connect_search', { name })}
      render={({ to, title }) => {
        const type = catalogue[doc.nodes[to]?.type ?? ''];
        return (
          <>
            <span className={`tile ${type?.group ?? 'utility'}`}>
              <TypeIcon type={type} size={18} />
            </span>
            <span className="truncate">{title}</span>
          </>
        );
      }}
      empty={t('canvas.connect_none')}
    />
  );
}
