import { useState } from 'react';
import { conflicts, decide } from '@/doc/save';
import { useDocument } from '@/doc/store';
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
  const [theirs, setTheirs] = useState<readonly boolean[]>(conflicts.map(() => false));
  const choose = (i: number, value: boolean) => setTheirs(theirs.map((old, j) => (i === j ? value : old)));
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
            decide(theirs);
            onClose();
          }}
        >
          {t('doc.conflict_save')}
        </Button>
      }
    >
      <ul className="conflicts">
        {conflicts.map((conflict, i) => (
          <li key={conflict.path.join('.')}>
            <h3>{placed(conflict.path, nodes)}</h3>
            <div className="sides">
              <Side
                name={String(i)}
                label={t('doc.mine')}
                value={conflict.mine}
                checked={!theirs[i]}
                onChoose={() => choose(i, false)}
              />
              <Side
                name={String(i)}
                label={t('doc.theirs')}
                value={conflict.theirs}
                checked={theirs[i] ?? false}
                onChoose={() => choose(i, true)}
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
