/** The public types of Sotto's SDK. What runs it is in `@sotto/sdk/browser` and `@sotto/sdk/node`. See spec/sdk.md. */
export type * from '@sotto/client/api';
export { tickOf, waitingOrderBase } from '@sotto/client/api';
