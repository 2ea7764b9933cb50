/** How many tiles a page of the grid has, and how they lie: as large as they can be, with pictures cut as little as can be. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface TileGrid {
  readonly columns: number;
  readonly rows: number;
  /** Of one tile, in whole pixels. */
  readonly width: number;
  readonly height: number;
}

/** The space between tiles, as `--space-2`. */
export const tileGap = 8;
const desktopLimit = 9;
const phoneLimit = 6;
const lowPhoneLimit = 4;
/** Below this, a phone has no room for six. */
const lowPx = 560;
/** Narrower than upright pictures of telephones, or wider than films, no tile gets. */
const narrowest = 3 / 4;
const widest = 16 / 9;
/** What is seen of most pictures: on a telephone that is held upright, the face in the middle. */
const wideShape = 16 / 9;
const uprightShape = 1;

/** At most so many tiles on a page: nine on a desktop; six on a phone, four where it is low. */
export function tilesOnPage({ height }: Size, phone: boolean): number {
  if (!phone) return desktopLimit;
  return height < lowPx ? lowPhoneLimit : phoneLimit;
}

/** The division into columns that gives `count` tiles the most room in `area`. */
export function fitTiles(count: number, area: Size): TileGrid {
  let best: TileGrid = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
  let most = 0;
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.max(1, Math.ceil(count / columns));
    const cell = {
      width: (area.width - (columns - 1) * tileGap) / columns,
      height: (area.height - (rows - 1) * tileGap) / rows,
    };
    const { width, height } = within(cell);
    const shown = pictureArea({ width, height }, area.width > area.height ? wideShape : uprightShape);
    if (shown > most) {
      best = { columns, rows, width, height };
      most = shown;
    }
  }
  return best;
}

/** How much a tile shows of what cameras take, so that a tall tile that cuts a picture counts for what is left of it. */
function pictureArea({ width, height }: Size, shape: number): number {
  return Math.min(width, height * shape) * Math.min(height, width / shape);
}

/** The largest tile in a cell whose shape is neither too narrow nor too wide. */
function within(cell: Size): Size {
  const width = Math.max(0, Math.min(cell.width, cell.height * widest));
  const height = Math.max(0, Math.min(cell.height, width / narrowest));
  return { width: Math.floor(width), height: Math.floor(height) };
}

/** The pages of `items`; the last one may have fewer. There is always one. */
export function pagesOf<Item>(items: readonly Item[], onPage: number): readonly (readonly Item[])[] {
  const pages: (readonly Item[])[] = [];
  for (let start = 0; start < items.length; start += onPage) pages.push(items.slice(start, start + onPage));
  return pages.length === 0 ? [[]] : pages;
}
