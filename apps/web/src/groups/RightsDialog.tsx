import { useId } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { ConversationId, GroupRight, GroupRightsView, GroupRole } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { mayChangeRight } from './mayInGroup.ts';
import { useGroupCommand } from './useGroupCommand.ts';

interface RightsDialogProps {
  conversationId: ConversationId;
  role: GroupRole;
  rights: GroupRightsView;
  /** The group goes on, and this account is in it. */
  isOpen: boolean;
  onClose: () => void;
}

const choices: readonly GroupRight[] = ['everyone', 'admins', 'owner'];
/** Never everyone's. */
const guarded: readonly (keyof GroupRightsView)[] = ['removeMembers', 'deleteMessages'];

/** Who may do what in a group. A choice is made at once. */
export function RightsDialog({ conversationId, role, rights, isOpen, onClose }: RightsDialogProps) {
  const { rights: text } = words.groups;
  const sotto = useSotto();
  const { problem, run } = useGroupCommand();
  const id = useId();
  const names = Object.keys(text.names) as (keyof GroupRightsView)[];
  return (
    <Dialog title={text.title} text={text.text} onClose={onClose}>
      {(role === 'member' || !isOpen) && <p className="groups-note">{text.readOnly}</p>}
      <Problem text={problem} />
      <div className="rights">
        {names.map((name) => {
          const present = rights[name];
          const offered = choices.filter(
            (choice) =>
              choice === present ||
              ((choice !== 'everyone' || !guarded.includes(name)) && mayChangeRight(role, present, choice)),
          );
          return (
            <div key={name} className="rights-row">
              <label htmlFor={`${id}-${name}`}>{text.names[name]}</label>
              {isOpen && offered.length > 1 ? (
                <select
                  id={`${id}-${name}`}
                  value={present}
                  onChange={({ target }) =>
                    void run(() =>
                      sotto.setGroupRights(conversationId, { [name]: target.value as GroupRight }),
                    )
                  }
                >
                  {offered.map((choice) => (
                    <option key={choice} value={choice}>
                      {text.choice[choice]}
                    </option>
                  ))}
                </select>
              ) : (
                <output id={`${id}-${name}`} className="rights-fixed">
                  {text.choice[present]}
                </output>
              )}
            </div>
          );
        })}
      </div>
      <p className="groups-note">{text.always}</p>
      <div className="dialog-actions">
        <Button look="primary" onClick={onClose}>
          {text.done}
        </Button>
      </div>
    </Dialog>
  );
}
