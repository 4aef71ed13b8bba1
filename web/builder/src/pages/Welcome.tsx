import '../styles/pages.css';
import type { ReactNode } from 'react';
import { LANGUAGES, type Language, t, useLanguage } from '@/lib/i18n';
import { useTitle } from '@/shell/Page';
import { Logo } from '@/shell/Shell';

interface WelcomeProps {
  title: string;
  text: string;
  children?: ReactNode;
}

/** The frame of the pages before one is signed in. */
export function Welcome({ title, text, children }: WelcomeProps) {
  const { language, choose } = useLanguage();
  useTitle(title);
  const languages = Object.entries(LANGUAGES) as [Language, string][];
  return (
    <div className="welcome">
      <svg className="welcome-art" viewBox="0 0 1200 400" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        <path d="M-20 300 C 180 300 160 90 360 90 S 560 260 720 260 S 940 120 1220 120" />
        <path d="M-20 340 C 240 340 220 200 430 200 S 700 330 860 330 S 1040 230 1220 230" />
        <circle cx="360" cy="90" r="7" />
        <circle cx="720" cy="260" r="7" />
        <circle cx="430" cy="200" r="7" />
        <circle cx="860" cy="330" r="7" />
      </svg>
      <main className="welcome-card">
        <Logo size={40} />
        <h1>{title}</h1>
        <p className="muted">{text}</p>
        {children}
      </main>
      <nav className="welcome-foot" aria-label={t('shell.language')}>
        {languages.map(([key, name]) => (
          <button
            key={key}
            type="button"
            lang={key}
            className="text-button"
            aria-pressed={key === language}
            onClick={() => void choose(key)}
          >
            {name}
          </button>
        ))}
      </nav>
    </div>
  );
}
