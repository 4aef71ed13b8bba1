import { Copy, Ellipsis, FileCode, FileJson, Keyboard, PinOff, Settings, Trash2 } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useNavigate } from 'react-router';
import { useActions } from '@/actions/registry';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Button, IconButton } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Menu } from '@/ui/Menu';
import { useView } from './view';
import { deleteWorkflow, duplicateWorkflow, exportWorkflow, unpinAll } from './workflow';

const SettingsSheet = later(() => import('./SettingsSheet'));

const ACTIONS = [
  {
    id: 'unpin_all',
    title: 'editor.unpin_all',
    group: 'document',
    when: () => !useDocument.getState().readOnly && Object.keys(useDocument.getState().doc.pins).length > 0,
    run: unpinAll,
  },
];

/** Everything else that can be done with the workflow. */
export function WorkflowMenu() {
  const navigate = useNavigate();
  const overlay = useView((state) => state.overlay);
  const pinned = useDocument((state) => !state.readOnly && Object.keys(state.doc.pins).length > 0);
  useActions(ACTIONS);
  const [asking, setAsking] = useState(false);
  const show = useView.getState().show;
  async function duplicate() {
    const id = await duplicateWorkflow();
    if (id) navigate(`/workflow/${id}`);
  }
  return (
    <>
      <Menu
        align="end"
        label={t('editor.more')}
        items={[
          [
            { label: t('editor.settings'), icon: Settings, onSelect: () => show('settings') },
            { label: t('editor.duplicate'), icon: Copy, onSelect: () => void duplicate() },
            { label: t('editor.unpin_all'), icon: PinOff, disabled: !pinned, onSelect: unpinAll },
          ],
          [
            { label: t('editor.export_json'), icon: FileJson, onSelect: () => void exportWorkflow('json') },
            { label: t('editor.export_yaml'), icon: FileCode, onSelect: () => void exportWorkflow('yaml') },
          ],
          [{ label: t('editor.keys'), icon: Keyboard, keys: '?', onSelect: () => show('keys') }],
          [{ label: t('editor.delete'), icon: Trash2, danger: true, onSelect: () => setAsking(true) }],
        ]}
      >
        <IconButton icon={Ellipsis} label={t('editor.more')} />
      </Menu>
      <Suspense>{overlay === 'settings' && <SettingsSheet onClose={() => show(null)} />}</Suspense>
      {asking && <DeleteDialog onClose={() => setAsking(false)} />}
    </>
  );
}

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { filing, doc } = useDocument();
  async function confirm() {
    if (filing && (await deleteWorkflow(filing.id))) {
      // What is gone must not be saved again on leaving.
      useDocument.setState({ filing: null });
      navigate('/workflows');
    }
  }
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('editor.delete_title', { name: doc.name })}
      description={t('editor.delete_text')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="danger" onClick={() => void confirm()}>
            {t('editor.delete')}
          </Button>
        </>
      }
    >
      {filing?.active && <p className="field-error">{t('editor.delete_live')}</p>}
    </Dialog>
  );
}
