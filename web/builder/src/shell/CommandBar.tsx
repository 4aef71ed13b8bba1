import { useQuery } from '@tanstack/react-query';
import {
  CornerDownLeft,
  History,
  KeyRound,
  Puzzle,
  Settings,
  SquareChevronRight,
  Table2,
  Workflow,
} from 'lucide-react';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { useNavigate } from 'react-router';
import { shown, useRegistry } from '@/actions/registry';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useCatalogue } from '@/catalogue/types';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { partsFor } from '@/pages/settings/parts';
import { Dialog } from '@/ui/Dialog';
import { Listbox, type Option } from '@/ui/Listbox';
import { rank } from './matching';
import { useMe } from './session';

interface Command extends Option {
  label: string;
  icon: ReactNode;
  /** Behind the label: where it is, what it is. */
  note?: string;
  keys?: string;
  /** How well it answers the query. */
  score: number;
  run: () => void;
}

const PAGES = [
  { page: 'workflows', icon: Workflow },
  { page: 'runs', icon: History },
  { page: 'credentials', icon: KeyRound },
  { page: 'tables', icon: Table2 },
  { page: 'plugins', icon: Puzzle },
  { page: 'settings', icon: Settings },
] as const;

const answers = (command: Command) => command.score > 0;

/** Ctrl+K: go anywhere, do anything. */
export default function CommandBar() {
  const [query, setQuery] = useState('');
  const close = () => useView.getState().show(null);
  const found = [...useNodes(query), ...useActionCommands(query), ...usePlaces(query)];
  const commands = query.trim() ? bySection(found.toSorted((a, b) => b.score - a.score)) : found;
  function pick(command: Command) {
    close();
    // After the bar is gone and the focus is back where it was.
    requestAnimationFrame(() => command.run());
  }
  return (
    <Dialog open look="bare" onClose={close} title={t('shell.commands')}>
      <Listbox
        options={commands}
        query={query}
        onQuery={setQuery}
        onPick={pick}
        label={t('shell.commands')}
        placeholder={t('shell.commands_placeholder')}
        empty={t('shell.nothing_found', { query })}
        render={(command) => (
          <>
            <span className="command-icon">{command.icon}</span>
            <span className="truncate command-label" dir="auto">
              {command.label}
            </span>
            {command.note && <span className="meta truncate command-note">{command.note}</span>}
            <span className="command-space" />
            {command.keys && <kbd className="key">{shown(command.keys)}</kbd>}
            <CornerDownLeft size={14} aria-hidden="true" className="command-enter" />
          </>
        )}
      />
    </Dialog>
  );
}

/** The section of the best answer comes first; options of one section follow each other. */
function bySection(commands: readonly Command[]): Command[] {
  const sections = new Map<string, Command[]>();
  for (const command of commands) {
    const section = command.section ?? '';
    sections.set(section, [...(sections.get(section) ?? []), command]);
  }
  return [...sections.values()].flat();
}

function useActionCommands(query: string): Command[] {
  // What could be done where the focus was, before the bar took it.
  const [actions] = useState(() =>
    useRegistry.getState().actions.filter((action) => !action.hidden && (action.when?.() ?? true)),
  );
  return actions
    .map((action) => ({
      key: `action-${action.id}`,
      section: t('shell.section_actions'),
      label: t(action.title),
      icon: <SquareChevronRight size={16} strokeWidth={1.75} aria-hidden="true" />,
      keys: action.keys?.[0],
      score: rank(t(action.title), query),
      run: action.run,
    }))
    .filter(answers);
}

function useNodes(query: string): Command[] {
  const nodes = useDocument((state) => state.doc.nodes);
  const catalogue = useCatalogue();
  const inEditor = location.pathname.includes('/workflow/');
  if (!query || !inEditor) return [];
  return Object.values(nodes)
    .map((node) => ({
      key: `node-${node.id}`,
      section: t('shell.section_nodes'),
      label: node.name,
      note: catalogue[node.type]?.title ?? node.type,
      icon: <TypeIcon type={catalogue[node.type]} size={16} />,
      score: rank(`${node.name} ${node.type}`, query),
      run: () => {
        useView.getState().select([node.id]);
        useView.getState().openNode(node.id);
      },
    }))
    .filter(answers)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 8);
}

function usePlaces(query: string): Command[] {
  const navigate = useNavigate();
  const me = useMe();
  const q = useDeferredValue(query);
  const workflows = useQuery({
    queryKey: ['workflows', 'found', q],
    queryFn: ({ signal }) =>
      take(client.GET('/api/workflows', { params: { query: { q: q || undefined, limit: 8 } }, signal })),
    placeholderData: (before) => before,
  });
  const credentials = useQuery({
    queryKey: ['credentials'],
    queryFn: () => take(client.GET('/api/credentials', { params: { query: { limit: 200 } } })),
  });
  const pages = PAGES.map(({ page, icon: Icon }) => ({
    key: `page-${page}`,
    section: t('shell.section_pages'),
    label: t(`shell.${page}`),
    icon: <Icon size={16} strokeWidth={1.75} aria-hidden="true" />,
    score: rank(t(`shell.${page}`), query),
    run: () => void navigate(`/${page}`),
  })).filter(answers);
  const found = (workflows.data?.data ?? []).map((one) => ({
    key: `workflow-${one.id}`,
    section: t('shell.workflows'),
    label: one.name,
    note: one.folder,
    icon: <Workflow size={16} strokeWidth={1.75} aria-hidden="true" />,
    score: rank(one.name, query),
    run: () => void navigate(`/workflow/${one.id}`),
  }));
  const keys = (credentials.data?.data ?? [])
    .filter(() => query !== '')
    .map((one) => ({
      key: `credential-${one.id}`,
      section: t('shell.credentials'),
      label: one.name,
      note: one.kind,
      icon: <KeyRound size={16} strokeWidth={1.75} aria-hidden="true" />,
      score: rank(one.name, query),
      run: () => void navigate(`/credentials/${one.id}`),
    }))
    .filter(answers);
  const parts = partsFor(me.data?.role)
    .filter(() => query !== '')
    .map((part) => ({
      key: `settings-${part}`,
      section: t('shell.section_pages'),
      label: t(`settings.${part}`),
      note: t('shell.settings'),
      icon: <Settings size={16} strokeWidth={1.75} aria-hidden="true" />,
      score: rank(t(`settings.${part}`), query),
      run: () => void navigate(`/settings/${part}`),
    }))
    .filter(answers);
  return [...found, ...keys, ...pages, ...parts];
}
