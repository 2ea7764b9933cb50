import type { Calls, DeviceCheck } from '@sotto/sdk/calls';
import { useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { callWords } from '../wordsCalls.ts';
import { CallIcon } from './CallIcon.tsx';
import { CallPicture } from './CallPicture.tsx';
import { deviceSentence } from './callTrouble.ts';
import { chooseDevice, chosenDevice } from './choices.ts';
import { DeviceSelect } from './DeviceSelect.tsx';
import { useCheck } from './useCheck.ts';
import { useDevices } from './useDevices.ts';
import { useLevel } from './useLevel.ts';

interface CheckDialogProps {
  calls: Calls;
  /** Whom to call then; null: they are only tried. */
  call: { readonly name: string; readonly video: boolean } | null;
  onCall: () => void;
  onClose: () => void;
}

const { check: say, devices: words } = callWords;
/** Louder than a quiet room. */
const heardLevel = 0.08;

/** Microphone and camera before a call: how loud one is, what is seen, and which ones are used. */
export function CheckDialog({ calls, call, onCall, onClose }: CheckDialogProps) {
  const withVideo = call?.video ?? true;
  const { check, microphone, camera, retry } = useCheck(calls, withVideo);
  const { microphones, cameras, speakers } = useDevices(calls);
  const meter = useRef<HTMLDivElement>(null);
  const [heard, setHeard] = useState(false);
  const isOpen = microphone.kind === 'open';
  useLevel(
    meter,
    isOpen && check !== null
      ? () => {
          const level = check.level();
          if (level > heardLevel) setHeard(true);
          return level;
        }
      : null,
  );
  const text = call === null ? say.text : withVideo ? say.firstVideo(call.name) : say.firstVoice(call.name);
  const isStarting = microphone.kind === 'opening' || camera.kind === 'opening';
  return (
    <Dialog title={say.title} text={text} onClose={onClose}>
      {withVideo && camera.kind !== 'problem' && (
        <div className="callCheck-picture" data-on={camera.kind === 'open'}>
          <CallIcon name="videoOff" />
          {check !== null && camera.kind === 'open' && (
            <CallPicture stream={check.picture} label={callWords.page.own} mirrored />
          )}
        </div>
      )}
      {withVideo && camera.kind === 'problem' && <Problem text={deviceSentence('camera', camera.problem)} />}
      <div className="callCheck-sound">
        <div className="callCheck-meter" ref={meter} data-on={isOpen}>
          <CallIcon name="mic" />
          <span className="callCheck-level" />
        </div>
        <p role="status">{heard ? say.heard : isStarting ? say.starting : isOpen ? say.speak : ''}</p>
      </div>
      {microphone.kind === 'problem' && <Problem text={deviceSentence('microphone', microphone.problem)} />}
      <DeviceSelect
        label={words.microphone}
        devices={microphones}
        chosen={microphone.kind === 'open' ? microphone.deviceId : chosenDevice('microphone')}
        onChoose={(deviceId) => {
          chooseDevice('microphone', deviceId);
          void check?.chooseMicrophone(deviceId);
        }}
      />
      {withVideo && (
        <DeviceSelect
          label={words.camera}
          devices={cameras}
          chosen={camera.kind === 'open' ? camera.deviceId : chosenDevice('camera')}
          onChoose={(deviceId) => {
            chooseDevice('camera', deviceId);
            void check?.chooseCamera(deviceId);
          }}
        />
      )}
      {speakers.length > 0 && <SpeakerSelect speakers={speakers} check={check} />}
      <div className="dialog-actions">
        <Button onClick={() => void check?.playTone(chosenDevice('speaker') || undefined)}>
          <CallIcon name="speaker" />
          {say.testSound}
        </Button>
        {microphone.kind === 'problem' ? (
          <Button look="primary" onClick={() => retry(withVideo)}>
            {callWords.trouble.retry}
          </Button>
        ) : (
          <Button look="primary" busy={call !== null && !isOpen} onClick={call === null ? onClose : onCall}>
            {call === null ? say.done : withVideo ? say.startVideo : say.startVoice}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

/** Plays a sound from what is chosen. */
export function SpeakerSelect({
  speakers,
  check,
}: {
  speakers: ReturnType<typeof useDevices>['speakers'];
  check: DeviceCheck | null;
}) {
  const [chosen, setChosen] = useState(() => chosenDevice('speaker'));
  return (
    <DeviceSelect
      label={words.speaker}
      devices={speakers}
      chosen={chosen}
      onChoose={(deviceId) => {
        chooseDevice('speaker', deviceId);
        setChosen(deviceId);
        void check?.playTone(deviceId);
      }}
    />
  );
}
