import { TypeIcon } from '@/catalogue/TypeIcon';
import { useCatalogue } from '@/catalogue/types';

/** What starts a workflow, as icons. */
export function Triggers({ types }: { types: readonly string[] }) {
  const catalogue = useCatalogue();
  return (
    <span className="flow-triggers">
      {[...new Set(types)].slice(0, 3).map((key) => (
        <span key={key} title={catalogue[key]?.title ?? key}>
          <TypeIcon type={catalogue[key]} size={16} />
          <span className="visually-hidden">{catalogue[key]?.title ?? key}</span>
        </span>
      ))}
    </span>
  );
}
