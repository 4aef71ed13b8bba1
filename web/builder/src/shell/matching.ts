/** Text as people search it: without case and accents. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** How well a text answers a query: 3 from its beginning, 2 from that of a word, 1 with all words somewhere, 0 not. */
export function rank(text: string, query: string): number {
  const [where, what] = [folded(text), folded(query).trim()];
  if (!what) return 1;
  if (where.startsWith(what)) return 3;
  if (where.includes(` ${what}`)) return 2;
  return what.split(/\s+/).every((word) => where.includes(word)) ? 1 : 0;
}
