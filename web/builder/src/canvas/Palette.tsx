import { CornerDownLeft } from 'lucide-react';
import { useMemo, useState } from 'react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { type NodeType, useCatalogue } from '@/catalogue/types';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';
import { Dialog } from '@/ui/Dialog';
import { Listbox } from '@/ui/Listbox';
import { beginCarrying } from './Carried';
import { insert, replaceWith } from './edits';
import { choices } from './options';

/** Choosing what to add: by typing, by keys, by a click, or by dragging it out. */
export default function Palette() {
  const open = useView((state) => state.overlay === 'palette');
  const context = useView((state) => state.palette);
  const replaced = useDocument((state) => (context.replace ? state.doc.nodes[context.replace]?.name : undefined));
  const title =
    replaced !== undefined
      ? t('canvas.replace_title', { name: replaced })
      : t(context.only === 'trigger' ? 'canvas.palette_first' : 'canvas.palette');
  return (
    <Dialog open={open} onClose={close} title={title} look="bare">
      <Choices key={open ? 'open' : 'closed'} title={title} />
    </Dialog>
  );
}

function close(): void {
  if (useView.getState().overlay === 'palette') useView.getState().show(null);
}

function Choices({ title }: { title: string }) {
  const [query, setQuery] = useState('');
  const catalogue = useCatalogue();
  const doc = useDocument((state) => state.doc);
  const context = useView((state) => state.palette);
  const recent = usePreferences((state) => state.recentNodes);
  const options = useMemo(
    () =>
      choices({ catalogue, doc, context, recent, query }).map((choice) => ({
        ...choice,
        section: query.trim() ? undefined : t(`canvas.section_${choice.heading}`),
      })),
    [catalogue, doc, context, recent, query],
  );
  function pick(type: NodeType) {
    close();
    // After the dialog has given the focus back.
    const { replace } = context;
    requestAnimationFrame(() =>
      replace ? replaceWith(replace, type, catalogue[doc.nodes[replace]?.type ?? '']) : insert(type, context),
    );
  }
  return (
    <div className="palette">
      <Listbox
        options={options}
        query={query}
        onQuery={setQuery}
        onPick={(choice) => pick(choice.type)}
        label={title}
        placeholder={context.replace ? title : t('canvas.palette_search')}
        render={({ type }) => <Choice type={type} still={context.replace !== undefined} />}
        empty={t('canvas.palette_none', { query })}
      />
      <footer className="palette-foot">
        <span>
          <kbd className="key">↑↓</kbd> {t('canvas.palette_move')}
        </span>
        <span>
          <kbd className="key">
            <CornerDownLeft size={10} strokeWidth={2} aria-hidden="true" />
          </kbd>{' '}
          {t(context.replace ? 'canvas.palette_replace' : 'canvas.palette_add')}
        </span>
        {!context.replace && <span className="palette-drag">{t('canvas.palette_drag')}</span>}
      </footer>
    </div>
  );
}

function Choice({ type, still }: { type: NodeType; still: boolean }) {
  return (
    <div className="palette-choice" onPointerDown={still ? undefined : (event) => beginCarrying(event, type)}>
      <span className={`tile ${type.group}`}>
        <TypeIcon type={type} size={18} />
      </span>
      <span className="palette-text">
        <span className="palette-name">{type.title}</span>
        <span className="meta truncate">{type.description.split('\n', 1)[0]?.replaceAll('`', '')}</span>
      </span>
    </div>
  );
}
