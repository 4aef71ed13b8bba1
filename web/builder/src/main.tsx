import '@fontsource-variable/inter';
import './styles/tokens.css';
import './styles/base.css';
import './styles/ui.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { need } from './lib/i18n';

async function start(): Promise<void> {
  await need();
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

// Menus and dialogs are not needed for what is seen first; when there is time, they come before anybody asks.
function prepare(): void {
  void import('./ui/MenuBody');
  void import('./ui/DialogBody');
  void import('./ui/PopoverBody');
}

void start().then(() => (window.requestIdleCallback ?? setTimeout)(prepare));
