export type { MediaRoute } from './mediaPeer.ts';
export type { NodeCall, NodeCallOptions } from './nodeCall.ts';
export type { NodeCallPhase, NodeCallState, NodeCallStatistics } from './nodeCallState.ts';
export { createNodeCalls, type NodeCallChoice, type NodeCalls, type NodeCallsOptions } from './nodeCalls.ts';
