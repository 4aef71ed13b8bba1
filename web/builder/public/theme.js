// Runs before the first paint, so that nobody sees a flash of the other theme.
(() => {
  const chosen = localStorage.getItem('a8n.theme');
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.lang =
    localStorage.getItem('a8n.language') ?? (navigator.language.startsWith('de') ? 'de' : 'en');
})();
