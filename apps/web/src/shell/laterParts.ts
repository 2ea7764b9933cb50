/**
 * Parts of the app that are fetched when they are first shown: the first load ends with the list of chats. Those that
 * are likely next are fetched once it stands there (`loadLater`).
 */
import { lazy } from 'react';
import { loadThread } from './ThreadSlot.tsx';

/** At the latest after this. */
const idleMs = 1000;

const settings = () => import('../settings/pages.ts');
const details = () => import('../details/DetailsPane.tsx');
const invite = () => import('../conversations/InviteDialog.tsx');
const newConversation = () => import('../conversations/NewConversationDialog.tsx');
const conversationMenu = () => import('../conversations/ConversationMenu.tsx');
const callLayer = () => import('../calls/CallLayer.tsx');
const groupCallLayer = () => import('../groupCalls/GroupCallLayer.tsx');
const accountMenu = () => import('./AccountMenu.tsx');

export const SettingsPage = lazy(async () => ({ default: (await settings()).SettingsPage }));
export const DevicesPage = lazy(async () => ({ default: (await settings()).DevicesPage }));
export const SecurityPage = lazy(async () => ({ default: (await settings()).SecurityPage }));
export const CallSettingsPage = lazy(async () => ({ default: (await settings()).CallSettingsPage }));
export const ServerSeesPage = lazy(async () => ({ default: (await settings()).ServerSeesPage }));
export const ExportDialog = lazy(async () => ({ default: (await settings()).ExportDialog }));
export const SignOutDialog = lazy(async () => ({ default: (await settings()).SignOutDialog }));
export const AddDeviceDialog = lazy(async () => ({ default: (await settings()).AddDeviceDialog }));
export const DetailsPane = lazy(async () => ({ default: (await details()).DetailsPane }));
export const InviteDialog = lazy(async () => ({ default: (await invite()).InviteDialog }));
export const NewConversationDialog = lazy(async () => ({
  default: (await newConversation()).NewConversationDialog,
}));
export const ConversationMenu = lazy(async () => ({ default: (await conversationMenu()).ConversationMenu }));
export const AccountMenu = lazy(async () => ({ default: (await accountMenu()).AccountMenu }));
export const StarredPage = lazy(() => import('../stars/StarredPage.tsx'));
export const MediaStoragePage = lazy(() => import('../media/MediaStoragePage.tsx'));
export const PackDialog = lazy(() => import('../media/stickers/PackDialog.tsx'));
export const JoinPage = lazy(async () => ({ default: (await import('../groups/JoinPage.tsx')).JoinPage }));
export const NewGroupDialog = lazy(async () => ({
  default: (await import('../groups/NewGroupDialog.tsx')).NewGroupDialog,
}));

/** When the page has nothing else to do. Where one of them cannot be fetched now, it is when it is shown. */
export function loadLater(): void {
  const load = async (): Promise<void> => {
    await loadThread().catch(() => undefined);
    await Promise.allSettled([accountMenu(), conversationMenu(), newConversation()]);
    await Promise.allSettled([details(), settings(), invite()]);
    // A call that comes is to ring at once.
    await Promise.allSettled([callLayer(), groupCallLayer()]);
  };
  if ('requestIdleCallback' in window) window.requestIdleCallback(() => void load(), { timeout: idleMs });
  else setTimeout(() => void load(), idleMs);
}
