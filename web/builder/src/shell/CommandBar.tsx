import { useQuery } from '@tanstack/react-query';
import { CornerDownLeft, KeyRound, Workflow } from 'lucide-react';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { useNavigate } from 'react-router';
import { shown, useRegistry } from '@/actions/registry';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useCatalogue } from '@/catalogue/types';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Dialog } from '@/ui/Dialog';
import { Listbox, type Option } from '@/ui/Listbox';

interface Command extends Option {
  label: string;
  icon: ReactNode;
  keys?: string;
  run: () => void;
}

const PAGES = ['workflows', 'runs', 'credentials', 'plugins', 'settings'] as const;

/** Every word of the query is somewhere in the text. */
function fits(text: string, query: string): boolean {
  const within = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word));
}

/** Ctrl+K: go anywhere, do anything. */
export default function CommandBar() {
  const [query, setQuery] = useState('');
  const close = () => useView.getState().show(null);
  const commands = [...useNodes(query), ...useActionCommands(query), ...usePlaces(query)];
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
            <span className="truncate command-label">{command.label}</span>
            {command.keys && <kbd className="key">{shown(command.keys)}</kbd>}
          </>
        )}
      />
    </Dialog>
  );
}

function useActionCommands(query: string): Command[] {
  const actions = useRegistry((state) => state.actions);
  return actions
    .filter((action) => !action.hidden && (action.when?.() ?? true) && fits(t(action.title), query))
    .map((action) => ({
      key: `action-${action.id}`,
      section: t('shell.section_actions'),
      label: t(action.title),
      icon: <CornerDownLeft size={16} aria-hidden="true" />,
      keys: action.keys?.[0],
      run: action.run,
    }));
}

function useNodes(query: string): Command[] {
  const nodes = useDocument((state) => state.doc.nodes);
  const catalogue = useCatalogue();
  const inEditor = location.pathname.includes('/workflow/');
  if (!query || !inEditor) return [];
  return Object.values(nodes)
    .filter((node) => fits(`${node.name} ${node.type}`, query))
    .slice(0, 6)
    .map((node) => ({
      key: `node-${node.id}`,
      section: t('shell.section_nodes'),
      label: node.name,
      icon: <TypeIcon type={catalogue[node.type]} size={16} />,
      run: () => useView.getState().openNode(node.id),
    }));
}

function usePlaces(query: string): Command[] {
  const navigate = useNavigate();
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
  const pages = PAGES.filter((page) => fits(t(`shell.${page}`), query)).map((page) => ({
    key: `page-${page}`,
    section: t('shell.section_pages'),
    label: t(`shell.${page}`),
    icon: <CornerDownLeft size={16} aria-hidden="true" />,
    run: () => void navigate(`/${page}`),
  }));
  const found = (workflows.data?.data ?? []).map((one) => ({
    key: `workflow-${one.id}`,
    section: t('shell.workflows'),
    label: one.name,
    icon: <Workflow size={16} aria-hidden="true" />,
    run: () => void navigate(`/workflow/${one.id}`),
  }));
  const keys = (credentials.data?.data ?? [])
    .filter((one) => query && fits(one.name, query))
    .map((one) => ({
      key: `credential-${one.id}`,
      section: t('shell.credentials'),
      label: one.name,
      icon: <KeyRound size={16} aria-hidden="true" />,
      run: () => void navigate(`/credentials/${one.id}`),
    }));
  return [...found, ...keys, ...pages];
}
