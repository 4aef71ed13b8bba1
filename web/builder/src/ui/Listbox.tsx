import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';

export interface Option {
  key: string;
  /** Heading that it stands under; options of one section follow each other. */
  section?: string;
  disabled?: boolean;
}

interface ListboxProps<T extends Option> {
  options: readonly T[];
  query: string;
  onQuery: (query: string) => void;
  onPick: (option: T) => void;
  label: string;
  placeholder: string;
  render: (option: T) => ReactNode;
  /** Shown where nothing fits. */
  empty: ReactNode;
  /** Keys beyond arrows, Enter, Home and End. */
  onKey?: (event: KeyboardEvent, active: T | undefined) => void;
}

/** A search field over a list (ARIA combobox with a listbox): the palette, the command bar, pickers with search. */
export function Listbox<T extends Option>({
  options,
  query,
  onQuery,
  onPick,
  label,
  placeholder,
  render,
  empty,
  onKey,
}: ListboxProps<T>) {
  const id = useId();
  const [index, setIndex] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const active = options[Math.min(index, options.length - 1)];

  // biome-ignore lint/correctness/useExhaustiveDependencies: another query starts at the top
  useEffect(() => setIndex(0), [query]);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${index}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [index]);

  const keys: Record<string, () => void> = {
    ArrowDown: () => setIndex(Math.min(index + 1, options.length - 1)),
    ArrowUp: () => setIndex(Math.max(index - 1, 0)),
    PageDown: () => setIndex(Math.min(index + 8, options.length - 1)),
    PageUp: () => setIndex(Math.max(index - 8, 0)),
    Enter: () => active && !active.disabled && onPick(active),
  };

  function onKeyDown(event: KeyboardEvent) {
    const act = event.nativeEvent.isComposing ? undefined : keys[event.key];
    if (!act) return onKey?.(event, active);
    event.preventDefault();
    act();
  }

  return (
    <div className="listbox">
      <input
        className="listbox-query"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={active ? `${id}-${active.key}` : undefined}
        aria-label={label}
        placeholder={placeholder}
        value={query}
        // biome-ignore lint/a11y/noAutofocus: it is opened to type in
        autoFocus
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="listbox-list" role="listbox" id={`${id}-list`} aria-label={label} ref={list}>
        {options.map((option, i) => (
          <div key={option.key} role="presentation">
            {option.section && option.section !== options[i - 1]?.section && (
              <div className="listbox-section" role="presentation">
                {option.section}
              </div>
            )}
            <div
              role="option"
              tabIndex={-1}
              id={`${id}-${option.key}`}
              data-index={i}
              aria-selected={option === active}
              aria-disabled={option.disabled}
              className="listbox-option"
              onPointerMove={() => setIndex(i)}
              onClick={() => !option.disabled && onPick(option)}
              onKeyDown={onKeyDown}
            >
              {render(option)}
            </div>
          </div>
        ))}
        {options.length === 0 && <div className="listbox-empty">{empty}</div>}
      </div>
    </div>
  );
}
