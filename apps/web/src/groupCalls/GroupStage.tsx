import type { GroupCallSession, GroupCallState } from '@sotto/sdk/groupCalls';
import { useEffect, useRef, useState } from 'react';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { Pager } from './Pager.tsx';
import { keyOf, largeOf, picturesOf, type Shown, type Wishes } from './stageView.ts';
import { Tile } from './Tile.tsx';
import { fitTiles, pagesOf, tileGap, tilesOnPage } from './tileGrid.ts';
import { useSeating } from './useSeating.ts';
import { useSize } from './useSize.ts';

interface GroupStageProps {
  session: GroupCallSession;
  state: GroupCallState;
  wishes: Wishes;
  onPin: (shown: Shown | null) => void;
}

const say = groupCallWords.page;
/** Until the room is measured. */
const someRoom = { width: 640, height: 480 };

/** Those who are in the call: as tiles, in pages; or one of them large, and the others in a strip beside it. */
export function GroupStage({ session, state, wishes, onPin }: GroupStageProps) {
  const phone = usePhoneLayout();
  const { ref: area, size } = useSize();
  const [page, setPage] = useState(0);
  const { participants, speakers, hands, local } = state;
  const onPage = tilesOnPage(size ?? someRoom, phone);
  const large = largeOf(participants, speakers, wishes);
  const order = useSeating(participants, onPage, large === null && page === 0);
  const pictures = picturesOf(participants, order);
  const pages = pagesOf(pictures, onPage);
  const last = pages.length - 1;
  const shownPage = Math.min(page, last);
  useEffect(() => {
    if (page > last) setPage(last);
  }, [page, last]);

  // With the tile that was pressed its button is gone: the focus goes to that of the same picture, where it is now.
  const pressed = useRef<Shown | null>(null);
  useEffect(() => {
    const shown = pressed.current;
    pressed.current = null;
    if (shown === null || document.activeElement !== document.body) return;
    const isScreen = shown.source === 'screen';
    const tile = `.tile[data-join="${shown.joinId}"][data-screen="${isScreen}"]`;
    const button = document.querySelector<HTMLElement>(`${tile} .tile-pin`);
    (button ?? document.querySelector<HTMLElement>('.tile .tile-pin'))?.focus();
  });

  const tile = (shown: Shown) => {
    const person = participants.find(({ joinId }) => joinId === shown.joinId);
    if (person === undefined) return null;
    const isPinned = wishes.pinned !== null && keyOf(wishes.pinned) === keyOf(shown);
    const hand = hands.indexOf(person.joinId);
    return (
      <Tile
        session={session}
        person={person}
        source={shown.source}
        handPlace={hand < 0 ? null : hand + 1}
        isPinned={isPinned}
        mirrored={person.isSelf && local.facing !== 'environment'}
        onPin={() => {
          pressed.current = shown;
          onPin(isPinned ? null : shown);
        }}
      />
    );
  };

  if (large !== null) {
    const others = pictures.filter((shown) => keyOf(shown) !== keyOf(large));
    return (
      <div className="groupFocus" ref={area}>
        <div className="groupFocus-large">{tile(large)}</div>
        {others.length > 0 && (
          <ul className="groupStrip" aria-label={say.strip}>
            {others.map((shown) => (
              <li key={keyOf(shown)}>{tile(shown)}</li>
            ))}
          </ul>
        )}
      </div>
    );
  }
  const shown = pages[shownPage] ?? [];
  // Pages of one call all have tiles of one size.
  const grid = fitTiles(pages.length > 1 ? onPage : shown.length, size ?? someRoom);
  return (
    <Pager page={shownPage} pages={pages.length} onPage={setPage}>
      <div className="groupTiles-area" ref={area}>
        <ul
          className="groupTiles"
          aria-label={say.tiles}
          data-measured={size !== null}
          style={{
            maxWidth: grid.columns * grid.width + (grid.columns - 1) * tileGap,
            gridTemplateColumns: `repeat(auto-fit, ${grid.width}px)`,
          }}
        >
          {shown.map((one) => (
            <li key={keyOf(one)} style={{ width: grid.width, height: grid.height }}>
              {tile(one)}
            </li>
          ))}
        </ul>
      </div>
    </Pager>
  );
}
