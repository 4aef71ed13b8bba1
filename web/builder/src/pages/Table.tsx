import '../styles/pages.css';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Columns3, Download, Plus, Search, Trash2 } from 'lucide-react';
import { Suspense, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { client, take, url } from '@/lib/api';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Page } from '@/shell/Page';
import { Button, IconButton } from '@/ui/Button';
import { Failed, Skeleton } from '@/ui/Empty';
import { Input, Select } from '@/ui/Field';
import { told } from '@/ui/telling';
import { Cell } from './tables/Cell';
import { type Column, comparisons, PAGE, type Row, type View } from './tables/queries';
import { Confirm } from './workflows/Ask';

const Columns = later(async () => ({ default: (await import('./tables/Columns')).Columns }));

/** One data table: its rows, to look at and to change. */
export default function Table() {
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const path = { params: { path: { id } } };
  const table = useQuery({ queryKey: ['tables', id], queryFn: () => take(client.GET('/api/tables/{id}', path)) });
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  const [view, setView] = useState<View>({ order: '', descending: false, column: '', text: '', limit: PAGE });
  const [arranging, setArranging] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const columns = table.data?.columns ?? [];
  const rows = useQuery({
    queryKey: ['tables', id, 'rows', view, columns],
    queryFn: () => take(client.POST('/api/tables/{id}/rows/search', { ...path, body: asked(view, columns) })),
    enabled: table.data !== undefined,
    placeholderData: keepPreviousData,
  });
  const editable = projects.data?.data.find((one) => one.id === table.data?.project)?.role !== 'viewer';
  const reload = () => void queries.invalidateQueries({ queryKey: ['tables'] });
  async function add() {
    if (await told(() => take(client.POST('/api/tables/{id}/rows', { ...path, body: { rows: [{}] } })))) reload();
  }
  async function remove(row: string) {
    if (await told(() => take(client.POST('/api/tables/{id}/rows/delete', { ...path, body: { ids: [row] } }))))
      reload();
  }
  async function put(row: string, name: string, value: unknown): Promise<boolean> {
    const where = { params: { path: { id, row } } };
    const done = await told(() =>
      take(client.PATCH('/api/tables/{id}/rows/{row}', { ...where, body: { values: { [name]: value } } })),
    );
    if (done) void rows.refetch();
    return done !== undefined;
  }
  const found = (rows.data?.data ?? []) as Row[];
  const total = rows.data?.total ?? 0;
  return (
    <Page
      title={table.data?.name ?? t('shell.tables')}
      heading={
        <>
          <Link to="/tables" className="crumb">
            {t('shell.tables')}
          </Link>{' '}
          / {table.data?.name}
        </>
      }
      actions={
        table.data && (
          <>
            <IconButton
              icon={Download}
              label={t('tables.export')}
              onClick={() => window.open(url(`api/tables/${id}/rows.csv`), '_self')}
            />
            {editable && (
              <>
                <IconButton icon={Trash2} label={t('tables.delete')} onClick={() => setDeleting(true)} />
                <Button icon={Columns3} onClick={() => setArranging(true)}>
                  {t('tables.columns')}
                </Button>
                <Button look="primary" icon={Plus} onClick={() => void add()}>
                  {t('tables.add_row')}
                </Button>
              </>
            )}
          </>
        )
      }
      bar={
        <div className="filters">
          <div className="search">
            <Search size={16} aria-hidden="true" />
            <Input
              type="search"
              aria-label={t('tables.filter')}
              placeholder={t('tables.filter')}
              value={view.text}
              onChange={({ target }) => setView({ ...view, text: target.value, limit: PAGE })}
            />
          </div>
          <Select
            aria-label={t('tables.filter_column')}
            value={view.column}
            onChange={({ target }) => setView({ ...view, column: target.value, limit: PAGE })}
          >
            <option value="">{t('tables.first_text')}</option>
            {columns.map((one) => (
              <option key={one.id}>{one.name}</option>
            ))}
          </Select>
          <span className="meta" role="status">
            {rows.data && t('tables.rows', { count: total })}
          </span>
        </div>
      }
    >
      <div className="listing">
        {(table.isPending || (rows.isPending && !table.error)) && <Skeleton />}
        {table.error && <Failed error={table.error} retry={() => void table.refetch()} />}
        {rows.error && <Failed error={rows.error} retry={() => void rows.refetch()} />}
        {rows.data && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
          <section className="sheet-scroll" tabIndex={0} aria-label={table.data?.name}>
            <table className="sheet">
              <thead>
                <tr>
                  {columns.map((one) => (
                    <th key={one.id} scope="col" aria-sort={sorted(view, one)}>
                      <button type="button" onClick={() => setView({ ...view, ...turned(view, one) })}>
                        {one.name}
                        {view.order === one.name &&
                          (view.descending ? (
                            <ArrowDown size={14} aria-hidden="true" />
                          ) : (
                            <ArrowUp size={14} aria-hidden="true" />
                          ))}
                      </button>
                    </th>
                  ))}
                  <th>
                    <span className="visually-hidden">{t('tables.delete_row')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.map((row, index) => (
                  <tr key={row.id}>
                    {columns.map((one) => (
                      <td key={one.id} className={one.kind}>
                        <Cell
                          label={t('tables.cell', { column: one.name, row: index + 1 })}
                          kind={one.kind}
                          value={row[one.name]}
                          readOnly={!editable}
                          onChange={(value) => put(row.id, one.name, value)}
                        />
                      </td>
                    ))}
                    <td className="end">
                      {editable && (
                        <IconButton
                          icon={Trash2}
                          size="small"
                          label={t('tables.delete_row')}
                          onClick={() => void remove(row.id)}
                        />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {found.length === 0 && (
              <p className="muted sheet-none">{t(view.text ? 'tables.no_match' : 'tables.empty')}</p>
            )}
          </section>
        )}
        {found.length < total && view.limit < 1000 && (
          <div className="listing-more">
            <Button onClick={() => setView({ ...view, limit: Math.min(view.limit + 4 * PAGE, 1000) })}>
              {t('tables.more')}
            </Button>
          </div>
        )}
        {found.length < total && view.limit >= 1000 && <p className="muted sheet-none">{t('tables.too_many')}</p>}
      </div>
      <Suspense>
        {arranging && table.data && <Columns table={table.data} onClose={() => setArranging(false)} onSaved={reload} />}
      </Suspense>
      {deleting && table.data && (
        <Confirm
          title={t('tables.delete_title', { name: table.data.name })}
          text={t('tables.delete_text')}
          verb={t('common.delete')}
          onClose={() => setDeleting(false)}
          onDone={() =>
            void told(() => client.DELETE('/api/tables/{id}', path)).then((done) => {
              if (!done) return;
              // Not those of this table: the page still shows them while it goes.
              void queries.invalidateQueries({ queryKey: ['tables'], exact: true });
              void navigate('/tables');
            })
          }
        />
      )}
    </Page>
  );
}

function asked(view: View, columns: readonly Column[]) {
  const order = columns.some((one) => one.name === view.order) ? view.order : '';
  return { where: comparisons(view, columns), order, descending: view.descending, limit: view.limit, offset: 0 };
}

/** Up, then down, then as the rows came. */
function turned(view: View, column: Column): Pick<View, 'order' | 'descending'> {
  if (view.order !== column.name) return { order: column.name, descending: false };
  return view.descending ? { order: '', descending: false } : { order: column.name, descending: true };
}

function sorted(view: View, column: Column): 'ascending' | 'descending' | 'none' {
  if (view.order !== column.name) return 'none';
  return view.descending ? 'descending' : 'ascending';
}
