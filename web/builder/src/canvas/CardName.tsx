import { useLayoutEffect, useRef } from 'react';
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
  // At once, so that what is typed next goes into it; whatever closed to open it may take the focus back for a moment.
  const settled = useRef(false);
  useLayoutEffect(() => {
    const take = () => {
      field.current?.focus();
      field.current?.select();
    };
    take();
    const frame = requestAnimationFrame(() => {
      if (document.activeElement !== field.current) take();
      settled.current = true;
    });
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
      onBlur={(event) => settled.current && finish(event.target.value, false)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') finish(event.currentTarget.value, true);
        if (event.key === 'Escape') finish(null, true);
      }}
    />
  );
}
