import { type ReactNode, useEffect } from 'react';

/** The title of the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · a8n` : 'a8n';
  }, [title]);
}

interface PageProps {
  title: string;
  /** Shown in place of the title, such as a breadcrumb. */
  heading?: ReactNode;
  /** Buttons at the right of the heading. */
  actions?: ReactNode;
  /** Below the heading: tabs, filters. */
  bar?: ReactNode;
  children: ReactNode;
}

/** The frame of a page that is a list or a form: heading, actions, body. */
export function Page({ title, heading, actions, bar, children }: PageProps) {
  useTitle(title);
  return (
    <main className="page-sheet">
      <header className="sheet-head">
        <h1 tabIndex={-1}>{heading || title}</h1>
        {actions && <div className="sheet-actions">{actions}</div>}
      </header>
      {bar}
      {children}
    </main>
  );
}
