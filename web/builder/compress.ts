import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** What gains by it: fonts are compressed already. */
const TEXT = /\.(css|js|svg)$/;
/** Bytes below which a smaller answer is no fewer packets. */
const SMALL = 1_000;

/** Leaves `.br` and `.gz` beside each file of text, at full effort, so that the server compresses nothing. */
export function compress(): Plugin {
  return {
    name: 'a8n-compress',
    apply: 'build',
    async writeBundle(options, bundle) {
      const folder = options.dir ?? '.';
      const names = Object.keys(bundle).filter((name) => TEXT.test(name));
      await Promise.all(names.map((name) => packed(join(folder, name))));
    },
  };
}

async function packed(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < SMALL) return;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  await Promise.all([
    promisify(brotliCompress)(content, { params }).then((made) => writeFile(`${path}.br`, made)),
    promisify(gzip)(content, { level: 9 }).then((made) => writeFile(`${path}.gz`, made)),
  ]);
}
