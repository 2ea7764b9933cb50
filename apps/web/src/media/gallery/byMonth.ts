/** Months as headings: with what each is followed by, in rows of `columns`. */
import type { MessageView } from '../../sotto.ts';

export type GalleryRow<Item> =
  | { readonly kind: 'month'; readonly key: string; readonly month: string }
  | { readonly kind: 'items'; readonly key: string; readonly items: readonly Item[] };

const monthFormat = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric' });

export function rowsByMonth<Item extends { readonly key: string; readonly message: MessageView }>(
  items: readonly Item[],
  columns: number,
): GalleryRow<Item>[] {
  const rows: GalleryRow<Item>[] = [];
  let month = '';
  for (const item of items) {
    const own = monthFormat.format(item.message.sentAtMs);
    if (own !== month) rows.push({ kind: 'month', key: `${own} ${item.key}`, month: own });
    month = own;
    const last = rows.at(-1);
    if (last?.kind === 'items' && last.items.length < columns) {
      rows[rows.length - 1] = { ...last, items: [...last.items, item] };
    } else rows.push({ kind: 'items', key: item.key, items: [item] });
  }
  return rows;
}
