/** Rows of data that tell where they came from, by the pointer and by the focus alike. */
import { useQuery } from '@tanstack/react-query';
import { type FocusEvent, type PointerEvent, useEffect, useMemo } from 'react';
import { client, take } from '@/lib/api';
import { isOn, kin, type Lineage, type Shelf, trace, useTrace } from './lineage';

/** The lineage of the item that is looked at; asked for once, for what was recorded stays so. */
function useFound(): Lineage | undefined {
  const at = useTrace((state) => state.at);
  const found = useQuery({
    queryKey: ['lineage', at],
    queryFn: ({ signal }) => {
      const { execution: id = '', ...query } = at ?? { node: '', item: 0 };
      return take(client.GET('/api/executions/{id}/lineage', { params: { path: { id }, query }, signal }));
    },
    enabled: at !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return at ? found.data : undefined;
}

function itemOf(target: EventTarget | null): number | null {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-item]') : null;
  return row ? Number(row.dataset.item) : null;
}

export interface Traced {
  /** The items that belong to the one that is looked at elsewhere. */
  marked: readonly number[];
  /** Of the item that is looked at here. */
  lineage: Lineage | undefined;
  item: number | null;
  handlers: {
    onPointerOver: (event: PointerEvent) => void;
    onPointerLeave: (event: PointerEvent) => void;
    onFocus: (event: FocusEvent) => void;
    onBlur: (event: FocusEvent) => void;
  };
}

/** What a pane shows of lineage. `shelf`: where its items were recorded. */
export function useLineage(shelf: Shelf | null): Traced {
  const at = useTrace((state) => state.at);
  const found = useFound();
  const here = at !== null && shelf !== null && isOn(at, shelf);
  const key = JSON.stringify(shelf);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` is what is in the shelf
  const marked = useMemo(() => (at && found && shelf ? kin(at, found, shelf) : []), [at, found, key]);
  useEffect(() => () => trace(null), []);
  const look = (target: EventTarget | null) => {
    const item = itemOf(target);
    trace(shelf && item !== null ? { ...shelf, item } : null);
  };
  return {
    marked,
    lineage: here ? found : undefined,
    item: here ? at.item : null,
    handlers: {
      onPointerOver: ({ target }) => look(target),
      // What has the focus is still looked at.
      onPointerLeave: ({ currentTarget }) => {
        const focus = document.activeElement;
        look(currentTarget.contains(focus) ? focus : null);
      },
      onFocus: ({ target }) => look(target),
      onBlur: ({ relatedTarget, currentTarget }) => {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) trace(null);
      },
    },
  };
}
