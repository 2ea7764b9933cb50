import type { GroupCallSession, GroupParticipant, PictureSource } from '@sotto/sdk/groupCalls';
import { useRef } from 'react';
import { CallIcon } from '../calls/CallIcon.tsx';
import { CallPicture } from '../calls/CallPicture.tsx';
import { Avatar } from '../parts/Avatar.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { useShown } from './shownPictures.ts';

export interface TileProps {
  session: GroupCallSession;
  person: GroupParticipant;
  source: PictureSource;
  /** Of their raised hand, from 1; null: it is not raised. */
  handPlace: number | null;
  isPinned: boolean;
  /** As a telephone's front camera: one's own picture is shown as in a mirror. */
  mirrored: boolean;
  onPin: () => void;
}

const say = groupCallWords.page;

/** One of those who are in the call, or the screen that they share: seen or not, and how they are. */
export function Tile({ session, person, source, handPlace, isPinned, mirrored, onPin }: TileProps) {
  const tile = useRef<HTMLDivElement>(null);
  const { joinId, account, isSelf, isMuted, isSpeaking, hasKeys } = person;
  const isScreen = source === 'screen';
  const isOn = isScreen ? person.isSharing : person.hasCamera;
  useShown(tile, joinId, source, isOn && !isSelf);
  const received = person[source];
  const name = isSelf ? say.you : account.username;
  const label = labelOf(person, isScreen);
  const stream = isSelf ? session.local[source] : session.streamOf(joinId, source);
  const isPaused = isOn && !isSelf && received === 'paused';
  return (
    <div
      className="tile"
      ref={tile}
      data-speaking={isSpeaking && !isScreen}
      data-screen={isScreen}
      data-join={joinId}
    >
      {!isScreen && (
        <span className="tile-face">
          <Avatar account={account} size="large" />
        </span>
      )}
      {isOn && (isSelf || received !== 'off') && (
        <CallPicture
          stream={stream}
          label={label}
          fit={isScreen ? 'whole' : 'filled'}
          mirrored={mirrored && !isScreen}
        />
      )}
      <span className="tile-name">
        {!isScreen && isMuted && <CallIcon name="micOff" />}
        {isScreen && <CallIcon name="screen" />}
        <bdi>
          {isScreen && !isSelf ? say.screenTitle(account.username) : isScreen ? say.yourScreen : name}
        </bdi>
        <span className="hiddenText">{statesOf(person, isScreen, handPlace)}</span>
      </span>
      {!isScreen && handPlace !== null && (
        <span className="tile-hand" aria-hidden="true">
          <CallIcon name="hand" />
          {handPlace}
        </span>
      )}
      {!hasKeys && !isSelf && <span className="tile-note">{say.joining}</span>}
      {isPaused && (
        <span className="tile-note" title={say.paused}>
          <CallIcon name="videoOff" />
          <span className="hiddenText">{say.paused}</span>
        </span>
      )}
      <IconButton
        icon={isPinned ? 'unpin' : 'pin'}
        className="tile-pin"
        label={isPinned ? say.unpin(label) : say.pin(label)}
        aria-pressed={isPinned}
        onClick={onPin}
      />
    </div>
  );
}

function labelOf({ isSelf, account }: GroupParticipant, isScreen: boolean): string {
  if (isSelf) return isScreen ? say.yourScreen : say.yours;
  return isScreen ? say.screen(account.username) : say.picture(account.username);
}

/** What the signs of a tile say, for who does not see them. */
function statesOf(
  { isMuted, isSpeaking, isSharing }: GroupParticipant,
  isScreen: boolean,
  handPlace: number | null,
): string {
  if (isScreen) return '';
  const states = [
    isSpeaking ? say.speaks : null,
    isMuted ? say.muted : null,
    isSharing ? say.shares : null,
    handPlace === null ? null : say.handUp(handPlace),
  ].filter((state) => state !== null);
  return states.length === 0 ? '' : `, ${states.join(', ')}`;
}
