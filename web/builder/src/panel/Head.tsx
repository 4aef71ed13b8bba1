import { ArrowLeft, ArrowRight, Maximize2, Minimize2, MoreHorizontal, Play, X } from 'lucide-react';
import { memo, useState } from 'react';
import { useShallow } from 'zustand/shallow';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useNodeType } from '@/catalogue/types';
import { editSettings } from '@/doc/commands';
import type { Doc } from '@/doc/model';
import { renameNode } from '@/doc/rename';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { runFrom, runStep, runTo } from '@/run/actions';
import { Button, IconButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { neighbours } from './data/upstream';

/** What the node is, and what can be done with it as a whole. */
export const Head = memo(function Head({ id }: { id: string }) {
  const node = useDocument(useShallow((state) => facts(state.doc, id)));
  const { before, after } = useDocument(useShallow((state) => neighbours(state.doc, id)));
  const type = useNodeType(node.type);
  const maximised = useView((view) => view.maximised);
  const readOnly = useDocument((state) => state.readOnly);
  const { openNode, set } = useView.getState();
  const group = type?.kind === 'node' ? type.group : type ? 'trigger' : 'utility';
  return (
    <header className="panel-head">
      <h2 className="visually-hidden">{node.name}</h2>
      <span className="panel-tile" data-group={group}>
        <TypeIcon type={type} />
      </span>
      <div className="panel-title">
        <Name key={node.id} node={node} readOnly={readOnly} />
        <span className="meta truncate">
          {type?.title ?? node.type} · {t('panel.version', { n: node.version })}
        </span>
      </div>
      <div className="panel-verbs">
        {!readOnly && (
          <>
            <Button size="small" icon={Play} onClick={() => void runStep(node.id)}>
              {t('panel.run_step')}
            </Button>
            <Menu
              align="end"
              items={[
                [
                  { label: t('panel.run_to'), onSelect: () => void runTo(node.id) },
                  { label: t('panel.run_from'), onSelect: () => void runFrom(node.id) },
                ],
                [
                  {
                    label: t('panel.previous_node'),
                    icon: ArrowLeft,
                    keys: '[',
                    disabled: !before,
                    onSelect: () => openNode(before),
                  },
                  {
                    label: t('panel.next_node'),
                    icon: ArrowRight,
                    keys: ']',
                    disabled: !after,
                    onSelect: () => openNode(after),
                  },
                ],
                [
                  {
                    label: t('panel.disabled'),
                    checked: node.disabled,
                    onSelect: () =>
                      useDocument
                        .getState()
                        .change(t('panel.undo_disabled', { node: node.name }), (now) =>
                          editSettings(now, [node.id], { disabled: !node.disabled }),
                        ),
                  },
                ],
              ]}
            >
              <IconButton icon={MoreHorizontal} size="small" label={t('panel.more')} />
            </Menu>
          </>
        )}
        <IconButton
          icon={ArrowLeft}
          size="small"
          className="panel-hop"
          label={t('panel.previous_node')}
          keys="["
          disabled={!before}
          onClick={() => openNode(before)}
        />
        <IconButton
          icon={ArrowRight}
          size="small"
          className="panel-hop"
          label={t('panel.next_node')}
          keys="]"
          disabled={!after}
          onClick={() => openNode(after)}
        />
        <IconButton
          icon={maximised ? Minimize2 : Maximize2}
          size="small"
          label={maximised ? t('panel.restore') : t('panel.maximise')}
          keys="f"
          onClick={() => set({ maximised: !maximised })}
        />
        <IconButton icon={X} size="small" label={t('common.close')} keys="Escape" onClick={() => openNode(null)} />
      </div>
    </header>
  );
});

/** What the head tells of a node: not its parameters, so that typing does not draw it anew. */
function facts({ nodes }: Doc, id: string) {
  const node = nodes[id];
  return {
    id,
    name: node?.name ?? '',
    type: node?.type ?? '',
    version: node?.version ?? 1,
    disabled: node?.settings.disabled ?? false,
  };
}

/** The name, which is a field as soon as it is clicked. */
function Name({ node, readOnly }: { node: { id: string; name: string }; readOnly: boolean }) {
  const [draft, setDraft] = useState<string | null>(null);
  function commit() {
    const name = draft?.trim();
    setDraft(null);
    if (name && name !== node.name)
      useDocument
        .getState()
        .change(t('panel.undo_rename', { node: node.name }), (doc) => renameNode(doc, node.id, name));
  }
  return (
    <input
      className="panel-name"
      aria-label={t('panel.name')}
      value={draft ?? node.name}
      readOnly={readOnly}
      spellCheck={false}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key !== 'Escape' || draft === null) return;
        event.stopPropagation();
        setDraft(null);
      }}
    />
  );
}
