import type { AccountView, GroupChangeView } from '../api.ts';

/** What an account did to a group, in plain text. */
export function groupSentence({ username: by }: AccountView, change: GroupChangeView): string {
  const whom = 'accounts' in change ? change.accounts.map(({ username }) => username).join(', ') : '';
  switch (change.kind) {
    case 'created':
      return `${by} created the group.`;
    case 'added':
      return `${by} added ${whom}.`;
    case 'joinedByLink':
      return `${whom} joined by a link.`;
    case 'removed':
      return `${by} removed ${whom}.`;
    case 'left':
      return `${whom} left.`;
    case 'promoted':
      return `${by} made ${whom} admin.`;
    case 'demoted':
      return `${by} took the role of admin from ${whom}.`;
    case 'handedOver':
      return `${whom} owns the group now.`;
    case 'renamed':
      return `${by} named the group ${change.name}.`;
    case 'photo':
      return `${by} changed the photo of the group.`;
    case 'description':
      return `${by} changed the description of the group.`;
    case 'rights':
      return `${by} changed who may do what.`;
    case 'sharesHistory':
      return change.on
        ? `${by} lets new members see earlier messages.`
        : `${by} lets new members see no earlier messages.`;
    case 'invite':
      return change.on ? `${by} made a link into the group.` : `${by} ended a link into the group.`;
    case 'deleted':
      return `${by} ended the group.`;
  }
}
