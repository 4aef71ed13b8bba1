import '../styles/run.css';
import { ChevronDown, FastForward, ListStart, Play, Radio, RotateCcw, Square, StepForward, Zap } from 'lucide-react';
import { useEffect } from 'react';
import { useShallow } from 'zustand/shallow';
import { useActions } from '@/actions/registry';
import { useCatalogue } from '@/catalogue/types';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { duration } from '@/lib/time';
import { Button, IconButton } from '@/ui/Button';
import { Menu, type MenuGroups, type MenuItem } from '@/ui/Menu';
import { toast } from '@/ui/Toast';
import { Tip } from '@/ui/Tooltip';
import { forget, listen, obstacle, replayCall, runAll, runFrom, runStep, runTo, stop } from './actions';
import { useNow } from './clock';
import { triggersOf } from './graph';
import { ended, useRun } from './store';
import { useArrival } from './useArrival';
import { subject, VERBS } from './verbs';

/** Run, or Stop while something runs; the menu has the other ways to run. */
export function RunButton() {
  useActions(VERBS);
  useArrival();
  const workflow = useDocument((state) => state.filing?.id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run is shown on its own workflow alone
  useEffect(() => forget, [workflow]);
  const types = useCatalogue();
  const triggers = useDocument(useShallow(({ doc }) => triggersOf(doc, types)));
  const reason = useDocument(() => obstacle(types));
  // The node that verbs are about comes from these.
  useView((state) => state.selected);
  useView((state) => state.open);
  const { execution, status, starting, startedAt, listeningUntil } = useRun();
  const going = execution !== null && status !== null && !ended(status);
  const now = useNow(going || listeningUntil !== null, 500);
  const node = subject();
  const name = useDocument(({ doc }) => (node ? doc.nodes[node]?.name : undefined)) ?? '';

  if (listeningUntil !== null) {
    return (
      <Tip text={t('run.listening_tip')} keys="mod+.">
        <Button className="run-stop listening" icon={Square} onClick={() => void stop()}>
          {t('run.listening', { time: duration(Math.max(0, listeningUntil - now)) })}
        </Button>
      </Tip>
    );
  }
  if (going || starting) {
    const time = startedAt === null ? '' : duration(Math.max(0, now - startedAt));
    return (
      <Tip text={t('run.stop')} keys="mod+.">
        <Button className="run-stop" icon={Square} busy={starting && !going} onClick={() => void stop()}>
          {status === 'waiting' ? t('run.stop_waiting') : t('run.stop')}
          {time && <span className="muted numbers">{time}</span>}
        </Button>
      </Tip>
    );
  }

  const blocked = reason !== null;
  const verb = (
    label: string,
    icon: MenuItem['icon'],
    run: (id: string) => Promise<void>,
    keys?: string,
  ): MenuItem => ({
    label,
    icon,
    keys,
    disabled: blocked || node === null,
    onSelect: () => node && void run(node),
  });
  const items: MenuGroups = [
    triggers.map((trigger) => ({
      label: t('run.from_trigger', { name: trigger.name }),
      icon: Zap,
      disabled: blocked,
      onSelect: () => void runAll(trigger.id),
    })),
    [
      verb(node ? t('run.to_name', { name }) : t('run.to'), ListStart, runTo, 'mod+shift+Enter'),
      verb(node ? t('run.step_name', { name }) : t('run.step'), StepForward, runStep),
      verb(node ? t('run.from_name', { name }) : t('run.from'), FastForward, runFrom),
    ],
    triggers.some((trigger) => types[trigger.type]?.kind === 'webhook')
      ? [
          { label: t('run.listen'), icon: Radio, disabled: blocked, onSelect: () => void listen() },
          { label: t('run.replay_call'), icon: RotateCcw, disabled: blocked, onSelect: () => void replayCall() },
        ]
      : [],
  ];
  return (
    <div className="run-button">
      <Tip text={reason ?? t('run.all')} keys={blocked ? undefined : 'mod+Enter'}>
        {/* Not `disabled`: who cannot press it should still find out why. */}
        <Button
          look="primary"
          icon={Play}
          aria-disabled={blocked}
          onClick={() => (reason ? toast(reason) : void runAll())}
        >
          {t('run.run')}
        </Button>
      </Tip>
      <Menu items={items} align="end" label={t('run.ways')}>
        <IconButton icon={ChevronDown} look="primary" label={t('run.ways')} />
      </Menu>
    </div>
  );
}
