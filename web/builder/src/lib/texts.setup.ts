// Tests see the English texts of all pages, as if each had been visited.
import { need } from './i18n';

const areas = Object.keys(import.meta.glob('../locales/en/*.json')).map((path) =>
  path.slice(path.lastIndexOf('/') + 1, -5),
);
await need(...areas);
