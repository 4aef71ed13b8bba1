import { useEffect, useRef } from 'react';
import { t } from '@/lib/i18n';
import { focusCard, rename } from './edits';
import { setCanvas, useCanvas } from './state';

/** The name of a step; a field while it is being renamed. */
export function CardName({ id, name }: { id: string; name: string }) {
  const renaming = useCanvas((state) => state.renaming === id);
  return renaming ? <NameField id={id} name={name} /> : <div className="card-name truncate">{name}</div>;
}

interface NameFieldProps {
  id: string;
  name: string;
  /** When it is done; the card gets the focus where nothing else is given. */
  onDone?: () => void;
}

export function NameField({ id, name, onDone = () => focusCard(id) }: NameFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => {
    // After the focus that opened it has settled.
    const frame = requestAnimationFrame(() => field.current?.select());
    return () => cancelAnimationFrame(frame);
  }, []);
  function finish(value: string | null, back: boolean) {
    if (done.current) return;
    done.current = true;
    if (value !== null) rename(id, value);
    setCanvas({ renaming: null });
    if (back) onDone();
  }
  return (
    <input
      ref={field}
      className="card-name-field nodrag nopan nokey"
      defaultValue={name}
      aria-label={t('canvas.name')}
      maxLength={100}
      spellCheck={false}
      onBlur={(event) => finish(event.target.value, false)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') finish(event.currentTarget.value, true);
        if (event.key === 'Escape') finish(null, true);
      }}
    />
  );
}
