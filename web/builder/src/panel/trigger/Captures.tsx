import { Pin, Play } from 'lucide-react';
import { useNodeType } from '@/catalogue/types';
import type { Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { ago } from '@/lib/time';
import { runWith } from '@/run/actions';
import { Button } from '@/ui/Button';
import { pinItems, plainItems } from '../data/pinning';
import { useCaptures } from './queries';

/** Requests that came for the draft: each can be run again, or kept as the trigger's output. */
export function Captures({ node }: { node: Node }) {
  const captures = useCaptures(node.id);
  const readOnly = useDocument((state) => state.readOnly);
  const port = useNodeType(node.type)?.outputs[0] ?? 'main';
  if (captures.length === 0) return null;
  return (
    <details className="np-captures" open>
      <summary>{t('panel.captures', { count: captures.length })}</summary>
      <ul>
        {captures.map((capture) => {
          const items = plainItems(capture.items);
          return (
            <li key={capture.id} className="np-capture">
              <span className="chip">{capture.method}</span>
              <code className="truncate">{capture.path}</code>
              <span className="meta">{ago(capture.at)}</span>
              {!readOnly && (
                <>
                  <Button size="small" look="quiet" icon={Play} onClick={() => void runWith(items, node.id)}>
                    {t('panel.replay')}
                  </Button>
                  <Button size="small" look="quiet" icon={Pin} onClick={() => pinItems(node.id, { [port]: items })}>
                    {t('panel.pin')}
                  </Button>
                </>
              )}
            </li>
          );
        })}
      </ul>
    </details>
  );
}
