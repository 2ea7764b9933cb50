import { readWorkspaces } from './workspaces.ts';

/**
 * Which package may use which (docs/architecture.md). Knip finds imports that no package.json lists, so it is
 * enough to hold the lists against this table. Development dependencies (tests) are free.
 */
const arrows: Record<string, readonly string[]> = {
  protocol: [],
  primitives: [],
  mls: ['primitives'],
  crypto: ['mls', 'primitives', 'protocol'],
  client: ['crypto', 'protocol'],
  sframe: [],
  sdk: ['client', 'protocol', 'primitives', 'crypto', 'sframe'],
  relay: ['protocol'],
  server: ['protocol', 'relay'],
  web: ['sdk'],
};

export function checkArrows(): string[] {
  return readWorkspaces()
    .filter((workspace) => workspace.ships)
    .flatMap((workspace) => {
      const name = workspace.name.replace('@sotto/', '');
      const allowed = arrows[name];
      if (!allowed) return [`${workspace.folder}: not in the table of arrows (tools/checks/arrows.ts).`];
      return Object.keys(workspace.dependencies)
        .filter((dependency) => dependency.startsWith('@sotto/'))
        .map((dependency) => dependency.replace('@sotto/', ''))
        .filter((dependency) => !allowed.includes(dependency))
        .map((dependency) => `${workspace.folder}: may not depend on ${dependency}.`);
    });
}
