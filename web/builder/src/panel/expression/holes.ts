/** Where the holes of a text are, and how far the server's counting is from the editor's. */

export interface Hole {
  from: number;
  to: number;
}

/** The hole around a position, without its braces; null between holes. */
export function holeAt(text: string, position: number): Hole | null {
  const open = text.lastIndexOf('{{', Math.max(0, position - 2));
  if (open < 0 || open + 2 > position) return null;
  const shut = text.indexOf('}}', open + 2);
  if (shut >= 0 && shut < position) return null;
  return { from: open + 2, to: shut < 0 ? text.length : shut };
}

/** Characters (code points) before a position that counts UTF-16 units. */
export function points(text: string, position: number): number {
  return [...text.slice(0, position)].length;
}

/** UTF-16 units before the character with that number. */
export function units(text: string, point: number): number {
  return [...text].slice(0, point).join('').length;
}
