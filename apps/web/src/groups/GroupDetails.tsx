import { type ReactNode, type RefObject, useState } from 'react';
import { LogAlarms } from '../details/LogAlarms.tsx';
import { TimerPart } from '../disappearing/TimerPart.tsx';
import { HistoryPart } from '../keeping/HistoryPart.tsx';
import { GalleryLink } from '../media/GalleryLink.tsx';
import { Button } from '../parts/Button.tsx';
import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import { Icon, type IconName } from '../parts/Icon.tsx';
import { hashOf } from '../routing/route.ts';
import { navigate } from '../routing/useRoute.ts';
import { ExportLink } from '../settings/ExportLink.tsx';
import type { ConversationDetailsView, GroupView, MemberView } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { AddMembersDialog } from './AddMembersDialog.tsx';
import { ConfirmDialog, type Question } from './ConfirmDialog.tsx';
import { EditGroupDialog } from './EditGroupDialog.tsx';
import { InviteLinksDialog } from './InviteLinksDialog.tsx';
import { JoinRequests } from './JoinRequests.tsx';
import { type LeaveAction, leaveQuestion } from './leaveQuestion.ts';
import { MemberList } from './MemberList.tsx';
import type { MemberAction } from './MemberMenu.tsx';
import { memberQuestion } from './memberQuestion.ts';
import { PendingChanges } from './PendingChanges.tsx';
import { RightsDialog } from './RightsDialog.tsx';
import { SharingPart } from './SharingPart.tsx';
import './groups.css';

interface GroupDetailsProps {
  details: ConversationDetailsView;
  group: GroupView;
  /** What scrolls. */
  scroller: RefObject<HTMLElement | null>;
}

/** A group's details: what it is, who is in it, who may do what, and the ways in and out. */
export function GroupDetails({ details, group, scroller }: GroupDetailsProps) {
  const { conversation, members } = details;
  const { conversationId, may } = conversation;
  const { details: text } = words.groups;
  const sotto = useSotto();
  const own = useOwnAccountId();
  const [dialog, setDialog] = useState<'edit' | 'add' | 'links' | 'rights' | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  /** Asked anew as long as it stands there: whom the group goes to may change meanwhile. */
  const [leaving, setLeaving] = useState<LeaveAction | null>(null);
  const isOpen = group.ended === null;
  const isDeleted = group.ended === 'deleted';
  const close = (): void => setDialog(null);

  const act = (action: MemberAction, member: MemberView): void => {
    if (action !== 'message') {
      setQuestion(memberQuestion(sotto, conversationId, action, member));
      return;
    }
    void sotto.openDirectConversation(member.account.accountId).then((opened) => {
      if (opened.kind === 'ok') {
        navigate({ kind: 'conversation', conversationId: opened.value, details: false });
      }
    });
  };
  return (
    <>
      <div className="details-who">
        <ConversationAvatar conversation={conversation} size="large" />
        <h2>{conversationTitle(conversation, own)}</h2>
        <p>{words.groups.members(conversation.memberCount)}</p>
        {group.details.description !== '' && (
          <p className="groups-description" dir="auto">
            {group.details.description}
          </p>
        )}
        {isOpen && may.editDetails && (
          <Button look="plain" onClick={() => setDialog('edit')}>
            <Icon name="compose" />
            {text.edit}
          </Button>
        )}
      </div>
      <PendingChanges conversationId={conversationId} changes={group.changes} />
      {isOpen && <JoinRequests conversationId={conversationId} requests={group.requests} />}
      <GalleryLink conversationId={details.conversation.conversationId} title={details.conversation.title} />
      <ExportLink conversationId={conversationId} title={details.conversation.title} members={members} />
      <LogAlarms details={details} ownAccountId={own} />
      <section className="details-part groups-people" aria-labelledby="groups-people">
        <h2 id="groups-people">
          <Icon name="group" />
          {words.groups.members(members.length)}
        </h2>
        {isOpen && may.addMembers && (
          <Button onClick={() => setDialog('add')}>
            <Icon name="plus" />
            {text.add}
          </Button>
        )}
        <MemberList
          members={members}
          role={group.role}
          may={may}
          isOpen={isOpen}
          scroller={scroller}
          onAct={act}
        />
      </section>
      {isOpen && (
        <section className="details-part groups-rows">
          {(may.addMembers || group.invites.length > 0) && (
            <Row
              icon="link"
              name={text.links}
              note={text.linksText(group.invites.length)}
              onClick={() => setDialog('links')}
            />
          )}
          <Row icon="shield" name={text.rights} note={text.rightsText} onClick={() => setDialog('rights')} />
        </section>
      )}
      <SharingPart conversationId={conversationId} group={group} />
      <TimerPart conversation={conversation} />
      <HistoryPart details={details} />
      <section className="details-part">
        <h2>
          <Icon name="lock" />
          {words.details.protection}
        </h2>
        <p>{words.groups.protectionText(conversation.memberCount)}</p>
        <p>
          {details.postQuantum ? words.details.postQuantum : words.details.classical}{' '}
          {words.details.epoch(details.epoch)}
        </p>
        <a href={hashOf({ kind: 'serverSees' })}>{words.details.learnMore}</a>
      </section>
      <section className="details-part groups-rows">
        {!isOpen && !isDeleted ? null : (
          <Row icon="leave" name={text.leave} danger onClick={() => setLeaving('leave')} />
        )}
        {isOpen || isDeleted ? (
          <Row icon="trash" name={text.leaveDelete} danger onClick={() => setLeaving('leaveDelete')} />
        ) : (
          <Row icon="trash" name={text.forget} danger onClick={() => setLeaving('forget')} />
        )}
        {isOpen && group.role === 'owner' && (
          <Row icon="warning" name={text.deleteAll} danger onClick={() => setLeaving('deleteAll')} />
        )}
      </section>
      {dialog === 'edit' && (
        <EditGroupDialog conversationId={conversationId} details={group.details} onClose={close} />
      )}
      {dialog === 'add' && (
        <AddMembersDialog
          conversationId={conversationId}
          members={members}
          sharesHistory={group.sharesHistory}
          onClose={close}
        />
      )}
      {dialog === 'links' && (
        <InviteLinksDialog
          conversationId={conversationId}
          invites={group.invites}
          mayChange={may.addMembers}
          onClose={close}
        />
      )}
      {dialog === 'rights' && (
        <RightsDialog
          conversationId={conversationId}
          role={group.role}
          rights={group.rights}
          isOpen={isOpen}
          onClose={close}
        />
      )}
      {question !== null && <ConfirmDialog question={question} onClose={() => setQuestion(null)} />}
      {leaving !== null && (
        <ConfirmDialog
          question={leaveQuestion(sotto, conversationId, leaving, group.role, members)}
          onClose={() => setLeaving(null)}
          onDone={() => {
            const isGone = leaving === 'leaveDelete' || leaving === 'forget';
            if (isGone) navigate({ kind: 'home' }, { replace: true });
          }}
        />
      )}
    </>
  );
}

interface RowProps {
  icon: IconName;
  name: string;
  note?: ReactNode;
  danger?: boolean;
  onClick: () => void;
}

function Row({ icon, name, note, danger = false, onClick }: RowProps) {
  return (
    <button type="button" className="groups-row" data-tone={danger ? 'danger' : undefined} onClick={onClick}>
      <Icon name={icon} />
      <span>
        {name}
        {note !== undefined && <small>{note}</small>}
      </span>
    </button>
  );
}
