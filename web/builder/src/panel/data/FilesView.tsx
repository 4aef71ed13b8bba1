import { useQuery } from '@tanstack/react-query';
import { Download, File, FileText } from 'lucide-react';
import { request, url } from '@/lib/api';
import { t } from '@/lib/i18n';
import type { DataItem, FileRef } from './server';

const TEXT = /^(text\/|application\/(json|xml|x-yaml|javascript))/;
const SHOWN = 20_000;
const BIGGEST = 2_000_000;

/** The files of the items: pictures and texts are shown, all can be downloaded. */
export function FilesView({ items, execution }: { items: readonly DataItem[]; execution: string | null }) {
  const files = items.flatMap((item) =>
    Object.entries(item.files).map(([name, file]) => ({ key: `${item.index} ${name}`, item: item.index, name, file })),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <ul className="np-data-scroll np-files" tabIndex={0} aria-label={t('panel.view_files')}>
      {files.map(({ key, item, name, file }) => (
        <li key={key} className="np-file">
          <div className="np-file-head">
            <File size={16} strokeWidth={1.75} aria-hidden="true" />
            <span className="truncate">
              {file.name ?? name} <span className="meta">{t('panel.item_n', { n: item + 1 })}</span>
            </span>
            <span className="meta numbers">{sized(file.size ?? 0)}</span>
            {execution && file.hash && (
              <a className="button quiet small" href={address(execution, file.hash)} download={file.name ?? name}>
                <Download size={16} strokeWidth={1.75} aria-hidden="true" />
                {t('panel.download')}
              </a>
            )}
          </div>
          {execution && file.hash && <Shown execution={execution} hash={file.hash} file={file} />}
        </li>
      ))}
    </ul>
  );
}

function address(execution: string, hash: string): string {
  return url(`api/executions/${encodeURIComponent(execution)}/files/${encodeURIComponent(hash)}`);
}

function Shown({ execution, hash, file }: { execution: string; hash: string; file: FileRef }) {
  const type = file.media_type ?? '';
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(type))
    return <img className="np-file-image" src={address(execution, hash)} alt={file.name ?? ''} loading="lazy" />;
  if (TEXT.test(type) && (file.size ?? 0) < BIGGEST) return <TextFile address={address(execution, hash)} />;
  return (
    <p className="meta np-file-none">
      <FileText size={14} aria-hidden="true" /> {type || t('panel.no_preview')}
    </p>
  );
}

function TextFile({ address: place }: { address: string }) {
  const text = useQuery({
    queryKey: ['file', place],
    queryFn: async ({ signal }) =>
      (await (await request(new Request(new URL(place, location.origin), { signal }))).text()).slice(0, SHOWN),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return text.data === undefined ? null : <pre className="np-file-text">{text.data}</pre>;
}

function sized(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
