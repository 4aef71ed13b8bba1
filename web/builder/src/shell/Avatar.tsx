const INKS = ['app', 'data', 'logic', 'code', 'ai', 'comms', 'files', 'database', 'trigger'] as const;

/** One or two letters for a name, in any script. */
export function initials(name: string): string {
  const words =
    name
      .split('@')[0]
      ?.split(/[\s._-]+/)
      .filter(Boolean) ?? [];
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase();
}

/** A person in a circle; its colour follows from the name. Decoration: the name stands beside it. */
export function Avatar({ name, size = 28 }: { name: string; size?: number }) {
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return (
    // The letters are drawn, not written: whoever asks a button for its name by voice reads no “NN” into it.
    <span
      className={`avatar tile ${INKS[sum % INKS.length]}`}
      style={{ width: size, height: size }}
      data-initials={initials(name)}
      aria-hidden="true"
    />
  );
}
