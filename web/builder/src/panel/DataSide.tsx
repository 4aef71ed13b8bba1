import { ArrowDownToLine, ArrowUpFromLine, Pencil, Pin, PinOff, Play } from 'lucide-react';
import { memo, useState } from 'react';
import { useShallow } from 'zustand/shallow';
import type { Json } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { runStep, runTo } from '@/run/actions';
import { Button, IconButton } from '@/ui/Button';
import { Empty } from '@/ui/Empty';
import { Select } from '@/ui/Field';
import { toast } from '@/ui/Toast';
import { DataPane } from './data/DataPane';
import { PinDialog } from './data/PinDialog';
import { pinItems, recordedPorts, unpin } from './data/pinning';
import type { Page } from './data/server';
import { ancestors } from './data/upstream';

/** What comes into the node; other steps before it can be looked at, too. */
export const InputSide = memo(function InputSide({ node }: { node: string }) {
  const readOnly = useDocument((state) => state.readOnly);
  const [other, setOther] = useState('');
  const before = useDocument(
    useShallow(({ doc }) => ancestors(doc.connections, node).flatMap((id) => doc.nodes[id] ?? [])),
  );
  const step = before.find((each) => each.id === other);
  const root = step ? `node(${JSON.stringify(step.name)}).json` : 'json';
  const source = before.length > 0 && (
    <Select
      className="np-data-source"
      aria-label={t('panel.data_of')}
      value={step?.id ?? ''}
      onChange={(event) => setOther(event.target.value)}
    >
      <option value="">{t('panel.own_input')}</option>
      {before.map((each) => (
        <option key={each.id} value={each.id}>
          {each.name}
        </option>
      ))}
    </Select>
  );
  const empty =
    before.length === 0 ? (
      <Empty icon={ArrowDownToLine} title={t('panel.no_input')}>
        {t('panel.no_input_text')}
      </Empty>
    ) : (
      <Empty
        icon={ArrowDownToLine}
        title={t('panel.no_input_yet')}
        actions={
          !readOnly && (
            <Button size="small" icon={Play} onClick={() => void runTo(step?.id ?? before[0]?.id ?? node)}>
              {t('panel.run_before')}
            </Button>
          )
        }
      >
        {t('panel.no_input_yet_text')}
      </Empty>
    );
  return (
    <DataPane
      key={`${node} ${step?.id ?? ''}`}
      node={step?.id ?? node}
      side={step ? 'output' : 'input'}
      root={root}
      draggable={!readOnly}
      source={source}
      empty={empty}
    />
  );
});

/** What the node gave, or is to give in test runs. */
export const OutputSide = memo(function OutputSide({ node }: { node: string }) {
  const readOnly = useDocument((state) => state.readOnly);
  const pinned = useDocument((state) => state.doc.pins[node]);
  const [editing, setEditing] = useState<Record<string, Json[]> | null>(null);
  const [busy, setBusy] = useState(false);

  /** What was recorded, whole; null where it cannot be had. */
  async function recorded(page: Page): Promise<Record<string, Json[]> | null> {
    setBusy(true);
    try {
      return await recordedPorts(node, page);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'error');
      return null;
    } finally {
      setBusy(false);
    }
  }
  async function pinPage(page: Page) {
    const ports = await recorded(page);
    if (ports) pinItems(node, ports);
  }
  async function edit(page?: Page) {
    if (pinned) return setEditing(pinned);
    if (page?.source !== 'execution') return setEditing({ [page?.ports[0]?.name ?? 'main']: [{}] });
    const ports = await recorded(page);
    if (ports) setEditing(Object.keys(ports).length > 0 ? ports : { [page.ports[0]?.name ?? 'main']: [{}] });
  }
  const actions = (page: Page) => (
    <>
      {pinned && <span className="chip pin">{t('panel.pinned')}</span>}
      {!readOnly && (
        <>
          <IconButton
            icon={Pencil}
            size="small"
            label={t('panel.edit_output')}
            disabled={busy}
            onClick={() => void edit(page)}
          />
          {pinned ? (
            <IconButton icon={PinOff} size="small" label={t('panel.unpin')} onClick={() => unpin(node)} />
          ) : (
            page.source === 'execution' && (
              <IconButton
                icon={Pin}
                size="small"
                busy={busy}
                label={t('panel.pin_output')}
                onClick={() => void pinPage(page)}
              />
            )
          )}
        </>
      )}
    </>
  );
  const empty = (
    <Empty
      icon={ArrowUpFromLine}
      title={t('panel.no_output_yet')}
      actions={
        !readOnly && (
          <>
            <Button size="small" look="primary" icon={Play} onClick={() => void runStep(node)}>
              {t('panel.run_step')}
            </Button>
            <Button size="small" onClick={() => void edit()}>
              {t('panel.write_output')}
            </Button>
          </>
        )
      }
    >
      {t('panel.no_output_yet_text')}
    </Empty>
  );
  return (
    <div className={`np-side ${pinned ? 'np-is-pinned' : ''}`}>
      <DataPane key={node} node={node} side="output" root="json" draggable={false} actions={actions} empty={empty} />
      {editing && <PinDialog node={node} ports={editing} onClose={() => setEditing(null)} />}
    </div>
  );
});
