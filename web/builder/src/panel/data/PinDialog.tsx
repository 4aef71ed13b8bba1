import { Suspense, useMemo, useState } from 'react';
import type { Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { isBag } from '../form/schema';
import { pinItems } from './pinning';

const JsonText = later(() => import('./JsonText'));

interface PinDialogProps {
  node: string;
  ports: Record<string, Json[]>;
  onClose: () => void;
}

/** Edit what a node is to give in test runs. */
export function PinDialog({ node, ports, onClose }: PinDialogProps) {
  const names = Object.keys(ports);
  const single = names.length <= 1 ? (names[0] ?? 'main') : null;
  const [text, setText] = useState(() => JSON.stringify(single ? (ports[single] ?? [{}]) : ports, null, 2));
  const read = useMemo(() => parsed(text, single), [text, single]);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('panel.edit_output')}
      description={t('panel.edit_output_text')}
      size="large"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            disabled={typeof read === 'string'}
            onClick={() => {
              if (typeof read !== 'string' && pinItems(node, read)) onClose();
            }}
          >
            {t('panel.pin')}
          </Button>
        </>
      }
    >
      <div className="np-code np-tall">
        <Suspense fallback={<div className="np-code-wait" />}>
          <JsonText value={text} onChange={setText} label={t('panel.edit_output')} />
        </Suspense>
      </div>
      <p className="field-error" role="status">
        {typeof read === 'string' ? read : ''}
      </p>
    </Dialog>
  );
}

/** The ports that a text stands for, or why it stands for none. */
export function parsed(text: string, single: string | null): Record<string, Json[]> | string {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return t('panel.not_json', { reason: error instanceof Error ? error.message : String(error) });
  }
  const ports: Json = single ? { [single]: isBag(value) ? [value] : value } : value;
  if (!isBag(ports)) return t('panel.pin_ports');
  const found: Record<string, Json[]> = {};
  for (const [port, items] of Object.entries(ports)) {
    if (!Array.isArray(items) || !items.every(isBag)) return t('panel.pin_items');
    found[port] = items;
  }
  return found;
}
