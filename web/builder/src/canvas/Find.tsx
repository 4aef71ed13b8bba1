import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { IconButton } from '@/ui/Button';
import { reveal } from './camera';
import { choose } from './edits';
import { find } from './finding';
import { useCanvas } from './state';

/** Ctrl-F on the canvas: Enter goes from find to find, and shows it. */
export default function Find() {
  const open = useView((state) => state.overlay === 'find');
  return open ? <FindBar /> : null;
}

function FindBar() {
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(-1);
  const doc = useDocument((state) => state.doc);
  const catalogue = useCanvas((state) => state.catalogue);
  const found = useMemo(() => find(doc, catalogue, query), [doc, catalogue, query]);

  function go(to: number) {
    const next = (to + found.length) % found.length;
    const hit = found[next];
    if (!hit) return;
    setIndex(next);
    useView.getState().select([hit.id]);
    reveal(hit.id, true);
  }
  function close() {
    useView.getState().show(null);
    const hit = found[index];
    if (hit) choose(hit.id);
  }
  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    const keys: Record<string, () => void> = {
      Enter: () => go(event.shiftKey ? index - 1 : index + 1),
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Escape: close,
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
  const count = query.trim() ? t('canvas.find_count', { at: Math.max(0, index + 1), count: found.length }) : '';
  return (
    <search className="find" aria-label={t('canvas.find')} onKeyDown={onKeyDown}>
      <div className="find-head">
        <input
          className="find-query"
          aria-label={t('canvas.find')}
          placeholder={t('canvas.find_hint')}
          value={query}
          // biome-ignore lint/a11y/noAutofocus: it is opened to type in
          autoFocus
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setQuery(event.target.value);
            setIndex(-1);
          }}
        />
        <span className="meta numbers" role="status">
          {count}
        </span>
        <IconButton
          size="small"
          icon={ChevronUp}
          label={t('canvas.find_previous')}
          disabled={!found.length}
          onClick={() => go(index - 1)}
        />
        <IconButton
          size="small"
          icon={ChevronDown}
          label={t('canvas.find_next')}
          disabled={!found.length}
          onClick={() => go(index + 1)}
        />
        <IconButton size="small" icon={X} label={t('common.close')} onClick={close} />
      </div>
      {found.length > 0 && (
        <ul className="find-list">
          {found.slice(0, 50).map((hit, i) => (
            <li key={hit.id}>
              <button type="button" className="find-hit" aria-current={i === index || undefined} onClick={() => go(i)}>
                <span className="truncate">{hit.title || t('canvas.note_empty')}</span>
                <span className="meta truncate">{[hit.field, hit.excerpt].filter(Boolean).join(': ')}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}
