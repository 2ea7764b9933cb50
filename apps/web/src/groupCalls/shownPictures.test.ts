import { describe, expect, it } from 'vitest';
import { wantedOf } from './shownPictures.ts';

const tile = { joinId: 'a', source: 'camera', isVisible: true, widthPx: 320 } as const;

describe('what is on the screen', () => {
  it('is wanted once, as large as it is shown, in pixels of the device', () => {
    const wanted = wantedOf(
      [
        tile,
        { ...tile, widthPx: 960 },
        { ...tile, joinId: 'b', widthPx: 200.4 },
        { ...tile, source: 'screen', widthPx: 1200 },
      ],
      2,
    );
    expect(wanted).toEqual([
      { joinId: 'a', source: 'screen', widthPx: 2400 },
      { joinId: 'a', source: 'camera', widthPx: 1920 },
      { joinId: 'b', source: 'camera', widthPx: 401 },
    ]);
  });

  it('is nothing of what is out of sight or has no size', () => {
    expect(
      wantedOf(
        [
          { ...tile, isVisible: false },
          { ...tile, joinId: 'b', widthPx: 0 },
        ],
        1,
      ),
    ).toEqual([]);
  });
});
