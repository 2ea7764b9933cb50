import type { GroupCallSession, GroupCallState } from '@sotto/sdk/groupCalls';
import { DropdownMenu } from 'radix-ui';
import { CallIcon } from '../calls/CallIcon.tsx';
import { CallIconButton } from '../calls/CallIconButton.tsx';
import { CallMenuItem } from '../calls/CallMenuItem.tsx';
import { Icon } from '../parts/Icon.tsx';
import { MenuItem } from '../parts/PointMenu.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { isSilent } from './groupCallTrouble.ts';
import { ReactButton } from './ReactButton.tsx';

interface GroupCallControlsProps {
  session: GroupCallSession;
  state: GroupCallState;
  statistics: boolean;
  isLarge: boolean;
  onDevices: () => void;
  onStatistics: () => void;
  onLayout: () => void;
}

const { page } = callWords;
const say = groupCallWords.page;

/** What is pressed while one talks. */
export function GroupCallControls({ session, state, statistics, isLarge, ...on }: GroupCallControlsProps) {
  const { local, phase, mayControl } = state;
  const phone = usePhoneLayout();
  const silent = isSilent(local);
  const isSharing = local.sharing !== 'off';
  const cameraOn = local.camera !== 'off';
  const isConnected = phase.kind === 'connected';
  const mayShare = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
  const share = (): void => (isSharing ? session.stopSharing() : void session.shareScreen());
  return (
    <section className="call-controls" aria-label={page.controls}>
      <CallIconButton
        icon={silent ? 'micOff' : 'mic'}
        label={silent ? page.unmute : page.mute}
        className="callRound"
        data-off={silent}
        aria-keyshortcuts="M"
        onClick={() => session.setMuted(!silent)}
      />
      <CallIconButton
        icon={cameraOn ? 'video' : 'videoOff'}
        label={cameraOn ? page.cameraOff : page.cameraOn}
        className="callRound"
        data-off={!cameraOn}
        aria-keyshortcuts="V"
        onClick={() => void session.setCamera(!cameraOn)}
      />
      {mayShare && !phone && (
        <CallIconButton
          icon={isSharing ? 'screenOff' : 'screen'}
          label={isSharing ? page.stopSharing : page.share}
          className="callRound"
          data-on={isSharing}
          disabled={!isConnected && !isSharing}
          onClick={share}
        />
      )}
      <CallIconButton
        icon="hand"
        label={local.isHandRaised ? say.handLower : say.handRaise}
        className="callRound"
        data-on={local.isHandRaised}
        aria-keyshortcuts="H"
        disabled={!isConnected}
        onClick={() => session.raiseHand(!local.isHandRaised)}
      />
      <ReactButton disabled={!isConnected} onReact={(emoji) => session.react(emoji)} />
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="iconButton callRound" aria-label={page.more} title={page.more}>
          <Icon name="more" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" side="top" align="center" sideOffset={12} collisionPadding={8}>
          <CallMenuItem icon="speaker" onSelect={on.onDevices}>
            {page.devices}
          </CallMenuItem>
          {cameraOn && (
            <CallMenuItem icon="flip" onSelect={() => void session.switchCamera()}>
              {page.switchCamera}
            </CallMenuItem>
          )}
          {mayShare && phone && (
            <CallMenuItem icon={isSharing ? 'screenOff' : 'screen'} onSelect={share}>
              {isSharing ? page.stopSharing : page.share}
            </CallMenuItem>
          )}
          {phone && (
            <CallMenuItem icon={isLarge ? 'tiles' : 'speakerView'} onSelect={on.onLayout}>
              {isLarge ? say.grid : say.speaker}
            </CallMenuItem>
          )}
          <CallMenuItem icon="leaf" onSelect={() => session.setLowData(!local.lowData)}>
            {local.lowData ? page.lowDataOff : page.lowDataOn}
          </CallMenuItem>
          <CallMenuItem icon="figures" onSelect={on.onStatistics}>
            {statistics ? page.statisticsOff : page.statistics}
          </CallMenuItem>
          {!phone && <p className="menu-part">{say.shortcuts}</p>}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {mayControl && isConnected ? (
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger
            className="iconButton callRound"
            data-tone="end"
            aria-label={say.leaveMenu}
            title={say.leaveMenu}
          >
            <CallIcon name="hangUp" />
          </DropdownMenu.Trigger>
          <DropdownMenu.Content className="menu" side="top" align="end" sideOffset={12} collisionPadding={8}>
            <MenuItem icon="leave" onSelect={() => session.leave()}>
              {say.leaveOnly}
            </MenuItem>
            <MenuItem icon="close" danger onSelect={() => session.endForAll()}>
              {say.endForAll}
            </MenuItem>
          </DropdownMenu.Content>
        </DropdownMenu.Root>
      ) : (
        <CallIconButton
          icon="hangUp"
          label={say.leave}
          className="callRound"
          data-tone="end"
          onClick={() => session.leave()}
        />
      )}
    </section>
  );
}
