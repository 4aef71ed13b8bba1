/** The ways to run an execution again: from where it failed, from its start, or from a chosen node. */
import { FastForward, PencilLine, RotateCcw, SkipBack } from 'lucide-react';
import { useNavigate } from 'react-router';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import type { MenuGroups, MenuItem } from '@/ui/Menu';
import { toast } from '@/ui/Toast';
import type { Execution } from './executions';
import { outputs } from './pins';
import type { ExecutionStatus } from './store';

type Version = 'original' | 'current';

export function useRetries(execution: Execution, status: ExecutionStatus): MenuGroups {
  const navigate = useNavigate();
  const { selected, open } = useView();
  const doc = useDocument((state) => state.doc);
  const { id, workflow, trigger, version } = execution;
  const [only] = selected.size === 1 ? selected : [];
  const node = doc.nodes[open ?? only ?? ''];
  const params = { path: { id } };

  async function go(work: () => Promise<{ execution_id: string }>) {
    try {
      const accepted = await work();
      toast(t('run.said_started'), 'ok');
      void navigate(`/workflow/${workflow}/runs/${accepted.execution_id}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      toast(error.errors[0]?.message ?? error.message, 'error');
    }
  }
  const fromFailed = (wanted: Version) =>
    go(() => take(client.POST('/api/executions/{id}/retry', { params, body: { version: wanted, mode: 'async' } })));
  const fromNode = (from: string, wanted: Version) =>
    go(() =>
      take(client.POST('/api/executions/{id}/replay', { params, body: { from, version: wanted, mode: 'async' } })),
    );
  const fromStart = (wanted: string) =>
    go(async () => {
      const ports = await outputs(id, trigger);
      const items = Object.values(ports)[0];
      if (!items) throw new Problem(0, t('run.no_data'));
      // A pin of the trigger would win over what this execution began with.
      const pins = { [trigger]: ports };
      const body = { trigger, items, pins, version: wanted, mode: 'async' as const };
      return take(client.POST('/api/workflows/{id}/run', { params: { path: { id: workflow } }, body }));
    });
  const original = version === null ? t('run.as_it_ran') : t('run.version', { number: version });
  const item = (where: string, what: string, icon: MenuItem['icon'], onSelect: () => void): MenuItem => ({
    label: `${where} · ${what}`,
    icon,
    onSelect,
  });
  const draft = t('run.current_draft');
  return [
    status === 'succeeded'
      ? []
      : [
          item(t('run.from_failed'), original, RotateCcw, () => void fromFailed('original')),
          item(t('run.from_failed'), draft, PencilLine, () => void fromFailed('current')),
        ],
    [
      ...(version === null
        ? []
        : [item(t('run.from_start'), original, SkipBack, () => void fromStart(String(version)))]),
      item(t('run.from_start'), draft, PencilLine, () => void fromStart('draft')),
    ],
    node && node.id !== trigger
      ? [
          item(
            t('run.from_name', { name: node.name }),
            original,
            FastForward,
            () => void fromNode(node.id, 'original'),
          ),
          item(t('run.from_name', { name: node.name }), draft, PencilLine, () => void fromNode(node.id, 'current')),
        ]
      : [],
  ];
}
