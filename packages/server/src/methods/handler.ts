/** The types that tie each handler to its method in the schema: requests, answers and the errors it may declare. */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type {
  Connection,
  commonErrors,
  connectionErrors,
  ErrorCode,
  methodErrors,
  SignIn,
} from '@sotto/protocol';
import type { DeviceConnection } from '../connection/deviceConnection.ts';
import type { OnlineDevice } from '../connection/onlineDevices.ts';
import type { Refusal } from '../outcome.ts';
import type { Server } from '../server.ts';

type ConnectionMethods = (typeof Connection)['method'];
type SignInMethods = (typeof SignIn)['method'];

type OwnErrors<Method extends string> =
  Capitalize<Method> extends keyof typeof methodErrors
    ? (typeof methodErrors)[Capitalize<Method>][number]
    : never;
type CommonErrors = (typeof commonErrors)[number];
type ConnectionErrors = (typeof connectionErrors)[number];

export type Answer<Value, Code extends ErrorCode> =
  | {
      readonly kind: 'done';
      readonly value: Value;
      /** Runs once the answer has been sent. */
      readonly afterAnswer?: () => void;
    }
  | { readonly kind: 'refused'; readonly error: Refusal<Code> };

type ConnectionAnswer<Method extends keyof ConnectionMethods & string> = Answer<
  MessageInitShape<ConnectionMethods[Method]['output']>,
  CommonErrors | ConnectionErrors | OwnErrors<Method>
>;

/** A handler begins what it stores before its first `await`, so that pipelined requests keep their order. */
export type ConnectionHandler<Method extends keyof ConnectionMethods & string> = (
  server: Server,
  caller: OnlineDevice,
  request: MessageShape<ConnectionMethods[Method]['input']>,
) => Promise<ConnectionAnswer<Method>>;

/** Authenticate is the one method of a connection that has no device yet. */
export type AuthenticateHandler = (
  server: Server,
  connection: DeviceConnection,
  request: MessageShape<ConnectionMethods['authenticate']['input']>,
) => Promise<ConnectionAnswer<'authenticate'>>;

/** Where a sign-in request came from: a key for rate limits that names nobody. */
export interface Origin {
  readonly addressKey: string;
}

export type SignInHandler<Method extends keyof SignInMethods & string> = (
  server: Server,
  origin: Origin,
  request: MessageShape<SignInMethods[Method]['input']>,
) => Promise<Answer<MessageInitShape<SignInMethods[Method]['output']>, CommonErrors | OwnErrors<Method>>>;
