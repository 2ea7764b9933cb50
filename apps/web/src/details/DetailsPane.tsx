import { lazy, Suspense, useEffect, useRef } from 'react';
import { TimerPart } from '../disappearing/TimerPart.tsx';
import { HistoryPart } from '../keeping/HistoryPart.tsx';
import { GalleryLink } from '../media/GalleryLink.tsx';
import { Avatar } from '../parts/Avatar.tsx';
import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { hashOf } from '../routing/route.ts';
import { ExportLink } from '../settings/ExportLink.tsx';
import type { ConversationId } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';
import { CallsPart } from './CallsPart.tsx';
import { LogAlarms } from './LogAlarms.tsx';
import './details.css';

const GroupDetails = lazy(() =>
  import('../groups/GroupDetails.tsx').then((module) => ({ default: module.GroupDetails })),
);

interface DetailsPaneProps {
  conversationId: ConversationId;
  /** It stands in the thread's place, not beside it. */
  instead: boolean;
  onClose: () => void;
}

/** Who is in a conversation and how it is protected. */
export function DetailsPane({ conversationId, instead, onClose }: DetailsPaneProps) {
  const details = useWatched({ kind: 'conversation', conversationId });
  const own = useOwnAccountId();
  const heading = useRef<HTMLHeadingElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (instead) heading.current?.focus({ preventScroll: true });
  }, [instead]);

  const Pane = instead ? 'main' : 'aside';
  const Heading = instead ? 'h1' : 'h2';
  const toSelf = details?.conversation.peer?.accountId === own;
  return (
    <Pane className="pane details" aria-label={words.details.title}>
      <div className="paneBar">
        {instead && <IconButton icon="back" label={words.common.back} onClick={onClose} />}
        <Heading className="paneBar-title" ref={heading} tabIndex={-1}>
          {words.details.title}
        </Heading>
        {!instead && <IconButton icon="close" label={words.thread.hideDetails} onClick={onClose} />}
      </div>
      {details?.group != null && (
        <div className="pane-scroller" ref={scroller}>
          <Suspense>
            <GroupDetails details={details} group={details.group} scroller={scroller} />
          </Suspense>
        </div>
      )}
      {details !== undefined && details !== null && details.group === null && (
        <div className="pane-scroller">
          <div className="details-who">
            <ConversationAvatar conversation={details.conversation} size="large" />
            <h2>{conversationTitle(details.conversation, own)}</h2>
            <p>{words.common.at(details.conversation.peer?.username ?? '')}</p>
          </div>
          <GalleryLink conversationId={conversationId} title={conversationTitle(details.conversation, own)} />
          <ExportLink
            conversationId={conversationId}
            title={conversationTitle(details.conversation, own)}
            members={details.members}
          />
          <LogAlarms details={details} ownAccountId={own} />
          <section className="details-part">
            <h2>
              <Icon name="lock" />
              {words.details.protection}
            </h2>
            <p>{toSelf ? words.details.protectionSelf : words.details.protectionText}</p>
            <p>
              {details.postQuantum ? words.details.postQuantum : words.details.classical}{' '}
              {words.details.epoch(details.epoch)}
            </p>
            <a href={hashOf({ kind: 'serverSees' })}>{words.details.learnMore}</a>
          </section>
          <TimerPart conversation={details.conversation} />
          <HistoryPart details={details} />
          {!toSelf && <CallsPart details={details} />}
          <section className="details-part">
            <h2>{words.details.people}</h2>
            <ul>
              {details.members.map((member) => (
                <li className="details-member" key={member.account.accountId}>
                  <Avatar account={member.account} size="small" />
                  <span>
                    {member.isSelf ? words.common.you : member.account.username}
                    <small>{words.details.devices(member.deviceCount)}</small>
                  </span>
                </li>
              ))}
            </ul>
          </section>
        </div>
      )}
    </Pane>
  );
}
