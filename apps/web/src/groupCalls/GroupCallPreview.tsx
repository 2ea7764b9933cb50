import type { GroupCallStartChoice, GroupCalls } from '@sotto/sdk/groupCalls';
import { useRef, useState } from 'react';
import { CallIcon } from '../calls/CallIcon.tsx';
import { CallIconButton } from '../calls/CallIconButton.tsx';
import { CallPicture } from '../calls/CallPicture.tsx';
import { SpeakerSelect } from '../calls/CheckDialog.tsx';
import { deviceSentence } from '../calls/callTrouble.ts';
import { callChoice, chooseDevice, chosenDevice } from '../calls/choices.ts';
import { DeviceSelect } from '../calls/DeviceSelect.tsx';
import { useCheck } from '../calls/useCheck.ts';
import { useDevices } from '../calls/useDevices.ts';
import { useLevel } from '../calls/useLevel.ts';
import { Switch } from '../groups/Switch.tsx';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { ConversationView, GroupCallView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { Faces } from './Faces.tsx';
import { joinsMuted, mayRing, ringsByItself } from './mayCallGroup.ts';

interface GroupCallPreviewProps {
  calls: GroupCalls;
  conversation: ConversationView;
  name: string;
  /** The call that is joined; null: one is begun. */
  call: GroupCallView | null;
  video: boolean;
  /** Why it cannot be gone on. */
  problem: string | null;
  onGo: (choice: GroupCallStartChoice) => void;
  onClose: () => void;
}

const say = groupCallWords.preview;
const { devices: deviceWords, page } = callWords;

/** Before a call: how one is seen and heard, who is in it, and whether it rings. Nothing is sent yet. */
export function GroupCallPreview(props: GroupCallPreviewProps) {
  const { calls, conversation, name, call, video, problem, onGo, onClose } = props;
  const { memberCount } = conversation;
  const own = useOwnAccountId();
  const { check, microphone, camera, retry } = useCheck(calls, video);
  const { microphones, cameras, speakers } = useDevices(calls);
  const [cameraOn, setCameraOn] = useState(video);
  const [muted, setMuted] = useState(call !== null && joinsMuted(memberCount));
  const [rings, setRings] = useState(ringsByItself(memberCount));
  const [choosing, setChoosing] = useState(false);
  const meter = useRef<HTMLDivElement>(null);
  const isHeard = microphone.kind === 'open' && !muted;
  useLevel(meter, isHeard && check !== null ? () => check.level() : null);
  const isSeen = cameraOn && camera.kind === 'open';
  const isStarting = microphone.kind === 'opening' || camera.kind === 'opening';
  const people = (call?.people ?? []).filter(({ accountId }) => accountId !== own);
  const noMicrophone = microphone.kind === 'problem';

  const toggleCamera = (): void => {
    setCameraOn(!cameraOn);
    void check?.setCamera(!cameraOn);
  };
  const go = (): void =>
    onGo({ ...callChoice(cameraOn), muted: muted || noMicrophone, rings: rings && mayRing(memberCount) });
  return (
    <Dialog title={call === null ? say.start(name) : say.join(name)} text={say.text} onClose={onClose}>
      <div className="callCheck-picture groupPreview-picture" data-on={isSeen} data-small={choosing}>
        {!isSeen && <p>{say.cameraOff}</p>}
        {isSeen && check !== null && (
          <CallPicture stream={check.picture} label={page.own} mirrored fit="filled" />
        )}
        <div className="groupPreview-buttons">
          <CallIconButton
            icon={muted || noMicrophone ? 'micOff' : 'mic'}
            label={muted ? page.unmute : page.mute}
            className="callRound"
            data-off={muted || noMicrophone}
            disabled={noMicrophone}
            onClick={() => setMuted(!muted)}
          />
          <CallIconButton
            icon={cameraOn && camera.kind !== 'problem' ? 'video' : 'videoOff'}
            label={cameraOn ? page.cameraOff : page.cameraOn}
            className="callRound"
            data-off={!cameraOn || camera.kind === 'problem'}
            onClick={toggleCamera}
          />
        </div>
      </div>
      <div className="callCheck-sound">
        <div className="callCheck-meter" ref={meter} data-on={isHeard}>
          <CallIcon name={isHeard ? 'mic' : 'micOff'} />
          <span className="callCheck-level" />
        </div>
        <p role="status">
          {isStarting
            ? say.starting
            : noMicrophone
              ? say.listen
              : muted
                ? call !== null && joinsMuted(memberCount)
                  ? say.muted
                  : say.mutedNow
                : callWords.check.speak}
        </p>
      </div>
      {noMicrophone && <Problem text={deviceSentence('microphone', microphone.problem)} />}
      {cameraOn && camera.kind === 'problem' && <Problem text={deviceSentence('camera', camera.problem)} />}
      {choosing ? (
        <>
          <DeviceSelect
            label={deviceWords.microphone}
            devices={microphones}
            chosen={microphone.kind === 'open' ? microphone.deviceId : chosenDevice('microphone')}
            onChoose={(deviceId) => {
              chooseDevice('microphone', deviceId);
              void check?.chooseMicrophone(deviceId);
            }}
          />
          <DeviceSelect
            label={deviceWords.camera}
            devices={cameras}
            chosen={camera.kind === 'open' ? camera.deviceId : chosenDevice('camera')}
            onChoose={(deviceId) => {
              chooseDevice('camera', deviceId);
              void check?.chooseCamera(deviceId);
            }}
          />
          {speakers.length > 0 && <SpeakerSelect speakers={speakers} check={check} />}
        </>
      ) : (
        <button type="button" className="callChip groupPreview-choose" onClick={() => setChoosing(true)}>
          <CallIcon name="speaker" />
          {say.devices}
        </button>
      )}
      {call === null ? (
        mayRing(memberCount) ? (
          <Switch
            label={say.rings}
            text={rings ? say.ringsOn(memberCount - 1) : say.ringsOff}
            checked={rings}
            onChange={setRings}
          />
        ) : (
          <p className="dialog-text">{memberCount > 1 ? say.ringsNever : say.nobody}</p>
        )
      ) : (
        <p className="groupPreview-people">
          <Faces people={people} />
          <span>{people.length === 0 ? say.nobody : say.people(people.map(({ username }) => username))}</span>
        </p>
      )}
      <Problem text={problem} />
      <div className="dialog-actions">
        {noMicrophone && <Button onClick={() => retry(cameraOn)}>{callWords.trouble.retry}</Button>}
        <Button look="primary" busy={problem !== null || microphone.kind === 'opening'} onClick={go}>
          {call === null
            ? say[noMicrophone ? 'startListening' : 'startIt']
            : say[noMicrophone ? 'joinListening' : 'joinIt']}
        </Button>
      </div>
    </Dialog>
  );
}
