import type { CallSession, Calls, LocalMediaState } from '@sotto/sdk/calls';
import { Dialog } from '../parts/Dialog.tsx';
import { callWords } from '../wordsCalls.ts';
import { chooseDevice } from './choices.ts';
import { DeviceSelect } from './DeviceSelect.tsx';
import { useDevices } from './useDevices.ts';

interface DevicesDialogProps {
  calls: Pick<Calls, 'watchDevices'>;
  session: Pick<CallSession, 'chooseMicrophone' | 'chooseCamera' | 'chooseSpeaker'>;
  local: LocalMediaState;
  onClose: () => void;
}

const say = callWords.devices;

/** Other devices while one talks; they are used for the next call, too. */
export function DevicesDialog({ calls, session, local, onClose }: DevicesDialogProps) {
  const { microphones, cameras, speakers } = useDevices(calls);
  return (
    <Dialog title={say.title} onClose={onClose}>
      <DeviceSelect
        label={say.microphone}
        devices={microphones}
        chosen={local.microphoneId}
        onChoose={(deviceId) => {
          chooseDevice('microphone', deviceId);
          void session.chooseMicrophone(deviceId);
        }}
      />
      <DeviceSelect
        label={say.camera}
        devices={cameras}
        chosen={local.cameraId}
        onChoose={(deviceId) => {
          chooseDevice('camera', deviceId);
          void session.chooseCamera(deviceId);
        }}
      />
      {speakers.length > 0 ? (
        <DeviceSelect
          label={say.speaker}
          devices={speakers}
          chosen={local.speakerId}
          onChoose={(deviceId) => {
            chooseDevice('speaker', deviceId);
            void session.chooseSpeaker(deviceId);
          }}
        />
      ) : (
        <p className="dialog-text">{say.noSpeakerChoice}</p>
      )}
    </Dialog>
  );
}
