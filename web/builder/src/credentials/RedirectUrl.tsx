import { useQuery } from '@tanstack/react-query';
import { Copy } from 'lucide-react';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { IconButton } from '@/ui/Button';
import { Field, Input } from '@/ui/Field';
import { toast } from '@/ui/Toast';

/** What the service has to know of us before anybody can sign in there. */
export function RedirectUrl() {
  const found = useQuery({
    queryKey: ['redirect-uri'],
    queryFn: () => take(client.GET('/api/credentials/redirect-uri')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const url = found.data?.redirect_uri ?? '';
  const copy = async () => {
    await navigator.clipboard.writeText(url);
    toast(t('common.copied'), 'ok');
  };
  return (
    <Field label={t('credentials.redirect_url')} help={t('credentials.redirect_url_help')}>
      {(ids) => (
        <div className="np-picker">
          <Input {...ids} className="mono" readOnly value={url} onFocus={({ target }) => target.select()} />
          {/* Browsers give the clipboard to safe origins alone; elsewhere the address is chosen on focus. */}
          {window.isSecureContext && <IconButton icon={Copy} label={t('common.copy')} onClick={() => void copy()} />}
        </div>
      )}
    </Field>
  );
}
