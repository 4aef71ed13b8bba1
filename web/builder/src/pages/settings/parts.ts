/** The parts of the settings, by their addresses below `/settings/`. */
export const PARTS = ['profile', 'appearance', 'keys', 'projects', 'variables', 'users', 'audit', 'about'] as const;
export type PartName = (typeof PARTS)[number];

const OF_ADMINS: ReadonlySet<PartName> = new Set<PartName>(['users', 'audit']);

/** The parts that concern somebody with this role. */
export function partsFor(role: string | undefined): readonly PartName[] {
  const admin = role === 'owner' || role === 'admin';
  return PARTS.filter((part) => admin || !OF_ADMINS.has(part));
}
