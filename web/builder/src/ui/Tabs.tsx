import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

export interface Tab {
  key: string;
  label: string;
  /** A number or mark behind the label. */
  badge?: ReactNode;
}

interface TabsProps {
  tabs: readonly Tab[];
  value: string;
  onChange: (key: string) => void;
  label: string;
  look?: 'line' | 'segmented';
  children?: ReactNode;
}

/** Tabs; the panel of the chosen one is `children`. */
export function Tabs({ tabs, value, onChange, label, look = 'line', children }: TabsProps) {
  return (
    <Radix.Root className={`tabs ${look}`} value={value} onValueChange={onChange}>
      <Radix.List className="tab-list" aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.key} value={tab.key} className="tab">
            {tab.label}
            {tab.badge !== undefined && <span className="badge">{tab.badge}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {children !== undefined && (
        <Radix.Content value={value} className="tab-panel" tabIndex={-1}>
          {children}
        </Radix.Content>
      )}
    </Radix.Root>
  );
}
