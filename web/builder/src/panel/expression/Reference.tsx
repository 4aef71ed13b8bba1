import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request, url } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Failed, Skeleton } from '@/ui/Empty';
import { Input } from '@/ui/Field';

interface Entry {
  kind: 'filter' | 'test' | 'function';
  name: string;
  group: string;
  signature: string;
  doc: string;
  examples: { source: string; result: string }[];
}

interface Language {
  roots: { name: string; doc: string }[];
  entries: Entry[];
}

async function fetchLanguage(): Promise<Language> {
  const response = await request(new Request(new URL(url('api/expressions/reference'), location.origin)));
  const language: Language = await response.json();
  return language;
}

/** The names, filters, tests and functions of the language; a click puts one into the expression. */
export function Reference({ onPick }: { onPick: (text: string) => void }) {
  const [search, setSearch] = useState('');
  const language = useQuery({
    queryKey: ['expression-reference'],
    queryFn: fetchLanguage,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (language.error) return <Failed error={language.error} retry={language.refetch} />;
  if (!language.data) return <Skeleton />;
  const wanted = search.trim().toLowerCase();
  const fits = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(wanted));
  const roots = language.data.roots.filter((root) => fits(root.name, root.doc));
  const entries = language.data.entries.filter((entry) => fits(entry.name, entry.doc, entry.group));
  return (
    <aside className="np-reference" aria-label={t('panel.reference')}>
      <Input
        value={search}
        placeholder={t('panel.search_reference')}
        aria-label={t('panel.search_reference')}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ul>
        {roots.map((root) => (
          <li key={root.name}>
            <button type="button" className="np-reference-entry" onClick={() => onPick(root.name)}>
              <code>{root.name}</code>
              <span className="meta">{root.doc}</span>
            </button>
          </li>
        ))}
        {entries.map((entry) => (
          <li key={`${entry.kind} ${entry.name}`}>
            <button type="button" className="np-reference-entry" onClick={() => onPick(written(entry))}>
              <code>{entry.signature}</code>
              <span className="meta">{entry.doc}</span>
              {entry.examples[0] && (
                <code className="np-reference-example">
                  {entry.examples[0].source} → {entry.examples[0].result}
                </code>
              )}
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}

function written(entry: Entry): string {
  if (entry.kind === 'filter') return ` | ${entry.name}`;
  return entry.kind === 'test' ? ` is ${entry.name}` : `${entry.name}()`;
}
