/** What a browser says of itself is long and mostly untrue; these words are what people know it by. */
const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

/** "Firefox · Linux", from a User-Agent; of programs, their own name and version. */
export function deviceName(agent: string): string {
  const known = (list: readonly [RegExp, string][]) => list.find(([sign]) => sign.test(agent))?.[1];
  const parts = [known(BROWSERS), known(SYSTEMS)].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : (agent.split(/[\s(]/)[0]?.replace('/', ' ') ?? '');
}
