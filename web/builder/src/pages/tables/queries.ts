/** What the server says of data tables. */
import { useQuery } from '@tanstack/react-query';
import { type AnswerOf, client, take } from '@/lib/api';

export type DataTable = AnswerOf<'tables_list_tables'>['data'][number];
export type Column = DataTable['columns'][number];
export type Kind = Column['kind'];
export type Row = Record<string, unknown> & { id: string };

export const KINDS = ['text', 'number', 'boolean', 'time', 'json'] as const;
export const PAGE = 100;

export function useTables() {
  return useQuery({ queryKey: ['tables'], queryFn: () => take(client.GET('/api/tables')) });
}

/** Which rows are shown, in which order. */
export interface View {
  order: string;
  descending: boolean;
  column: string;
  text: string;
  limit: number;
}

/** The comparison that a filter means: texts are looked into, the rest has to be the same. */
export function comparisons(view: View, columns: readonly Column[]) {
  const text = view.text.trim();
  const column = columns.find((one) => one.name === view.column) ?? columns.find((one) => one.kind === 'text');
  if (!text || !column) return [];
  if (column.kind === 'json') return [{ column: column.name, op: 'not_empty' as const, value: null }];
  return [{ column: column.name, op: column.kind === 'text' ? ('contains' as const) : ('eq' as const), value: text }];
}
