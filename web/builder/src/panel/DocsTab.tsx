import { useMemo } from 'react';
import type { NodeType } from '@/catalogue/types';
import { editNode } from '@/doc/commands';
import type { Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { toast } from '@/ui/Toast';
import { isBag, isSchema } from './form/schema';
import { type Member, membersOf } from './form/spec';

/** What the type's author wrote: what it does, each parameter, examples. */
export function DocsTab({ node, type }: { node: Node; type: NodeType }) {
  const members = useMemo(() => (isSchema(type.params) ? membersOf(type.params, type.params) : []), [type]);
  const readOnly = useDocument((state) => state.readOnly);
  function take(params: unknown) {
    // JSON that came as JSON is JSON.
    const copy: unknown = structuredClone(params);
    if (!isBag(copy)) return;
    useDocument
      .getState()
      .change(t('panel.undo_example', { node: node.name }), (doc) => editNode(doc, node.id, { params: copy }));
    toast(t('panel.example_taken'), 'ok', { label: t('common.undo'), run: () => void useDocument.getState().undo() });
  }
  return (
    <div className="np-docs">
      {type.description.split('\n\n').map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <dl className="np-facts">
        <div>
          <dt>{t('panel.type')}</dt>
          <dd className="mono">{type.key}</dd>
        </div>
        <div>
          <dt>{t('panel.plugin')}</dt>
          <dd className="mono">{type.plugin}</dd>
        </div>
        <div>
          <dt>{t('panel.effect')}</dt>
          <dd>{t(`panel.effect_${type.effect}`)}</dd>
        </div>
      </dl>
      {members.length > 0 && (
        <>
          <h3>{t('panel.tab_params')}</h3>
          <Described members={members} />
        </>
      )}
      {type.examples.length > 0 && (
        <>
          <h3>{t('panel.examples')}</h3>
          {type.examples.map((example, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: examples do not move
            <section className="np-example" key={index}>
              <div className="np-example-head">
                <h4>{typeof example.title === 'string' ? example.title : t('panel.example_n', { n: index + 1 })}</h4>
                {!readOnly && (
                  <Button size="small" onClick={() => take(example.params)}>
                    {t('panel.use_example')}
                  </Button>
                )}
              </div>
              <pre>{JSON.stringify(example.params, null, 2)}</pre>
            </section>
          ))}
        </>
      )}
    </div>
  );
}

function Described({ members }: { members: readonly Member[] }) {
  return (
    <dl className="np-described">
      {members.map(({ name, label, required, spec }) => (
        <div key={name}>
          <dt>
            {label} <code>{name}</code> {required && <span className="meta">{t('panel.required_mark')}</span>}
          </dt>
          <dd>
            {spec.schema.description}
            {spec.kind === 'union' && (
              <ul>
                {spec.variants.map((variant) => (
                  <li key={variant.key}>
                    <strong>{variant.label}</strong> {variant.description}
                  </li>
                ))}
              </ul>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
