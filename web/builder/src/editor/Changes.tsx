import { ArrowRight, Minus, Pencil, Plus } from 'lucide-react';
import type { AnswerOf } from '@/lib/api';
import { t } from '@/lib/i18n';

export type Difference = AnswerOf<'versions_compare'>;

const SHOWN = 80;

/** A value in one line: short ones as they are, long ones cut. */
function brief(value: unknown): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

export function isEmpty(difference: Difference): boolean {
  const { nodes, connections, changes } = difference;
  const parts = [nodes.added, nodes.removed, nodes.changed, connections.added, connections.removed, changes];
  return parts.every((part) => part.length === 0);
}

/** What is different between two documents, in words: nodes, their parameters, wires, and the rest. */
export function Changes({ difference }: { difference: Difference }) {
  const { nodes, connections, changes } = difference;
  if (isEmpty(difference)) return <p className="muted">{t('editor.no_changes')}</p>;
  const moved = nodes.changed.filter((node) => node.only_moved).length;
  return (
    <ul className="changes" aria-label={t('editor.changes')}>
      {nodes.added.map((node) => (
        <Line key={`+${String(node.id)}`} sign="added" text={String(node.name)} />
      ))}
      {nodes.removed.map((node) => (
        <Line key={`-${String(node.id)}`} sign="removed" text={String(node.name)} />
      ))}
      {nodes.changed
        .filter((node) => !node.only_moved)
        .map((node) => (
          <li key={node.id} className="change changed">
            <Pencil size={14} aria-hidden="true" />
            <div>
              <strong>{node.name}</strong>
              {node.changes.map((change) => (
                <Value
                  key={change.path}
                  path={change.path.replace(/^params\./, '')}
                  before={change.before}
                  after={change.after}
                />
              ))}
            </div>
          </li>
        ))}
      {moved > 0 && <Line sign="changed" text={t('editor.moved', { count: moved })} />}
      {connections.added.map((wire) => (
        <Line key={`+${JSON.stringify(wire)}`} sign="added" text={`${wire.from} → ${wire.to}`} />
      ))}
      {connections.removed.map((wire) => (
        <Line key={`-${JSON.stringify(wire)}`} sign="removed" text={`${wire.from} → ${wire.to}`} />
      ))}
      {changes.map((change) => (
        <li key={change.path} className="change changed">
          <Pencil size={14} aria-hidden="true" />
          <Value path={change.path} before={change.before} after={change.after} />
        </li>
      ))}
    </ul>
  );
}

const SIGNS = { added: Plus, removed: Minus, changed: Pencil };

function Line({ sign, text }: { sign: keyof typeof SIGNS; text: string }) {
  const Icon = SIGNS[sign];
  return (
    <li className={`change ${sign}`}>
      <Icon size={14} aria-hidden="true" />
      <span className="visually-hidden">{t(`editor.${sign}`)}</span>
      <span className="change-text">{text}</span>
    </li>
  );
}

function Value({ path, before, after }: { path: string; before: unknown; after: unknown }) {
  return (
    <div className="change-value">
      <code>{path}</code>
      <del>{brief(before)}</del>
      <ArrowRight size={12} aria-label={t('editor.becomes')} />
      <ins>{brief(after)}</ins>
    </div>
  );
}
