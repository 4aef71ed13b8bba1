/** How well a node type fits what was typed: names before words before keys before descriptions, typos forgiven. */

export interface Named {
  key: string;
  title: string;
  description: string;
}

const words = (text: string) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** 0 where it does not fit. */
export function score(query: string, { key, title, description }: Named): number {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return 1;
  const name = title.toLowerCase();
  if (name.startsWith(wanted)) return 1000 - name.length;
  const asked = words(wanted);
  const ofTitle = words(title);
  if (asked.every((part) => ofTitle.some((word) => word.startsWith(part)))) return 800 - name.length;
  if (name.includes(wanted)) return 700 - name.length;
  if (
    ofTitle
      .map((word) => word[0])
      .join('')
      .startsWith(wanted)
  )
    return 600 - name.length;
  const ofKey = words(key);
  if (asked.every((part) => [...ofTitle, ...ofKey].some((word) => word.startsWith(part)))) return 500 - name.length;
  const ofText = words(description);
  const position = ofText.findIndex((word) => word.startsWith(asked[0] ?? wanted));
  const all = [...ofTitle, ...ofKey, ...ofText];
  if (asked.every((part) => all.some((word) => word.startsWith(part))))
    return 400 - Math.min(200, Math.max(0, position));
  if (asked.every((part) => [...ofTitle, ...ofKey].some((word) => close(part, word)))) return 150 - name.length / 2;
  return 0;
}

/** One typo from four letters on, two from seven on, anywhere in the beginning of the word. */
function close(part: string, word: string): boolean {
  const allowed = part.length >= 7 ? 2 : part.length >= 4 ? 1 : 0;
  if (allowed === 0) return word.startsWith(part);
  return [0, -1, 1].some((more) => edits(part, word.slice(0, part.length + more)) <= allowed);
}

/** Damerau-Levenshtein distance with neighbours swapped as one edit. */
function edits(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let j = 0; j <= b.length; j++) (rows[0] ?? [])[j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const differs = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + differs);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, cell(i - 2, j - 2) + 1);
      (rows[i] ?? [])[j] = least;
    }
  }
  return cell(a.length, b.length);
}

/** Best first; equals keep their order. */
export function ranked<T extends Named>(query: string, all: readonly T[]): T[] {
  return all
    .map((entry) => ({ entry, points: score(query, entry) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ entry }) => entry);
}
