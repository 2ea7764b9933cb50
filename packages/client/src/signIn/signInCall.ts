import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { SignIn, type SignInMethod, type WireError } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { ServerTransport } from '../ports.ts';

export const signInMethods = SignIn.method;

export type SignInResult<Value> =
  | { readonly kind: 'answer'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: WireError }
  | { readonly kind: 'unreachable' };

/** One call of a sign-in method. An answer that does not decode is no answer. */
export async function callSignIn<I extends DescMessage, O extends DescMessage>(
  transport: ServerTransport,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
): Promise<SignInResult<MessageShape<O>>> {
  const answer = await transport.signIn(
    method.name as SignInMethod,
    toBinary(method.input, create(method.input, request)),
  );
  if (answer.kind !== 'answer') return answer;
  const value = decodeMessage(method.output, answer.payload);
  return value === null ? { kind: 'unreachable' } : { kind: 'answer', value };
}
