import { describe, expect, it } from 'vitest';
import { blobRouteErrors, Connection, declaredErrors, errorActions, methodErrors, SignIn } from './index.ts';

const methods = [...Connection.methods, ...SignIn.methods].map((method) => method.name);

describe('methods', () => {
  it('declare their errors, each method of the schema and no other', () => {
    expect(Object.keys(methodErrors).toSorted()).toEqual(methods.toSorted());
  });

  it('use every error code, so that none is left over', () => {
    const used = new Set([
      ...Object.keys(methodErrors).flatMap((m) => declaredErrors(m as keyof typeof methodErrors)),
      ...blobRouteErrors.upload,
      ...blobRouteErrors.download,
    ]);
    expect([...used].toSorted()).toEqual(Object.keys(errorActions).toSorted());
  });

  it('of sign-in know no error that needs a connection', () => {
    expect(declaredErrors('StartLogin')).not.toContain('not_authenticated');
    expect(declaredErrors('Append')).toContain('not_authenticated');
  });
});
