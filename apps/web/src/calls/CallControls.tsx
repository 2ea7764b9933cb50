import type { CallSession, CallState } from '@sotto/sdk/calls';
import { DropdownMenu } from 'radix-ui';
import { Icon } from '../parts/Icon.tsx';
import { useMediaQuery } from '../state/useMediaQuery.ts';
import { callWords } from '../wordsCalls.ts';

import { CallIconButton } from './CallIconButton.tsx';
import { CallMenuItem } from './CallMenuItem.tsx';

interface CallControlsProps {
  session: CallSession;
  state: CallState;
  statistics: boolean;
  onCamera: () => void;
  onDevices: () => void;
  onStatistics: () => void;
}

const say = callWords.page;

/** What is pressed while one talks. */
export function CallControls({ session, state, statistics, ...on }: CallControlsProps) {
  const { local, phase } = state;
  const touch = useMediaQuery('(pointer: coarse)');
  const isBefore = phase.kind === 'preparing' || phase.kind === 'ringing';
  const isSharing = local.sharing !== 'off';
  const cameraOn = local.camera !== 'off';
  const mayShare = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
  const share = (): void => (isSharing ? session.stopSharing() : void session.shareScreen());
  return (
    <section className="call-controls" aria-label={say.controls}>
      <CallIconButton
        icon={local.isMuted ? 'micOff' : 'mic'}
        label={local.isMuted ? say.unmute : say.mute}
        className="callRound"
        data-off={local.isMuted}
        aria-keyshortcuts="M"
        onClick={() => session.setMuted(!local.isMuted)}
      />
      <CallIconButton
        icon={cameraOn ? 'video' : 'videoOff'}
        label={cameraOn ? say.cameraOff : say.cameraOn}
        className="callRound"
        data-off={!cameraOn}
        aria-keyshortcuts="V"
        disabled={isBefore && !cameraOn}
        onClick={on.onCamera}
      />
      {touch && cameraOn && (
        <CallIconButton
          icon="flip"
          label={say.switchCamera}
          className="callRound"
          onClick={() => void session.switchCamera()}
        />
      )}
      {mayShare && !touch && (
        <CallIconButton
          icon={isSharing ? 'screenOff' : 'screen'}
          label={isSharing ? say.stopSharing : say.share}
          className="callRound"
          data-on={isSharing}
          disabled={phase.kind !== 'connected' && !isSharing}
          onClick={share}
        />
      )}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="iconButton callRound" aria-label={say.more} title={say.more}>
          <Icon name="more" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" side="top" align="center" sideOffset={12} collisionPadding={8}>
          <CallMenuItem icon="speaker" onSelect={on.onDevices}>
            {say.devices}
          </CallMenuItem>
          {!touch && cameraOn && (
            <CallMenuItem icon="flip" onSelect={() => void session.switchCamera()}>
              {say.switchCamera}
            </CallMenuItem>
          )}
          {mayShare && touch && (
            <CallMenuItem icon={isSharing ? 'screenOff' : 'screen'} onSelect={share}>
              {isSharing ? say.stopSharing : say.share}
            </CallMenuItem>
          )}
          <CallMenuItem icon="leaf" onSelect={() => session.setLowData(!local.lowData)}>
            {local.lowData ? say.lowDataOff : say.lowDataOn}
          </CallMenuItem>
          <CallMenuItem icon="figures" onSelect={on.onStatistics}>
            {statistics ? say.statisticsOff : say.statistics}
          </CallMenuItem>
          {!touch && <p className="menu-part">{say.shortcuts}</p>}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      <CallIconButton
        icon="hangUp"
        label={isBefore ? callWords.outgoing.cancel : say.end}
        className="callRound"
        data-tone="end"
        onClick={() => session.end()}
      />
    </section>
  );
}
