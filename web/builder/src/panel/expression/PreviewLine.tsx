import { ChevronLeft, ChevronRight, CircleAlert } from 'lucide-react';
import { t } from '@/lib/i18n';
import { IconButton } from '@/ui/Button';
import type { Preview } from '../data/server';
import { type PreviewState, useSample } from './usePreview';

interface PreviewLineProps {
  id: string;
  state: PreviewState;
  /** What the server said when it checked the saved draft. */
  issue?: string;
  /** All of the value, not one line of it. */
  large?: boolean;
}

/** What the expression gives: its value and type, which item was looked at, or why there is none. */
export function PreviewLine({ id, state, issue, large = false }: PreviewLineProps) {
  const { result, pending, problem } = state;
  const error = result?.error?.message ?? problem ?? undefined;
  const waiting = result?.source === 'none' && result.error?.missing === true;
  return (
    <div
      className={`np-preview ${large ? 'large' : ''}`}
      id={id}
      data-pending={pending || undefined}
      aria-live="polite"
    >
      {waiting ? (
        <span className="np-preview-none">{t('panel.preview_no_data')}</span>
      ) : error !== undefined ? (
        <span className="np-preview-error">
          <CircleAlert size={14} strokeWidth={1.75} aria-hidden="true" />
          <span>
            {error}
            {result?.error?.hint && <span className="np-preview-hint"> {result.error.hint}</span>}
          </span>
        </span>
      ) : result ? (
        <>
          <span className="np-preview-type">{t(`panel.value_${result.type}`)}</span>
          {result.type !== 'null' && <span className="np-preview-value">{shown(result, large)}</span>}
        </>
      ) : (
        <span className="np-preview-none">{issue ?? t('panel.preview_pending')}</span>
      )}
      {result && result.items > 1 && <ItemPager items={result.items} item={result.item} />}
    </div>
  );
}

function shown(result: Preview, large: boolean): string {
  if (large && result.type !== 'text') return JSON.stringify(result.value, null, 2);
  if (result.type === 'text') return result.text === '' ? t('panel.empty_text') : result.text;
  return JSON.stringify(result.value);
}

/** Which of the input items is looked at. */
export function ItemPager({ items, item }: { items: number; item: number }) {
  return (
    <span className="np-pager">
      <IconButton
        icon={ChevronLeft}
        size="small"
        label={t('panel.previous_item')}
        disabled={item === 0}
        onClick={() => useSample.setState({ item: item - 1 })}
      />
      <span className="numbers">{t('panel.item_m_of_n', { m: item + 1, n: items })}</span>
      <IconButton
        icon={ChevronRight}
        size="small"
        label={t('panel.next_item')}
        disabled={item >= items - 1}
        onClick={() => useSample.setState({ item: item + 1 })}
      />
    </span>
  );
}
