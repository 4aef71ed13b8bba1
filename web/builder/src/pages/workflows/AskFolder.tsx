import { useQuery } from '@tanstack/react-query';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { AskText } from './Ask';

interface AskFolderProps {
  value: string;
  onClose: () => void;
  onDone: (folder: string) => void;
}

/** Asks for a folder; those that are there are offered. */
export function AskFolder(props: AskFolderProps) {
  const folders = useQuery({
    queryKey: ['workflows', 'folders'],
    queryFn: () => take(client.GET('/api/workflows/folders')),
  });
  return (
    <AskText
      {...props}
      optional
      title={t('pages.move')}
      label={t('pages.folder')}
      help={t('pages.folder_help')}
      offered={folders.data?.data.map(({ path }) => path)}
    />
  );
}
