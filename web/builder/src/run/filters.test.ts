import { describe, expect, it } from 'vitest';
import { chosen, NO_FILTERS, queryOf, readFilters, writeFilters } from './filters';

describe('filters', () => {
  it('come back from the address as they were put there', () => {
    const filters = {
      ...NO_FILTERS,
      statuses: ['failed', 'crashed'] as const,
      workflow: 'w1',
      mode: 'webhook',
      range: 'week' as const,
      q: 'mail & more',
    };
    const address = writeFilters(filters).toString();
    expect(readFilters(new URLSearchParams(address))).toEqual(filters);
    expect(chosen(filters)).toBe(6);
  });

  it('leave out what makes no sense', () => {
    const found = readFilters(
      new URLSearchParams('status=broken&status=failed&range=aeon&from=yesterday&to=2026-13-40'),
    );
    expect(found).toEqual({ ...NO_FILTERS, statuses: ['failed'] });
    expect(writeFilters(NO_FILTERS).toString()).toBe('');
  });

  it('ask the server for a range that ends now', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    const query = queryOf({ ...NO_FILTERS, range: 'day', to: '2020-01-01' }, now);
    expect(query).toMatchObject({ from: '2026-03-09T12:00:00.000Z', to: undefined, status: undefined });
  });

  it('ask for whole days, the last one included', () => {
    const query = queryOf({ ...NO_FILTERS, from: '2026-03-01', to: '2026-03-01' }, 0);
    expect(query.from).toBe(new Date('2026-03-01T00:00:00').toISOString());
    expect(query.to).toBe(new Date('2026-03-02T00:00:00').toISOString());
  });
});
