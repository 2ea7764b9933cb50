/** What only who is not signed in sees, fetched as one. */
export { Entry } from './Entry.tsx';
export { RecoveryCodeStep } from './RecoveryCodeStep.tsx';
