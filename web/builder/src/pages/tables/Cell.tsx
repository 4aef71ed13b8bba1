import { useEffect, useRef, useState } from 'react';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import type { Kind } from './queries';
import { meant, shown } from './values';

interface CellProps {
  label: string;
  kind: Kind;
  value: unknown;
  readOnly: boolean;
  /** Saves it; false where the server refuses. */
  onChange: (value: unknown) => Promise<boolean>;
}

/** A value in its place: saved when one leaves it or presses Enter; Escape takes back what was typed. */
export function Cell({ label, kind, value, readOnly, onChange }: CellProps) {
  const known = shown(value, kind);
  const [text, setText] = useState(known);
  const [wrong, setWrong] = useState(false);
  const saved = useRef(known);
  useEffect(() => {
    if (saved.current === known) return;
    saved.current = known;
    setText(known);
    setWrong(false);
  }, [known]);
  if (kind === 'boolean') {
    return (
      <input
        type="checkbox"
        aria-label={label}
        checked={text === 'true'}
        disabled={readOnly}
        onChange={({ target }) => {
          setText(String(target.checked));
          void onChange(target.checked).then((done) => done || setText(known));
        }}
      />
    );
  }
  async function save() {
    if (text === known) return setWrong(false);
    let next: unknown;
    try {
      next = meant(text, kind);
    } catch {
      setWrong(true);
      return toast(t('tables.no_json'), 'error');
    }
    setWrong(!(await onChange(next)));
  }
  return (
    <input
      aria-label={label}
      aria-invalid={wrong || undefined}
      title={text}
      value={text}
      readOnly={readOnly}
      placeholder={kind === 'time' ? '2026-05-01T09:00:00Z' : undefined}
      inputMode={kind === 'number' ? 'decimal' : undefined}
      spellCheck={false}
      autoComplete="off"
      onChange={({ target }) => setText(target.value)}
      onBlur={() => void save()}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void save();
        if (event.key === 'Escape') {
          setText(known);
          setWrong(false);
        }
        if (event.key === 'ArrowUp' || event.key === 'ArrowDown') along(event);
      }}
    />
  );
}

/** To the same column of the row above or below. */
function along(event: React.KeyboardEvent<HTMLInputElement>): void {
  const cell = event.currentTarget.closest('td');
  const row = cell?.parentElement;
  const next = event.key === 'ArrowUp' ? row?.previousElementSibling : row?.nextElementSibling;
  const input = cell && next?.children[cell.cellIndex]?.querySelector('input');
  if (!input) return;
  event.preventDefault();
  input.focus();
}
