import { expect, it } from 'vitest';
import { deviceName } from './device';

it('names devices as people do', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
  expect(deviceName(chrome)).toBe('Chrome · Linux');
  expect(deviceName(`${chrome} Edg/156.0`)).toBe('Edge · Linux');
  expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1')).toBe(
    'Safari · iPhone',
  );
  expect(deviceName('curl/8.9.1')).toBe('curl 8.9.1');
  expect(deviceName('')).toBe('');
});
