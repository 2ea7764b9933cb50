/** From a method's name and encoded request to its encoded answer (spec/server.md §Methods). */
import { create, type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { Connection, type ErrorCode, SignIn, type WireError } from '@sotto/protocol';
import type { DeviceConnection } from '../connection/deviceConnection.ts';
import type { OnlineDevice } from '../connection/onlineDevices.ts';
import { countAnswer } from '../counters.ts';
import { decodeMessageAppendFast, encodeAppendResponseFast } from '../hotCodec.ts';
import { refused } from '../outcome.ts';
import type { Server } from '../server.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { Answer, Origin } from './handler.ts';
import { connectionHandlers, signInHandlers } from './registry.ts';

export type EncodedAnswer =
  | { readonly kind: 'done'; readonly payload: Uint8Array; readonly afterAnswer?: () => void }
  | { readonly kind: 'refused'; readonly error: WireError };

type AnyHandler<Caller> = (
  server: Server,
  caller: Caller,
  request: Message,
) => Promise<Answer<Record<string, unknown>, ErrorCode>>;

interface Method<Caller> {
  readonly name: string;
  readonly input: DescMessage;
  readonly output: DescMessage;
  readonly handler: AnyHandler<Caller>;
}

const retryUnavailableMs = 1000;

/**
 * Methods by their name in the schema. The registry has proven each handler to fit its method; under a name that
 * comes from the wire that knowledge cannot be expressed, hence the one assertion.
 */
function tabulate<Caller>(
  service: {
    methods: readonly { name: string; localName: string; input: DescMessage; output: DescMessage }[];
  },
  handlers: object,
): ReadonlyMap<string, Method<Caller>> {
  const byLocalName = new Map(Object.entries(handlers)) as unknown as Map<string, AnyHandler<Caller>>;
  return new Map(
    service.methods.flatMap(({ name, localName, input, output }) => {
      const handler = byLocalName.get(localName);
      return handler === undefined ? [] : [[name, { name, input, output, handler }] as const];
    }),
  );
}

const { authenticate, ...deviceHandlers } = connectionHandlers;
const deviceMethods = tabulate<OnlineDevice>(Connection, deviceHandlers);
const openingMethods = tabulate<DeviceConnection>(Connection, { authenticate });
const signInMethods = tabulate<Origin>(SignIn, signInHandlers);

/** A method of an authenticated device. */
export function answerDevice(server: Server, device: OnlineDevice, method: string, payload: Uint8Array) {
  return answer(server, deviceMethods, device, method, payload, 'unknown_method');
}

/** A method before authentication. */
export function answerStranger(
  server: Server,
  connection: DeviceConnection,
  method: string,
  payload: Uint8Array,
) {
  return answer(server, openingMethods, connection, method, payload, 'not_authenticated');
}

/** A sign-in method over HTTP. */
export function answerSignIn(server: Server, origin: Origin, method: string, payload: Uint8Array) {
  return answer(server, signInMethods, origin, method, payload, 'unknown_method');
}

function answer<Caller>(
  server: Server,
  methods: ReadonlyMap<string, Method<Caller>>,
  caller: Caller,
  name: string,
  payload: Uint8Array,
  otherwise: ErrorCode,
): Promise<EncodedAnswer> {
  const method = methods.get(name);
  if (method === undefined) {
    countAnswer(server.counters, 'other', otherwise);
    return Promise.resolve(refused(otherwise));
  }
  return run(server, method, caller, payload);
}

async function run<Caller>(
  server: Server,
  method: Method<Caller>,
  caller: Caller,
  payload: Uint8Array,
): Promise<EncodedAnswer> {
  const { name, input, output, handler } = method;
  let request: Message;
  try {
    request = hot[name]?.decode(payload) ?? fromBinary(input, payload, { readUnknownFields: false });
  } catch {
    return counted(server, name, refused('malformed'));
  }
  try {
    const result = await handler(server, caller, request);
    if (result.kind === 'refused') return counted(server, name, result);
    const encode = hot[name]?.encode ?? ((value) => toBinary(output, create(output, value)));
    const encoded = { kind: 'done' as const, payload: encode(result.value) };
    const { afterAnswer } = result;
    return counted(server, name, afterAnswer === undefined ? encoded : { ...encoded, afterAnswer });
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) logFault(server, method.name, error);
    return counted(server, name, refused('unavailable', { retryAfterMs: retryUnavailableMs }));
  }
}

function counted(server: Server, method: string, answer: EncodedAnswer): EncodedAnswer {
  countAnswer(server.counters, method, answer.kind === 'done' ? 'ok' : answer.error.code);
  return answer;
}

/** Methods with codecs of their own, for what protobuf-es would spend on them. */
const hot: Readonly<
  Record<
    string,
    { decode(payload: Uint8Array): Message | null; encode(value: Record<string, unknown>): Uint8Array }
  >
> = {
  Append: {
    decode: decodeMessageAppendFast,
    encode: ({ seq, acceptedAtMs }) => encodeAppendResponseFast(Number(seq), Number(acceptedAtMs)),
  },
};

/** A defect of the server: the place is logged, the message is not, since it might quote input. */
function logFault({ logger }: Server, method: string, error: unknown): void {
  const isError = error instanceof Error;
  const place = isError ? (error.stack?.split('\n').find((line) => line.includes(' at ')) ?? '').trim() : '';
  logger.error('handler failed', { method, error: isError ? error.name : typeof error, place });
}
