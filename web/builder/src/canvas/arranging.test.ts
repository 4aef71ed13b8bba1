import { describe, expect, it } from 'vitest';
import { type Arrangement, arranged } from './arranging';

const BOXES = [
  { id: 'a', x: 0, y: 0, width: 200, height: 64 },
  { id: 'b', x: 400, y: 104, width: 200, height: 88 },
  { id: 'c', x: 104, y: 400, width: 200, height: 64 },
];
const along = (way: Arrangement, axis: 0 | 1) => {
  const places = arranged(BOXES, way);
  return BOXES.map(({ id }) => places[id]?.[axis]);
};

describe('arranging', () => {
  it('lines up edges and centres', () => {
    expect(along('left', 0)).toEqual([0, 0, 0]);
    expect(along('right', 0)).toEqual([400, 400, 400]);
    expect(along('centre', 0)).toEqual([200, 200, 200]);
    expect(along('top', 1)).toEqual([0, 0, 0]);
    expect(along('bottom', 1)).toEqual([400, 376, 400]);
    expect(along('middle', 1)).toEqual([200, 192, 200]);
  });

  it('leaves the other direction alone', () => {
    expect(along('left', 1)).toEqual([0, 104, 400]);
    expect(along('top', 0)).toEqual([0, 400, 104]);
  });

  it('spreads evenly between the outermost', () => {
    expect(along('columns', 0)).toEqual([0, 400, 200]);
    expect(along('rows', 1)).toEqual([0, 200, 400]);
  });

  it('does nothing to one alone', () => {
    expect(arranged(BOXES.slice(0, 1), 'left')).toEqual({});
  });
});
