import type { GroupCallState } from '@sotto/sdk/groupCalls';
import { CallIcon } from '../calls/CallIcon.tsx';
import { CallIconButton } from '../calls/CallIconButton.tsx';
import { QualitySign } from '../calls/QualitySign.tsx';
import { useDuration } from '../calls/useDuration.ts';
import { useFullScreen } from '../calls/useFullScreen.ts';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { groupPhase } from './GroupCallAnnouncer.tsx';

interface GroupCallTopProps {
  state: GroupCallState;
  name: string;
  beside: boolean;
  isLarge: boolean;
  peopleShown: boolean;
  /** Who wants to be let in. */
  waiting: number;
  onLayout: () => void;
  onPeople: () => void;
  onChat: () => void;
  onMinimise: () => void;
}

const { page } = callWords;
const say = groupCallWords.page;

/** Which group it is, how it goes, and how it is shown. */
export function GroupCallTop(props: GroupCallTopProps) {
  const { state, name, beside, isLarge, peopleShown, waiting, onLayout, onPeople, onChat, onMinimise } =
    props;
  const phone = usePhoneLayout();
  const fullScreen = useFullScreen();
  const { phase, quality, connectedAtMs, participants, isLocked, local } = state;
  const isConnected = phase.kind === 'connected';
  const duration = useDuration(isConnected ? connectedAtMs : null);
  const count = participants.length;
  return (
    <div className="call-top">
      <CallIconButton icon="shrink" label={page.minimise} onClick={onMinimise} />
      <div className="call-who">
        <strong>{name}</strong>
        <span className="call-status">
          {isConnected && <QualitySign step={quality.step} />}
          {isConnected ? (
            <>
              <span className="call-duration" role="timer">
                {duration}
              </span>
              <span>{say.count(count)}</span>
            </>
          ) : (
            groupPhase(phase.kind)
          )}
          {local.lowData && (
            <span className="call-lowData" title={page.lowDataSelf}>
              <CallIcon name="leaf" />
              <span className="hiddenText">{page.lowDataSelf}</span>
            </span>
          )}
          {isLocked && (
            <span className="call-lowData" title={say.locked}>
              <Icon name="lock" />
              <span className="hiddenText">{say.locked}</span>
            </span>
          )}
        </span>
      </div>
      {!phone && (
        <CallIconButton
          icon={isLarge ? 'tiles' : 'speakerView'}
          label={isLarge ? say.grid : say.speaker}
          onClick={onLayout}
        />
      )}
      {!phone && !beside && fullScreen.isPossible && (
        <CallIconButton
          icon={fullScreen.isOn ? 'fullScreenOff' : 'fullScreen'}
          label={fullScreen.isOn ? page.fullScreenOff : page.fullScreen}
          onClick={fullScreen.toggle}
        />
      )}
      <button
        type="button"
        className="iconButton groupTop-people"
        aria-label={say.people(count)}
        title={say.people(count)}
        aria-pressed={peopleShown}
        aria-keyshortcuts="P"
        data-waiting={waiting > 0}
        onClick={onPeople}
      >
        <Icon name="group" />
        {count > 0 && <span aria-hidden="true">{count}</span>}
      </button>
      <IconButton
        icon="chat"
        label={beside ? page.chatOff : page.chat}
        aria-pressed={beside}
        onClick={onChat}
      />
    </div>
  );
}
