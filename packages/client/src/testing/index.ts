/** For tests of other packages: engines over a delivery service, in virtual time. */
export { answered, createdGroup, groupId } from './groupWorld.ts';
export { type TestDevice, TestWorld } from './testWorld.ts';
