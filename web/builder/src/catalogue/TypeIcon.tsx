import { useQuery } from '@tanstack/react-query';
import { Plug, Zap } from 'lucide-react';
import { request, url } from '@/lib/api';
import { GLYPHS } from './glyphs';

interface Pictured {
  key: string;
  icon: string;
  plugin: string;
}

/** Where the picture of a type is that has no glyph: its own SVG file, or else its plugin's, which is `icon.svg`. */
function address({ key, icon, plugin }: Pictured): string {
  return icon.endsWith('.svg') && icon !== 'icon.svg'
    ? `api/node-types/${encodeURIComponent(key)}/icon.svg`
    : `api/plugins/${encodeURIComponent(plugin)}/icon.svg`;
}

/** A drawing in `currentColor` takes the colour of its place; a brand's picture keeps its own. */
async function isDrawing(src: string): Promise<boolean> {
  const text = await (await request(new Request(src))).text();
  return text.includes('currentColor');
}

interface TypeIconProps {
  /** A node type or credential kind; undefined where no plugin has it. */
  type: Pictured | undefined;
  size?: number;
}

/** The icon of a node type or credential kind. Decoration: its name stands beside it. */
export function TypeIcon({ type, size = 20 }: TypeIconProps) {
  if (!type) return <Plug size={size} strokeWidth={1.75} aria-hidden="true" />;
  const Glyph = GLYPHS[type.icon];
  if (Glyph) return <Glyph size={size} strokeWidth={1.75} aria-hidden="true" />;
  return <Picture src={new URL(url(address(type)), location.href).href} size={size} />;
}

function Picture({ src, size }: { src: string; size: number }) {
  const drawing = useQuery({
    queryKey: ['picture', src],
    queryFn: () => isDrawing(src),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (drawing.isError) return <Zap size={size} strokeWidth={1.75} aria-hidden="true" />;
  const mask = `url("${src}") center / contain no-repeat`;
  if (drawing.data) return <span className="type-drawing" style={{ width: size, height: size, mask }} />;
  return <img src={src} width={size} height={size} alt="" />;
}
