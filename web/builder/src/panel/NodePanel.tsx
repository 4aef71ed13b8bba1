import '../styles/panel.css';
import { type KeyboardEvent, type ReactNode, useMemo, useState } from 'react';
import { type Action, gesture, useActions } from '@/actions/registry';
import { useNodeType } from '@/catalogue/types';
import type { Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { Splitter, useSize } from '@/ui/Splitter';
import { Tabs } from '@/ui/Tabs';
import { InputSide, OutputSide } from './DataSide';
import { DocsTab } from './DocsTab';
import { goToSide, useShownSide } from './data/shownSide';
import { neighbours } from './data/upstream';
import { useMapping } from './form/host';
import { Head } from './Head';
import { ParamsForm } from './ParamsForm';
import { RunError } from './RunError';
import { SettingsTab } from './SettingsTab';
import { TriggerSection } from './trigger/TriggerSection';

/** The panel of the node that is open: its parameters, and the data on both of its sides. */
export default function NodePanel() {
  const open = useView((view) => view.open);
  const node = useDocument((state) => (open ? state.doc.nodes[open] : undefined));
  return node ? <OpenPanel node={node} /> : null;
}

function step(way: 'before' | 'after'): void {
  const { open, openNode } = useView.getState();
  const next = open && neighbours(useDocument.getState().doc, open)[way];
  if (next) openNode(next);
}

const isOpen = () => useView.getState().open !== null;
const ACTIONS: readonly Action[] = [
  {
    id: 'panel.maximise',
    title: 'panel.maximise',
    group: 'node',
    keys: ['f'],
    when: isOpen,
    run: () => useView.getState().set({ maximised: !useView.getState().maximised }),
  },
  {
    id: 'panel.previous',
    title: 'panel.previous_node',
    group: 'node',
    keys: ['['],
    when: isOpen,
    run: () => step('before'),
  },
  { id: 'panel.next', title: 'panel.next_node', group: 'node', keys: [']'], when: isOpen, run: () => step('after') },
  {
    id: 'panel.show_input',
    title: 'panel.show_input',
    group: 'panel',
    keys: ['i'],
    when: isOpen,
    run: () => goToSide('input'),
  },
  {
    id: 'panel.show_output',
    title: 'panel.show_output',
    group: 'panel',
    keys: ['o'],
    when: isOpen,
    run: () => goToSide('output'),
  },
  gesture('panel.flip', 'panel', 'alt+e'),
];

function OpenPanel({ node }: { node: Node }) {
  const maximised = useView((view) => view.maximised);
  const dragged = useMapping((mapping) => mapping.dragged !== null);
  const dataHeight = useSize('panel.data', 300);
  const side = useShownSide((state) => state.side);
  const type = useNodeType(node.type);
  // Nothing flows into a trigger.
  const starts = type !== undefined && type.inputs.length === 0;
  useActions(ACTIONS);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    if (maximised) useView.getState().set({ maximised: false });
    else useView.getState().openNode(null);
  }
  return (
    <section
      className={maximised ? 'panel three' : 'panel'}
      data-testid="panel"
      data-mapping={dragged || undefined}
      aria-label={t('panel.of', { node: node.name })}
      onKeyDown={onKeyDown}
    >
      <Head id={node.id} />
      {maximised ? (
        <div className="panel-three">
          <Pane side="input" edge="right" hidden={starts}>
            <InputSide node={node.id} />
          </Pane>
          <section className="np-pane np-middle" aria-label={t('panel.tab_params')}>
            <Middle node={node} />
          </section>
          <Pane side="output" edge="left">
            <OutputSide node={node.id} />
          </Pane>
        </div>
      ) : (
        <>
          <div className="panel-middle">
            <Middle node={node} />
          </div>
          <section
            className="panel-data"
            data-side={starts ? 'output' : side}
            style={{ height: dataHeight }}
            aria-label={t('panel.data')}
          >
            <Splitter
              name="panel.data"
              label={t('panel.data_height')}
              size={dataHeight}
              min={120}
              max={640}
              edge="top"
            />
            <Tabs
              label={t('panel.data')}
              tabs={[
                ...(starts ? [] : [{ key: 'input', label: t('panel.input') }]),
                { key: 'output', label: t('panel.output') },
              ]}
              value={starts ? 'output' : side}
              onChange={(key) => useShownSide.setState({ side: key === 'output' ? 'output' : 'input' })}
            >
              {side === 'input' && !starts ? (
                <InputSide key={node.id} node={node.id} />
              ) : (
                <OutputSide key={node.id} node={node.id} />
              )}
            </Tabs>
          </section>
        </>
      )}
    </section>
  );
}

/** Parameters, settings, documentation. */
function Middle({ node }: { node: Node }) {
  const type = useNodeType(node.type);
  const [tab, setTab] = useState('params');
  const issues = useDocument((state) => state.issues);
  const focused = useView((view) => view.focusField);
  const counts = useMemo(() => {
    const of = (part: string) => issues.filter((issue) => issue.path.startsWith(`nodes.${node.id}.${part}`)).length;
    return { params: of('params'), settings: of('settings') };
  }, [issues, node.id]);
  const tabs = [
    { key: 'params', label: t('panel.tab_params'), badge: counts.params || undefined },
    { key: 'settings', label: t('panel.tab_settings'), badge: counts.settings || undefined },
    { key: 'docs', label: t('panel.tab_docs') },
  ];
  // A field that is asked for is in its own tab.
  const shown = focused?.startsWith('settings') ? 'settings' : focused ? 'params' : tab;
  const trigger = type !== undefined && type.kind !== 'node';
  return (
    <>
      <RunError node={node} />
      <Tabs label={t('panel.tabs')} tabs={tabs} value={shown} onChange={setTab}>
        {shown === 'params' && (
          <>
            {trigger && <TriggerSection key={node.id} node={node} kind={type.kind} />}
            <ParamsForm node={node} />
          </>
        )}
        {shown === 'settings' && <SettingsTab key={node.id} node={node} trigger={trigger} />}
        {shown === 'docs' && type && <DocsTab node={node} type={type} />}
      </Tabs>
    </>
  );
}

interface PaneProps {
  side: 'input' | 'output';
  /** Where it borders on the parameters. */
  edge: 'left' | 'right';
  hidden?: boolean;
  children: ReactNode;
}

/** The data on one side of the parameters, when the panel fills the window. */
function Pane({ side, edge, hidden, children }: PaneProps) {
  const name = `panel.${side}`;
  const width = useSize(name, 420);
  return (
    <section className="np-pane" data-side={side} style={{ width }} aria-label={t(name)} hidden={hidden}>
      <Splitter name={name} label={t(`panel.${side}_width`)} size={width} min={240} max={720} edge={edge} />
      <h3 className="np-pane-title">{t(name)}</h3>
      {children}
    </section>
  );
}
