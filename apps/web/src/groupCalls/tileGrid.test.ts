import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitTiles, pagesOf, tileGap, tilesOnPage } from './tileGrid.ts';

const desktop = { width: 1264, height: 640 };
const phone = { width: 374, height: 620 };

describe('the grid of tiles', () => {
  it('holds nine on a desktop, six on a phone, four on a low one', () => {
    expect(tilesOnPage(desktop, false)).toBe(9);
    expect(tilesOnPage(phone, true)).toBe(6);
    expect(tilesOnPage({ width: 740, height: 300 }, true)).toBe(4);
  });

  it('lies beside each other on a desktop and below each other on a phone', () => {
    expect(fitTiles(2, desktop)).toMatchObject({ columns: 2, rows: 1 });
    expect(fitTiles(2, phone)).toMatchObject({ columns: 1, rows: 2 });
    expect(fitTiles(9, desktop)).toMatchObject({ columns: 3, rows: 3 });
    expect(fitTiles(6, phone)).toMatchObject({ columns: 2, rows: 3 });
  });

  it('never leaves the area, and no tile is too narrow or too wide', () => {
    const side = fc.integer({ min: 200, max: 2400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), side, side, (count, width, height) => {
        const grid = fitTiles(count, { width, height });
        expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(count);
        expect(grid.columns * grid.width + (grid.columns - 1) * tileGap).toBeLessThanOrEqual(width);
        expect(grid.rows * grid.height + (grid.rows - 1) * tileGap).toBeLessThanOrEqual(height);
        expect(grid.width / grid.height).toBeGreaterThan(0.7);
        expect(grid.width / grid.height).toBeLessThan(1.9);
      }),
    );
  });

  it('is paged, the last page as it comes', () => {
    expect(pagesOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(pagesOf([], 9)).toEqual([[]]);
  });
});
