import { useState } from 'react';
import { decide, useRival } from '@/doc/save';
import { useDocument } from '@/doc/store';
import { keyOfConflict } from '@/doc/together';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';

/** A place in the document in words: a node by its name, then the path within. */
function placed(path: readonly string[], names: Record<string, { name: string }>): string {
  const [root, id = '', ...rest] = path;
  return root === 'nodes' ? [names[id]?.name ?? id, ...rest].join(' › ') : path.join(' › ');
}

function shown(value: unknown): string {
  if (value === undefined) return t('doc.deleted');
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** Both sides of what two people changed differently; whichever is not chosen stays in the list of undo steps. */
export default function ConflictDialog({ onClose }: { onClose: () => void }) {
  const nodes = useDocument((state) => state.doc.nodes);
  const conflicts = useRival((state) => state.conflicts);
  const [picks, setPicks] = useState<ReadonlySet<string>>(new Set());
  const choose = (key: string, theirs: boolean) => {
    const next = new Set(picks);
    if (theirs) next.add(key);
    else next.delete(key);
    setPicks(next);
  };
  return (
    <Dialog
      open
      size="large"
      onClose={onClose}
      title={t('doc.conflict_title', { count: conflicts.length })}
      description={t('doc.conflict_text')}
      footer={
        <Button
          look="primary"
          onClick={() => {
            decide(picks);
            onClose();
          }}
        >
          {t('doc.conflict_save')}
        </Button>
      }
    >
      <ul className="conflicts">
        {conflicts
          .map((conflict) => [keyOfConflict(conflict), conflict] as const)
          .map(([key, conflict]) => (
            <li key={key}>
              <h3>{placed(conflict.path, nodes)}</h3>
              <div className="sides">
                <Side
                  name={key}
                  label={t('doc.mine')}
                  value={conflict.mine}
                  checked={!picks.has(key)}
                  onChoose={() => choose(key, false)}
                />
                <Side
                  name={key}
                  label={t('doc.theirs')}
                  value={conflict.theirs}
                  checked={picks.has(key)}
                  onChoose={() => choose(key, true)}
                />
              </div>
            </li>
          ))}
      </ul>
    </Dialog>
  );
}

interface SideProps {
  name: string;
  label: string;
  value: unknown;
  checked: boolean;
  onChoose: () => void;
}

function Side({ name, label, value, checked, onChoose }: SideProps) {
  return (
    <label className="conflict-side">
      <span>
        <input type="radio" name={name} checked={checked} onChange={onChoose} /> {label}
      </span>
      <pre>{shown(value)}</pre>
    </label>
  );
}
