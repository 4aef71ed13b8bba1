/** A variable's value, as it is typed: JSON where it is JSON, else the text itself. */
export function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A value as it would be typed: a text that looks like JSON stands in quotes, so that it is read as a text again. */
export function written(value: unknown): string {
  return typeof value === 'string' && read(value) === value ? value : JSON.stringify(value);
}
