import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, Copy, ExternalLink, Radio, Square } from 'lucide-react';
import { Link } from 'react-router';
import { useNodeType } from '@/catalogue/types';
import type { Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { client, take, url } from '@/lib/api';
import { t } from '@/lib/i18n';
import { ago } from '@/lib/time';
import { listen, stopListening } from '@/run/actions';
import { useRun } from '@/run/store';
import { Button, IconButton } from '@/ui/Button';
import { toast } from '@/ui/Toast';
import { Captures } from './Captures';
import { useLastStart, useWebhooks } from './queries';

/** The URL of a webhook: whether it is live, a call to try, and what came while somebody listened. */
export function WebhookSection({ node }: { node: Node }) {
  const filing = useDocument((state) => state.filing);
  const readOnly = useDocument((state) => state.readOnly);
  const listening = useRun((run) => run.listeningUntil !== null);
  const hooks = useWebhooks(node.id);
  const since = useLiveSince();
  const last = useLastStart(node.id);
  const path = typeof node.params.path === 'string' ? node.params.path.replace(/^\/+/, '') : '';
  const methods = Array.isArray(node.params.methods) ? node.params.methods.map(String) : ['POST'];
  const place = useNodeType(node.type)?.place || 'webhook';
  const page = place !== 'webhook';
  const drafted = new URL(url(`${place}/${path}`), location.origin).href;
  const address = hooks.find((hook) => hook.path.replace(/^\/+/, '') === path)?.url ?? drafted;
  const changed =
    filing?.active === true && hooks.length > 0 && !hooks.some((hook) => hook.path.replace(/^\/+/, '') === path);
  const curl = snippet(methods[0] ?? 'POST', address);
  return (
    <section className="np-trigger" aria-label={t(page ? 'panel.page' : 'panel.webhook')}>
      {path !== '' && (
        <div className="np-address">
          {!page &&
            methods.map((method) => (
              <span key={method} className="chip accent">
                {method}
              </span>
            ))}
          <code className="np-address-url">{address}</code>
          {page && (
            <IconButton
              icon={ExternalLink}
              size="small"
              label={t('panel.open_page')}
              onClick={() => window.open(address, '_blank', 'noopener')}
            />
          )}
          <IconButton icon={Copy} size="small" label={t('panel.copy_url')} onClick={() => copy(address)} />
        </div>
      )}
      {filing?.active && !changed && hooks.length > 0 ? (
        <p className="np-trigger-state ok">
          <CircleCheck size={16} strokeWidth={1.75} aria-hidden="true" />
          <span>
            {since ? t('panel.live_since', { when: ago(since) }) : t('panel.live')}{' '}
            {last ? (
              <Link to={`/workflow/${last.workflow}/runs/${last.id}`}>
                {t('panel.last_call', { when: ago(last.created_at) })}
              </Link>
            ) : (
              t('panel.no_call')
            )}
          </span>
        </p>
      ) : (
        <p className="np-trigger-state">
          <CircleDashed size={16} strokeWidth={1.75} aria-hidden="true" />
          <span>{changed ? t('panel.live_elsewhere', { path: hooks[0]?.path ?? '' }) : t('panel.not_live_url')}</span>
        </p>
      )}
      {!readOnly && path !== '' && (
        <div className="np-listen">
          {listening ? (
            <>
              <span className="np-pulse" aria-hidden="true" />
              <span role="status">{t('panel.listening')}</span>
              <Button size="small" icon={Square} onClick={() => void stopListening()}>
                {t('panel.stop_listening')}
              </Button>
            </>
          ) : (
            <Button size="small" icon={Radio} onClick={() => void listen()}>
              {t('panel.listen')}
            </Button>
          )}
          {!page && (
            <Button size="small" look="quiet" icon={Copy} onClick={() => copy(curl)}>
              {t('panel.copy_curl')}
            </Button>
          )}
        </div>
      )}
      <Captures node={node} />
    </section>
  );
}

/** When the published version went live. */
function useLiveSince(): string | null {
  const filing = useDocument((state) => state.filing);
  const versions = useQuery({
    queryKey: ['live-version', filing?.id, filing?.version],
    enabled: filing?.active === true && filing.version !== null,
    queryFn: () => take(client.GET('/api/workflows/{id}/versions', { params: { path: { id: filing?.id ?? '' } } })),
  });
  const live = versions.data?.data.find((version) => version.version === filing?.version);
  return live?.created_at ?? null;
}

function copy(text: string): void {
  void navigator.clipboard.writeText(text).then(() => toast(t('common.copied'), 'ok'));
}

function snippet(method: string, address: string): string {
  const quoted = `'${address.replaceAll("'", "'\\''")}'`;
  if (method === 'GET' || method === 'HEAD') return `curl ${method === 'HEAD' ? '-I ' : ''}${quoted}`;
  return `curl -X ${method} ${quoted} -H 'Content-Type: application/json' -d '{"hello": "world"}'`;
}
