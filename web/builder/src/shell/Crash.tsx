import { Copy, RotateCw } from 'lucide-react';
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { toast } from '@/ui/Toast';

interface CrashProps {
  /** At another place all begins anew: a page that broke does not take the next one with it. */
  place: string;
  children: ReactNode;
}

interface CrashState {
  error: Error | null;
  where: string;
  place: string;
}

/** What is shown where a page breaks: the rest goes on working, and the details can be copied for a report. */
export class Crash extends Component<CrashProps, CrashState> {
  override state: CrashState = { error: null, where: '', place: this.props.place };

  static getDerivedStateFromError(error: Error): Partial<CrashState> {
    return { error };
  }

  static getDerivedStateFromProps({ place }: CrashProps, state: CrashState): Partial<CrashState> | null {
    return place === state.place ? null : { error: null, where: '', place };
  }

  override componentDidCatch(_: Error, info: ErrorInfo): void {
    this.setState({ where: info.componentStack ?? '' });
  }

  override render(): ReactNode {
    const { error, where } = this.state;
    if (!error) return this.props.children;
    const details = [error.stack ?? error.message, where.trim(), location.href, navigator.userAgent].join('\n\n');
    return (
      <main className="crash" role="alert">
        <h1 tabIndex={-1}>{t('shell.crashed')}</h1>
        <p className="muted">{t('shell.crashed_text')}</p>
        <div className="crash-actions">
          <Button look="primary" icon={RotateCw} onClick={() => location.reload()}>
            {t('shell.reload')}
          </Button>
          <Button
            icon={Copy}
            onClick={() => void navigator.clipboard.writeText(details).then(() => toast(t('common.copied'), 'ok'))}
          >
            {t('shell.copy_details')}
          </Button>
        </div>
        <pre className="crash-details">{details}</pre>
      </main>
    );
  }
}
