import { Component, type ErrorInfo, type ReactNode } from 'react';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Empty } from '@/ui/Empty';

interface CrashState {
  error: Error | null;
  where: string;
}

/** What is shown where a page breaks: the rest goes on working, and the details can be copied for a report. */
export class Crash extends Component<{ children: ReactNode }, CrashState> {
  override state: CrashState = { error: null, where: '' };

  static getDerivedStateFromError(error: Error): Partial<CrashState> {
    return { error };
  }

  override componentDidCatch(_: Error, info: ErrorInfo): void {
    this.setState({ where: info.componentStack ?? '' });
  }

  override render(): ReactNode {
    const { error, where } = this.state;
    if (!error) return this.props.children;
    const details = `${error.stack ?? error.message}\n${where}`;
    return (
      <Empty
        title={t('shell.crashed')}
        actions={
          <>
            <Button look="primary" onClick={() => location.reload()}>
              {t('shell.reload')}
            </Button>
            <Button onClick={() => void navigator.clipboard.writeText(details)}>{t('shell.copy_details')}</Button>
          </>
        }
      >
        {t('shell.crashed_text', { message: error.message })}
      </Empty>
    );
  }
}
