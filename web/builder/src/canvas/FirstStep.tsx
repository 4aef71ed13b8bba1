import { Plus } from 'lucide-react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useCatalogue } from '@/catalogue/types';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { askForNode, insert } from './edits';

/** How most workflows begin, whatever else is installed. */
const USUAL = ['manual.trigger', 'webhook.trigger', 'schedule.trigger'];

/** An empty canvas: the first thing to do, and the usual ways to begin. */
export function FirstStep() {
  const types = useCatalogue();
  const others = Object.values(types).filter((type) => type.inputs.length === 0 && !USUAL.includes(type.key));
  const triggers = [...USUAL.flatMap((key) => types[key] ?? []), ...others].slice(0, 4);
  return (
    <div className="first">
      <button type="button" className="first-card" onClick={() => askForNode({ only: 'trigger' })}>
        <span className="first-plus">
          <Plus size={20} strokeWidth={1.75} aria-hidden="true" />
        </span>
        <span className="first-title">{t('canvas.first')}</span>
        <span className="meta">{t('canvas.first_text')}</span>
      </button>
      <div className="first-chips">
        {triggers.map((type) => (
          <Button key={type.key} size="small" onClick={() => insert(type, {})}>
            <TypeIcon type={type} size={14} />
            {type.title}
          </Button>
        ))}
      </div>
    </div>
  );
}
