import { ChevronDown, CircleCheck, CloudUpload, Power, RotateCcw } from 'lucide-react';
import { Suspense } from 'react';
import { useActions } from '@/actions/registry';
import { useDocument } from '@/doc/store';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Button, IconButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { toast } from '@/ui/Toast';
import { Tip } from '@/ui/Tooltip';
import { told } from '@/ui/telling';
import { usePublished } from './published';
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
  const published = usePublished();
  if (!filing || readOnly) return null;
  const look = published === 'yes' ? 'default' : 'primary';
  const show = () => useView.getState().show('publish');
  return (
    <div className="split-button">
      <Tip text={t(`editor.published_${published}`, { version: filing.version ?? 0 })}>
        <Button
          look={look}
          icon={published === 'yes' ? CircleCheck : CloudUpload}
          className={`publish-button ${published}`}
          onClick={show}
        >
          {published === 'yes' ? t('editor.live') : t('editor.publish')}
        </Button>
      </Tip>
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
        <IconButton look={look} icon={ChevronDown} label={t('editor.publish_more')} />
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
