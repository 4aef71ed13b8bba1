import { describe, expect, it } from 'vitest';
import { arranged, readWanted, type Summary, writeWanted } from './list';

function row(name: string, folder = '', more: Partial<Summary> = {}): Summary {
  const at = '2026-01-01T00:00:00Z';
  return {
    id: name,
    project: 'p',
    name,
    active: false,
    archived: false,
    version: null,
    revision: 1,
    tags: [],
    folder,
    created_at: at,
    updated_at: at,
    description: '',
    triggers: [],
    node_count: 0,
    has_issues: false,
    favourite: false,
    last_execution: null,
    recent: [],
    ...more,
  };
}

const all = [
  row('Sync', 'sales/orders', { tags: ['prod'], active: true }),
  row('Café', 'sales'),
  row('Logs'),
  row('Report 10', 'salesforce'),
  row('Report 9', 'salesforce'),
];
const asked = (address: string) => readWanted(new URLSearchParams(address));
const shown = (address: string) => arranged(all, asked(address)).rows.map((one) => one.name);

describe('the list of workflows', () => {
  it('shows a folder as its folders and its own workflows', () => {
    const { folders, rows } = arranged(all, asked(''));
    expect(folders).toEqual([
      { name: 'sales', path: 'sales', count: 2 },
      { name: 'salesforce', path: 'salesforce', count: 2 },
    ]);
    expect(rows.map((one) => one.name)).toEqual(['Logs']);
    expect(arranged(all, asked('folder=sales')).folders).toEqual([{ name: 'orders', path: 'sales/orders', count: 1 }]);
  });

  it('takes no folder for one whose name only begins alike', () => {
    expect(shown('folder=sales&q=report')).toEqual([]);
  });

  it('searches below the folder, without case and accents, in names, folders and tags', () => {
    expect(shown('q=CAFE')).toEqual(['Café']);
    expect(shown('q=prod sync')).toEqual(['Sync']);
    expect(shown('q=orders')).toEqual(['Sync']);
  });

  it('sorts names as people count', () => {
    expect(shown('folder=salesforce&sort=name')).toEqual(['Report 9', 'Report 10']);
  });

  it('looks below for tags and states', () => {
    expect(shown('tag=prod')).toEqual(['Sync']);
    expect(shown('active=true')).toEqual(['Sync']);
    expect(shown('active=false&folder=sales')).toEqual(['Café']);
  });

  it('finds favourites in all folders, and the latest run first', () => {
    const ran = (id: string, at: string) => ({ id, status: 'succeeded' as const, at });
    const some = [
      row('Never', 'a', { favourite: true }),
      row('Early', 'b/c', { favourite: true, last_execution: ran('1', '2026-01-01T00:00:00Z') }),
      row('Late', '', { favourite: true, last_execution: ran('2', '2026-02-01T00:00:00Z') }),
      row('Other', '', { last_execution: ran('3', '2026-03-01T00:00:00Z') }),
    ];
    const names = arranged(some, asked('favourite=true&sort=last_run')).rows.map((one) => one.name);
    expect(names).toEqual(['Late', 'Early', 'Never']);
  });

  it('keeps what is asked for in the address', () => {
    for (const address of [
      '',
      'folder=a%2Fb&tag=x&q=y&sort=name&active=false',
      'project=p&archived=true',
      'sort=last_run&favourite=true',
    ])
      expect(writeWanted(asked(address)).toString()).toBe(address);
  });
});
