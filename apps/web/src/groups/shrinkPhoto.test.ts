import { describe, expect, it } from 'vitest';
import { clampFrame, resizeFrame } from './shrinkPhoto.ts';

describe('the frame of a photo', () => {
  it('stays inside the picture', () => {
    expect(clampFrame({ x: -40, y: 900, side: 100 }, 400, 300)).toEqual({ x: 0, y: 200, side: 100 });
    expect(clampFrame({ x: 10, y: 10, side: 9000 }, 400, 300)).toEqual({ x: 10, y: 0, side: 300 });
    expect(clampFrame({ x: 0, y: 0, side: 1 }, 10, 8)).toEqual({ x: 0, y: 0, side: 8 });
  });

  it('grows and shrinks around its middle', () => {
    expect(resizeFrame({ x: 100, y: 100, side: 100 }, 50, 400, 300)).toEqual({ x: 125, y: 125, side: 50 });
    expect(resizeFrame({ x: 0, y: 0, side: 100 }, 200, 400, 300)).toEqual({ x: 0, y: 0, side: 200 });
  });
});
