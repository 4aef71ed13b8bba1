import { shown, useRegistry } from '@/actions/registry';
import { t } from '@/lib/i18n';

/** After the first of two keys: which ones can follow. */
export function ChordHint() {
  const begun = useRegistry((state) => state.begun);
  const actions = useRegistry((state) => state.actions);
  if (begun === null) return null;
  const start = `${begun} `;
  const next = actions.flatMap((action) => {
    const keys = action.keys?.find((each) => each.startsWith(start));
    return keys && (action.when?.() ?? true) ? [{ id: action.id, title: action.title, keys }] : [];
  });
  return (
    <div className="canvas-hint chord-hint" role="status">
      <kbd className="key">{shown(begun)}</kbd>
      <ul>
        {next.map(({ id, title, keys }) => (
          <li key={id}>
            <kbd className="key">{shown(keys.slice(start.length))}</kbd> {t(title)}
          </li>
        ))}
      </ul>
    </div>
  );
}
