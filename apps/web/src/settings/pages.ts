/** What is below the settings, fetched together when the first of it is opened. */
export { CallSettingsPage } from '../calls/CallSettingsPage.tsx';
export { AddDeviceDialog } from '../pairing/AddDeviceDialog.tsx';
export { DevicesPage } from './DevicesPage.tsx';
export { ExportDialog } from './ExportDialog.tsx';
export { SecurityPage } from './SecurityPage.tsx';
export { ServerSeesPage } from './ServerSeesPage.tsx';
export { SettingsPage } from './SettingsPage.tsx';
export { SignOutDialog } from './SignOutDialog.tsx';
