import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Fragment, useEffect } from 'react';
import { BrowserRouter } from 'react-router';
import { listen } from './actions/registry';
import { base, Problem } from './lib/api';
import { useLanguage } from './lib/i18n';
import { Pages } from './routes';
import { TipLayer } from './ui/TipLayer';
import { Toasts } from './ui/Toast';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refuses, it refuses again; a server that cannot be reached may come back.
      retry: (count, error) => count < 2 && (!(error instanceof Problem) || error.offline || error.status >= 500),
    },
  },
});

export function App() {
  const language = useLanguage((state) => state.language);
  useEffect(listen, []);
  return (
    <QueryClientProvider client={queries}>
      <BrowserRouter basename={base}>
        <Fragment key={language}>
          <Pages />
          <Toasts />
          <TipLayer />
        </Fragment>
      </BrowserRouter>
    </QueryClientProvider>
  );
}
