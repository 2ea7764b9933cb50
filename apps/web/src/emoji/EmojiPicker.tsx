import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { words } from '../words.ts';
import { noteUsed, readRecent, readTone, writeTone } from './emojiChoice.ts';
import { type EmojiEntry, type EmojiSet, searchEmoji, withTone } from './emojiSet.ts';
import { loadEmoji } from './loadEmoji.ts';

interface EmojiPickerProps {
  onChoose: (emoji: string) => void;
}
interface Cell {
  readonly emoji: string;
  readonly label: string;
}
type Row =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'cells'; readonly cells: readonly Cell[] };

const columns = 8;
const rowHeight = 44;
const titleHeight = 32;
const foundLimit = 160;
const groupSigns = ['😀', '👋', '🐻', '🍏', '🚗', '⚽', '💡', '❤️', '🏁'];

/**
 * All emoji by group, those used lately first, and search. The field keeps the focus: arrows walk through the emoji,
 * Enter takes one. Only the rows in view exist.
 */
export function EmojiPicker({ onChoose }: EmojiPickerProps) {
  const { emoji: text } = words.messaging;
  const [set, setSet] = useState<EmojiSet | null>(null);
  const [failed, setFailed] = useState(false);
  const [query, setQuery] = useState('');
  const [tone, setTone] = useState(readTone);
  const [recent] = useState(readRecent);
  const [active, setActive] = useState<{ row: number; column: number } | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    let current = true;
    loadEmoji().then(
      (loaded) => current && setSet(loaded),
      () => current && setFailed(true),
    );
    return () => {
      current = false;
    };
  }, []);

  const isSearching = query.trim() !== '';
  const rows = useMemo(
    () => (set === null ? [] : isSearching ? foundRows(set, query, tone) : allRows(set, recent, tone)),
    [set, isSearching, query, tone, recent],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'title' ? titleHeight : rowHeight),
    overscan: 4,
    useAnimationFrameWithResizeObserver: false,
  });
  // Other rows have other heights.
  useEffect(() => {
    if (rows.length > 0) virtualizer.measure();
  }, [rows, virtualizer]);

  const take = (emoji: string): void => {
    noteUsed(emoji);
    onChoose(emoji);
  };
  const move = (by: { rows: number; columns: number }): void => {
    const next = step(rows, active, by);
    if (next === null) return;
    setActive(next);
    virtualizer.scrollToIndex(next.row, { align: 'auto' });
  };
  const activeCell = active === null ? undefined : cellAt(rows, active);
  const keyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const moves: Record<string, { rows: number; columns: number }> = {
      ArrowDown: { rows: 1, columns: 0 },
      ArrowUp: { rows: -1, columns: 0 },
      ArrowLeft: { rows: 0, columns: -1 },
      ArrowRight: { rows: 0, columns: 1 },
    };
    const by = moves[event.key];
    // Until one is chosen, left and right are for the text.
    if (by !== undefined && (active !== null || by.rows !== 0 || query === '')) {
      event.preventDefault();
      move(by);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const cell = activeCell ?? (isSearching ? cellAt(rows, { row: 0, column: 0 }) : undefined);
      if (cell !== undefined) take(cell.emoji);
    }
  };
  const groupRow = (group: number): number =>
    rows.findIndex((row) => row.kind === 'title' && row.text === text.groups[group]);
  const foundCount = rows.reduce((sum, row) => sum + (row.kind === 'cells' ? row.cells.length : 0), 0);
  return (
    <div className="emojiPicker">
      <div className="list-search">
        <Icon name="search" />
        <input
          type="search"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={active === null ? undefined : `${id}-${active.row}-${active.column}`}
          aria-label={text.search}
          placeholder={text.search}
          autoComplete="off"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(null);
            virtualizer.scrollToOffset(0);
          }}
          onKeyDown={keyDown}
        />
      </div>
      {!isSearching && (
        <div className="emojiPicker-groups" role="toolbar" aria-label={text.title}>
          {text.groups.map((name, group) => (
            <button
              key={name}
              type="button"
              className="iconButton emoji"
              aria-label={name}
              title={name}
              onClick={() => virtualizer.scrollToIndex(groupRow(group), { align: 'start' })}
            >
              {groupSigns[group]}
            </button>
          ))}
        </div>
      )}
      <p className="hiddenText" role="status">
        {set === null ? text.loading : isSearching && text.found(foundCount)}
      </p>
      {failed && <p className="emojiPicker-none">{text.failed}</p>}
      {set !== null && rows.length === 0 && <p className="emojiPicker-none">{text.nothing(query.trim())}</p>}
      <div className="emojiPicker-scroller" ref={scroller}>
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label={text.title}
          className="emojiPicker-rows"
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = rows[index]!;
            return (
              <div
                key={index}
                role="presentation"
                className="emojiPicker-row"
                style={{ transform: `translateY(${start}px)` }}
              >
                {row.kind === 'title' ? (
                  <span className="emojiPicker-title">{row.text}</span>
                ) : (
                  row.cells.map(({ emoji, label }, column) => (
                    <button
                      key={label}
                      type="button"
                      role="option"
                      id={`${id}-${index}-${column}`}
                      className="emojiPicker-cell emoji"
                      tabIndex={-1}
                      aria-label={label}
                      title={label}
                      aria-selected={active?.row === index && active.column === column}
                      onClick={() => take(emoji)}
                    >
                      {emoji}
                    </button>
                  ))
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div className="emojiPicker-tones" role="radiogroup" aria-label={text.tone}>
        {text.tones.map((name, index) => (
          <label key={name} title={name} className="emojiPicker-tone emoji">
            <input
              type="radio"
              name={`${id}-tone`}
              className="hiddenText"
              checked={tone === index}
              aria-label={name}
              onChange={() => {
                writeTone(index);
                setTone(index);
              }}
            />
            {index === 0 ? '👋' : `👋${String.fromCodePoint(0x1f3fa + index)}`}
          </label>
        ))}
      </div>
    </div>
  );
}

function allRows(set: EmojiSet, recent: readonly string[], tone: number): Row[] {
  const { emoji: text } = words.messaging;
  const used = recent.slice(0, columns * 2).map((emoji) => ({ emoji, label: emoji }));
  return [
    ...(used.length === 0 ? [] : [{ kind: 'title', text: text.recent } as const, ...rowsOf(used)]),
    ...set.groups.flatMap((group, index): Row[] => [
      { kind: 'title', text: text.groups[index] ?? '' },
      ...rowsOf(group.map((entry) => cellOf(entry, tone))),
    ]),
  ];
}

function foundRows(set: EmojiSet, query: string, tone: number): Row[] {
  return rowsOf(searchEmoji(set, query, foundLimit).map((entry) => cellOf(entry, tone)));
}

function cellOf(entry: EmojiEntry, tone: number): Cell {
  return { emoji: withTone(entry, tone), label: entry.label };
}

function rowsOf(cells: readonly Cell[]): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < cells.length; at += columns) {
    rows.push({ kind: 'cells', cells: cells.slice(at, at + columns) });
  }
  return rows;
}

function cellAt(rows: readonly Row[], place: { row: number; column: number }): Cell | undefined {
  const row = rows[place.row];
  return row?.kind === 'cells' ? row.cells[place.column] : undefined;
}

/** The next place with an emoji in a direction; null where there is none. */
function step(
  rows: readonly Row[],
  from: { row: number; column: number } | null,
  by: { rows: number; columns: number },
): { row: number; column: number } | null {
  if (from === null) {
    const first = rows.findIndex(({ kind }) => kind === 'cells');
    return first < 0 ? null : { row: first, column: 0 };
  }
  const row = rows[from.row];
  const column = from.column + by.columns;
  if (by.columns !== 0 && row?.kind === 'cells' && column >= 0 && column < row.cells.length) {
    return { row: from.row, column };
  }
  const direction = by.rows !== 0 ? by.rows : by.columns;
  for (let index = from.row + direction; index >= 0 && index < rows.length; index += direction) {
    const next = rows[index];
    if (next?.kind !== 'cells') continue;
    const last = next.cells.length - 1;
    const at = by.columns > 0 ? 0 : by.columns < 0 ? last : Math.min(from.column, last);
    return { row: index, column: at };
  }
  return from;
}
