import { ChevronDown, CloudUpload, Power, RotateCcw } from 'lucide-react';
import { Suspense } from 'react';
import { useActions } from '@/actions/registry';
import { useDocument } from '@/doc/store';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Button, IconButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { toast } from '@/ui/Toast';
import { told } from '@/ui/telling';
import { useView } from './view';
import { discardChanges, noted } from './workflow';

const PublishDialog = later(() => import('./PublishDialog'));

const ACTIONS = [
  {
    id: 'publish',
    title: 'editor.publish',
    group: 'document',
    keys: ['mod+shift+p'],
    inFields: true,
    run: () => useView.getState().show('publish'),
  },
];

/** Publish, and what else concerns what is live. */
export function PublishButton() {
  useActions(ACTIONS);
  const filing = useDocument((state) => state.filing);
  const readOnly = useDocument((state) => state.readOnly);
  const open = useView((state) => state.overlay === 'publish');
  if (!filing || readOnly) return null;
  const show = () => useView.getState().show('publish');
  return (
    <div className="split-button">
      <Button look="primary" icon={CloudUpload} onClick={show}>
        {filing.active ? t('editor.publish_again') : t('editor.publish')}
      </Button>
      <Menu
        align="end"
        label={t('editor.publish_more')}
        items={[
          [
            {
              label: t('editor.unpublish'),
              icon: Power,
              disabled: !filing.active,
              onSelect: () => void unpublish(filing.id),
            },
          ],
          [
            {
              label: t('editor.discard'),
              icon: RotateCcw,
              disabled: filing.version === null,
              onSelect: () => void discardChanges(),
            },
          ],
        ]}
      >
        <IconButton look="primary" icon={ChevronDown} label={t('editor.publish_more')} />
      </Menu>
      <Suspense>
        {open && (
          <PublishDialog id={filing.id} version={filing.version} onClose={() => useView.getState().show(null)} />
        )}
      </Suspense>
    </div>
  );
}

async function unpublish(id: string): Promise<void> {
  await told(async () => {
    noted(await take(client.POST('/api/workflows/{id}/deactivate', { params: { path: { id } } })));
    toast(t('editor.unpublished'), 'ok');
  });
}
