import { type RefObject, useEffect, useMemo, useRef } from 'react';
import { useNodeType } from '@/catalogue/types';
import { setParam } from '@/doc/commands';
import type { Json, Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { Fields } from './form/Fields';
import { type Host, HostContext, issueAt } from './form/host';
import { isSchema } from './form/schema';
import { membersOf } from './form/spec';

/** The parameters of a node, as its type's schema describes them. */
export function ParamsForm({ node }: { node: Node }) {
  const type = useNodeType(node.type);
  const issues = useDocument((state) => state.issues);
  const readOnly = useDocument((state) => state.readOnly);
  const project = useDocument((state) => state.filing?.project ?? '');
  const members = useMemo(() => (type && isSchema(type.params) ? membersOf(type.params, type.params) : []), [type]);
  const root = useRef<HTMLDivElement>(null);
  useFocusedField(root, node.id, members.length > 0);

  const prefix = `nodes.${node.id}.`;
  const host = useMemo<Host>(
    () => ({
      node: node.id,
      type: node.type,
      options: new Set(Object.keys(type?.options ?? {})),
      project,
      readOnly,
      params: node.params,
      issues: issues
        .filter((issue) => issue.path.startsWith(prefix))
        .map((issue) => ({ ...issue, path: issue.path.slice(prefix.length) })),
    }),
    [node.id, node.type, node.params, type, project, readOnly, issues, prefix],
  );
  const change = (name: string, value: Json | undefined) => {
    const label = members.find((member) => member.name === name)?.label ?? name;
    useDocument
      .getState()
      .change(
        t('panel.undo_param', { field: label }),
        (doc) => setParam(doc, node.id, [name], value),
        `param ${node.id} ${name}`,
      );
  };
  if (!type) return <p className="np-notice warn">{t('panel.unknown_type', { type: node.type })}</p>;
  const whole = issueAt(host.issues, 'params', false);
  return (
    <HostContext value={host}>
      <div className="np-form" ref={root}>
        {whole && <p className="np-notice err">{whole}</p>}
        {members.length === 0 && <p className="muted">{t('panel.no_params')}</p>}
        <Fields key={node.id} members={members} values={node.params} path="params" onChange={change} />
      </div>
    </HostContext>
  );
}

/** Put the focus on the field that was asked for when the panel was opened. */
function useFocusedField(root: RefObject<HTMLDivElement | null>, node: string, ready: boolean): void {
  const field = useView((view) => view.focusField);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node has other fields
  useEffect(() => {
    if (!field || !ready) return;
    const find = (path: string): Element | null => {
      const found = root.current?.querySelector(`[data-field="${CSS.escape(path)}"]`);
      const dot = path.lastIndexOf('.');
      return found ?? (dot > 0 ? find(path.slice(0, dot)) : null);
    };
    const timer = setTimeout(() => {
      const row = find(field);
      row?.scrollIntoView({ block: 'center' });
      row?.querySelector<HTMLElement>('input, select, textarea, .cm-content, [role="radio"], [role="switch"]')?.focus();
      useView.getState().set({ focusField: null });
    }, 50);
    return () => clearTimeout(timer);
  }, [field, node, ready]);
}
