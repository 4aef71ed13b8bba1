import { X } from 'lucide-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { Button, IconButton } from '@/ui/Button';
import { reveal } from './camera';
import { after, askForNode, deleteSelected, focusCard, startConnecting } from './edits';
import { outline } from './outline';
import { StepRow } from './StepRow';
import { useCanvas } from './state';

/** The same workflow as a list: for screen readers, for keys, for phones. It changes the same document. */
export default function StepList() {
  const doc = useDocument((state) => state.doc);
  const readOnly = useDocument((state) => state.readOnly);
  const ports = useCanvas((state) => state.ports);
  const selected = useView((state) => state.selected);
  const rows = useMemo(() => outline(doc, ports), [doc, ports]);
  const [stop, setStop] = useState<string | null>(null);
  const [renaming, setRenaming] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const current = rows.find((row) => row.id === stop)?.id ?? rows[0]?.id ?? null;

  function focus(id: string | undefined) {
    if (!id) return;
    setStop(id);
    useView.getState().select([id]);
    reveal(id);
    list.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus();
  }
  function onKeyDown(event: KeyboardEvent) {
    const at = rows.findIndex((row) => row.id === current);
    const row = rows[at];
    if (!row || renaming || event.ctrlKey || event.metaKey || event.altKey) return;
    const parent = rows.slice(0, at).findLast((other) => other.level < row.level);
    const remove = () => {
      useView.getState().select([row.id]);
      deleteSelected();
      requestAnimationFrame(() => focus((rows[at + 1] ?? rows[at - 1])?.id));
    };
    const edits: Record<string, () => void> = readOnly
      ? {}
      : {
          F2: () => setRenaming(row.id),
          c: () => startConnecting(row.id),
          n: () => askForNode(after(row.id)),
          Delete: remove,
        };
    const keys: Record<string, () => void> = {
      ArrowDown: () => focus(rows[at + 1]?.id),
      ArrowUp: () => focus(rows[at - 1]?.id),
      ArrowLeft: () => focus(parent?.id),
      ArrowRight: () => focus(rows[at + 1]?.level === row.level + 1 ? rows[at + 1]?.id : undefined),
      Home: () => focus(rows[0]?.id),
      End: () => focus(rows.at(-1)?.id),
      Enter: () => useView.getState().openNode(row.id),
      ...edits,
    };
    const act = event.target instanceof HTMLElement && event.target.matches('button') ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  return (
    <section className="outline" id="steps" aria-label={t('canvas.steps')}>
      <header className="outline-head">
        <h2>{t('canvas.steps')}</h2>
        <span className="meta numbers">{rows.length}</span>
        <IconButton
          size="small"
          icon={X}
          label={t('canvas.steps_close')}
          keys="shift+l"
          onClick={() => {
            useView.getState().set({ stepList: false });
            if (current) focusCard(current);
          }}
        />
      </header>
      <div className="outline-list" role="tree" aria-label={t('canvas.steps')} ref={list} onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <StepRow
            key={row.id}
            row={row}
            tabStop={row.id === current}
            selected={selected.has(row.id)}
            renaming={renaming === row.id}
            readOnly={readOnly}
            onFocus={() => setStop(row.id)}
            onRename={(on) => {
              setRenaming(on ? row.id : null);
              if (!on) requestAnimationFrame(() => focus(row.id));
            }}
          />
        ))}
      </div>
      {!readOnly && (
        <footer className="outline-foot">
          <Button size="small" onClick={() => askForNode(current ? after(current) : { only: 'trigger' })}>
            {t('canvas.add')}
          </Button>
        </footer>
      )}
    </section>
  );
}
